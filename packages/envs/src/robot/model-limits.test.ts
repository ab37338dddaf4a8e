import { expect, it } from 'vitest';
import { checkModelSize } from './model-limits.js';
import { bytes } from './testing.js';

const check = (files: Record<string, string>) => () =>
  checkModelSize({
    model: 'main.xml',
    files: Object.fromEntries(Object.entries(files).map(([path, text]) => [path, bytes(text)])),
  });
const model = (inside: string) => ({ 'main.xml': `<mujoco><worldbody>${inside}</worldbody></mujoco>` });

it('lets usual models pass, comments and quotes as people write them', () => {
  expect(check(model('<!-- -- a > b --><body name="a"><geom size=".1"/></body>'))).not.toThrow();
  expect(check(model('<replicate count="100"><body><geom size=".1"/></body></replicate>'))).not.toThrow();
});

it('counts what is repeated, also within what is repeated', () => {
  const nested = (times: number) =>
    `<replicate count="${times}"><replicate count="${times}"><geom size=".1"/></replicate></replicate>`;
  expect(check(model(nested(60)))).not.toThrow();
  expect(check(model(nested(120)))).toThrow(/more than 10,000 elements.*make it smaller/);
  expect(check(model('<composite type="cable" count="20000 1 1"/>'))).toThrow('elements');
  expect(check(model('<flexcomp count="40 40 40"/>'))).toThrow('elements');
  expect(check(model('<geom size=".1"/>'.repeat(10_001)))).toThrow('elements');
});

it('counts models that attach models, those that attach themselves without end', () => {
  const attach = (file: string, times: number) =>
    `<mujoco><asset><model name="m" file="${file}"/></asset><worldbody>${'<attach model="m"/>'.repeat(times)}</worldbody></mujoco>`;
  const chain = {
    'main.xml': attach('b.xml', 30),
    'b.xml': attach('c.xml', 30),
    'c.xml': attach('d.xml', 30),
    'd.xml': '<mujoco/>',
  };
  expect(check(chain)).toThrow('elements');
  expect(check({ 'main.xml': attach('main.xml', 1) })).toThrow('without end');
});

it('refuses elements that are nested without end', () => {
  expect(check(model('<body>'.repeat(500)))).not.toThrow();
  expect(check(model('<body>'.repeat(200_000)))).toThrow('nested too deeply');
});

it('refuses numbers that ask for all memory', () => {
  const asks = (element: string) => check({ 'main.xml': `<mujoco>${element}</mujoco>` });
  expect(asks('<size nkey="2000000000"/>')).toThrow(
    '<size nkey="2000000000"> asks for too much; 10,000 is the most',
  );
  expect(asks('<size memory="2G"/>')).toThrow('memory');
  expect(asks('<size memory="400M"/>')).not.toThrow();
  expect(asks('<texture width="1e6"/>')).toThrow('width');
});
