import { describe, expect, test } from 'vitest';
import { antMjcf } from './ant.js';
import { centipedeMjcf } from './centipede.js';
import { hopperMjcf } from './hopper.js';
import { element, renderXml } from './xml.js';

// bench/peers/gymnasium_transitions.py steps these files in native MuJoCo: after a wanted change of a model,
// update them (vitest -u) and run it again.
describe('generated models are the committed ones', () => {
  test.each([
    ['CentipedeFour', centipedeMjcf({ legs: 4 })],
    ['CpCentipedeSix', centipedeMjcf({ legs: 6, crippled: true })],
    ['Ant', antMjcf()],
    ['Hopper', hopperMjcf()],
  ])('%s', async (name, mjcf) => {
    await expect(mjcf).toMatchFileSnapshot(`../../testdata/${name}.xml`);
  });
});

describe('centipedeMjcf', () => {
  const names = (mjcf: string, tag: string) =>
    [...mjcf.matchAll(new RegExp(`<${tag} name="([^"]*)"`, 'g'))].map((match) => match[1]);

  test('names bodies, joints and motors in NerveNet’s order', () => {
    const mjcf = centipedeMjcf({ legs: 4 });
    expect(names(mjcf, 'body')).toEqual([
      ...['torso_0', 'legbody_0', 'frontFoot_0', 'legbody_1', 'frontFoot_1'],
      ...['torso_1', 'legbody_2', 'frontFoot_2', 'legbody_3', 'frontFoot_3'],
    ]);
    expect(names(mjcf, 'joint')).toEqual([
      ...['root', 'lefthip_0', 'ankle_0', 'righthip_1', 'ankle_1', 'body_1', 'bodyupdown_1'],
      ...['lefthip_2', 'ankle_2', 'righthip_3', 'ankle_3'],
    ]);
    expect(names(mjcf, 'motor')).toEqual([
      ...['lefthip_0', 'ankle_0', 'righthip_1', 'ankle_1'],
      ...['lefthip_2', 'ankle_2', 'righthip_3', 'ankle_3', 'body_1', 'bodyupdown_1'],
    ]);
  });

  test('a crippled one has the same body without the motors of the front legs', () => {
    const whole = centipedeMjcf({ legs: 6 });
    const crippled = centipedeMjcf({ legs: 6, crippled: true });
    expect(crippled.split('<actuator>')[0]).toBe(whole.split('<actuator>')[0]);
    expect(names(crippled, 'motor')).toEqual(names(whole, 'motor').slice(4));
  });

  test('an odd number of legs leaves the last torso with a left leg and unpowered hinges', () => {
    const mjcf = centipedeMjcf({ legs: 5 });
    expect(names(mjcf, 'body').slice(-3)).toEqual(['torso_2', 'legbody_4', 'frontFoot_4']);
    expect(names(mjcf, 'joint')).toContain('bodyupdown_2');
    expect(names(mjcf, 'motor')).not.toContain('bodyupdown_2');
    expect(names(mjcf, 'motor')).toContain('bodyupdown_1');
  });

  test.each([2, 0, -4, 4.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d legs', (legs) => {
    expect(() => centipedeMjcf({ legs })).toThrow(
      `a centipede has a whole number of legs, at least 3, got ${legs}.`,
    );
  });
});

describe('renderXml', () => {
  test('nests, escapes, and writes numbers in full precision', () => {
    const tree = element('a', { text: 'x<"&">', list: [0.1, -2], on: true }, [element('b', { n: 1 / 3 })]);
    expect(renderXml(tree)).toBe(
      '<a text="x&lt;&quot;&amp;&quot;&gt;" list="0.1 -2" on="true">\n  <b n="0.3333333333333333"/>\n</a>\n',
    );
  });
});
