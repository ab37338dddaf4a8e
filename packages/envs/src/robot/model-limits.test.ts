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
  expect(asks('<user dim="+100000000"/>')).toThrow('dim');
});

it('refuses numbers that ask for hours', () => {
  const asks = (element: string) => check({ 'main.xml': `<mujoco>${element}</mujoco>` });
  expect(asks('<option iterations="2000000000" tolerance="0"/>')).toThrow(
    'main.xml: <option iterations="2000000000"> asks for too much; 10,000 is the most that is allowed.',
  );
  expect(asks('<option iterations="1000" ls_iterations="50" noslip_iterations="10"/>')).not.toThrow();
  expect(asks('<mesh builtin="plate" params="5 3000"/>')).toThrow('params');
  expect(asks('<mesh builtin="plate" params="5 30"/>')).not.toThrow();
  expect(asks('<lengthrange inttotal=".1e9"/>')).toThrow('inttotal');
  expect(asks('<lengthrange inttotal="inf"/>')).toThrow('inttotal');
  expect(asks('<lengthrange timestep="1e-300"/>')).toThrow('0.001 is the least that is allowed');
  expect(asks('<flexcomp count="3 3 3" cellcount="200 200 200"/>')).toThrow('elements');
});

it('counts what is included as often as it is repeated, whatever the file is called', () => {
  const include = (file: string) => `<replicate count="90"><include file="parts/${file}"/></replicate>`;
  const geoms = (count: number) => `\n<mujocoinclude>${'<geom size=".1"/>'.repeat(count)}</mujocoinclude>`;
  for (const file of ['legs.xml', 'legs.txt']) {
    expect(check({ ...model(include(file)), [`parts/${file}`]: geoms(90) })).not.toThrow();
    expect(check({ ...model(include(file)), [`parts/${file}`]: geoms(200) })).toThrow('elements');
  }
  expect(check({ ...model(''), 'legs.txt': geoms(11_000) })).toThrow('elements');
});
