import { expect, it } from 'vitest';
import { Simulation } from './index.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const problem = (source: Parameters<typeof Simulation.create>[0]) =>
  Simulation.create(source).then(
    () => 'none',
    (error: Error) => error.message.replace('MuJoCo refuses the model: ', ''),
  );
const BODY = '<body name="a"><joint name="j"/><geom size="0.1"/></body>';
const model = (inside: string) => `<mujoco>\n<worldbody>\n${inside}</worldbody></mujoco>`;

it('says in plain words what MuJoCo’s compiler and parser say, and where', async () => {
  expect(await problem('<mujoco>\n<worldbody>')).toBe(
    'line 2: it is not XML: a closing tag does not fit the tag that it should close.',
  );
  expect(await problem('hello')).toMatch(/^line 1: it is not XML: /);
  expect(await problem(model('<body><foo/></body>'))).toBe(
    'line 3: schema violation: unrecognized element (element <foo>).',
  );
  expect(await problem(model('<body><geom sise="1"/></body>'))).toBe(
    "line 3: schema violation: unrecognized attribute: 'sise' (element <geom>).",
  );
  expect(await problem(model('<body name="b"><joint/></body>'))).toBe(
    'line 3: mass and inertia of moving bodies must be larger than mjMINVAL ("b").',
  );
});

it('names the file and, where it can be found, the line of what a model includes', async () => {
  const files = {
    'main.xml': bytes('<mujoco><include file="parts/body.xml"/></mujoco>'),
    'parts/body.xml': bytes(model(BODY.replace('<geom', '<gem'))),
  };
  expect(await problem({ model: 'main.xml', files })).toBe(
    'parts/body.xml, line 3: schema violation: unrecognized element (element <gem>).',
  );
  const missing = { 'main.xml': files['main.xml'] };
  expect(await problem({ model: 'main.xml', files: missing })).toBe(
    'main.xml: it names the file "parts/body.xml", which was not found below the model\'s folder.',
  );
});
