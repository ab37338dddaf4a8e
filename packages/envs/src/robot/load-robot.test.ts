import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FileError, InvalidInputError } from '@mikt/core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { liveHandles, makeEnv } from '../index.js';
import { formatTask, isPathInside, type RobotDefinition, robotFingerprint } from './definition.js';
import { loadRobot } from './load-robot.js';
import { define, ROVER } from './testing.js';

const folder = mkdtempSync(path.join(tmpdir(), 'mikt-robot-'));
const at = (...parts: string[]) => path.join(folder, ...parts);
const write = (file: string, text: string) => {
  mkdirSync(path.dirname(at(file)), { recursive: true });
  writeFileSync(at(file), text);
  return at(file);
};

const TETRAHEDRON = 'v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n';
const MESHED = ROVER.replace('<worldbody>', '<asset><mesh name="m" file="FILE"/></asset><worldbody>').replace(
  '<geom type="box" size="0.2 0.1 0.1"/>',
  '<geom type="mesh" mesh="m" mass="1"/>',
);
const meshed = (file: string, compiler = '') =>
  `${MESHED.replace('FILE', file)}`.replace('<option', `${compiler}<option`);

beforeAll(() => {
  write('rover.xml', ROVER);
  write('task.yaml', 'name: my-rover\nhealthyZRange: [0.05, .inf]\nmaxEpisodeSteps: 1_000\n');
  write('meshes/t.obj', TETRAHEDRON);
  write('robots/a/model.xml', meshed('../../meshes/t.obj'));
});
afterEach(() => expect(liveHandles()).toBe(0));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const files = async (file: string, options = {}) =>
  Object.keys((await loadRobot(at(file), options)).definition.files).sort();

describe('loadRobot', () => {
  it('reads a model and a task file', async () => {
    const { definition } = await loadRobot(at('rover.xml'), { task: at('task.yaml') });
    expect(definition).toMatchObject({ name: 'my-rover', model: 'rover.xml' });
    expect(definition.task).toMatchObject({ healthyZRange: [0.05, null], maxEpisodeSteps: 1000 });
    expect((await loadRobot(at('rover.xml'))).definition.name).toBe('rover');
  });

  it('reads all that the model names, wherever the compiler has it looked for', async () => {
    write(
      'b/body.xml',
      '<mujoco><worldbody><body name="x"><joint name="jx"/><geom type="mesh" mesh="m"/></body></worldbody></mujoco>',
    );
    write('b/parts/t.obj', TETRAHEDRON);
    const main = meshed('t.obj', '<compiler meshdir="parts"/>').replace(
      '<worldbody>',
      '<include file="body.xml"/><worldbody>',
    );
    write('b/main.xml', main);
    expect(await files('b/main.xml')).toEqual(['body.xml', 'main.xml', 'parts/t.obj']);
    write('c/main.xml', '<mujoco model="c"><include file="inner/one.xml"/></mujoco>');
    write('c/inner/one.xml', '<mujoco><include file="inner/two.xml"/></mujoco>');
    write('c/inner/two.xml', meshed('t.obj'));
    write('c/inner/t.obj', TETRAHEDRON);
    expect(await files('c/main.xml')).toEqual(
      ['inner/one.xml', 'inner/t.obj', 'inner/two.xml', 'main.xml'].sort(),
    );
  });

  it('reads nothing outside the model’s folder, unless it is told of a larger one', async () => {
    const outside = /<mesh> names ".*t\.obj", which is outside the model's folder .*--assets/;
    await expect(loadRobot(at('robots/a/model.xml'))).rejects.toThrow(outside);
    expect(await files('robots/a/model.xml', { assets: folder })).toEqual([
      'meshes/t.obj',
      'robots/a/model.xml',
    ]);
    await expect(loadRobot(at('robots/a/model.xml'), { assets: at('meshes') })).rejects.toThrow(
      '--assets takes a folder that holds the model as well',
    );
    write('d/absolute.xml', meshed(at('meshes/t.obj')));
    await expect(loadRobot(at('d/absolute.xml'))).rejects.toThrow(outside);
    write('d/linked.xml', meshed('link.obj'));
    symlinkSync(at('meshes/t.obj'), at('d/link.obj'));
    // The link is not followed, and MuJoCo misses the file.
    await expect(loadRobot(at('d/linked.xml'))).rejects.toThrow(
      'linked.xml: it names the file "link.obj", which was not found below the model\'s folder.',
    );
  });

  it('reads URDF', async () => {
    const inertia =
      '<inertial><mass value="1"/><inertia ixx="1" ixy="0" ixz="0" iyy="1" iyz="0" izz="1"/></inertial>';
    const link = (name: string, more = '') => `<link name="${name}">${inertia}${more}</link>`;
    const collision =
      '<collision><geometry><mesh filename="package://arm/meshes/t.obj"/></geometry></collision>';
    write(
      'urdf/arm.urdf',
      `<robot name="arm">${link('base')}${link('hand', collision)}<joint name="turn" type="revolute"><parent link="base"/>` +
        '<child link="hand"/><axis xyz="0 0 1"/><limit lower="-1" upper="1" effort="1" velocity="1"/></joint></robot>',
    );
    write('urdf/t.obj', TETRAHEDRON);
    expect(await files('urdf/arm.urdf')).toEqual(['arm.urdf', 't.obj']);
  });

  it('says what is missing, too large, or of another kind', async () => {
    await expect(loadRobot(at('nothing.xml'))).rejects.toThrow(
      new FileError(at('nothing.xml'), 'there is no such model file.'),
    );
    await expect(loadRobot(folder)).rejects.toThrow('is not a file.');
    await expect(loadRobot(at('rover.xml'), { task: at('no.yaml') })).rejects.toThrow(
      'there is no such task file.',
    );
    await expect(loadRobot(at('rover.xml'), { task: 'forwards' })).rejects.toMatchObject({
      code: 'unknown-task',
      message: expect.stringContaining('did you mean "forward"?'),
    });
    write('list.yaml', '- forward\n');
    await expect(loadRobot(at('rover.xml'), { task: at('list.yaml') })).rejects.toThrow(
      'a task file is a map of settings',
    );
    write('torn.yaml', 'a: [\n');
    await expect(loadRobot(at('rover.xml'), { task: at('torn.yaml') })).rejects.toThrow('is not YAML');
    write('alias.yaml', 'body: *a\n');
    await expect(loadRobot(at('rover.xml'), { task: at('alias.yaml') })).rejects.toThrow(
      /is not YAML: .*alias.*: a\.$/,
    );
    write('large.xml', ' '.repeat(4_000_001));
    await expect(loadRobot(at('large.xml'))).rejects.toThrow(
      'large.xml is 4 MB; 4 MB are allowed for such a file.',
    );
    write('broken.xml', ROVER.replace('type="capsule"', 'type="sausage"'));
    await expect(loadRobot(at('broken.xml'))).rejects.toThrow(
      /MuJoCo refuses the model: broken\.xml, line 8: invalid keyword: 'sausage' \(element <geom>\)\./,
    );
  });
});

describe('a definition', () => {
  it('has a fingerprint of its own: of files, task and name, whatever the order', async () => {
    const { definition } = await define(ROVER);
    const { name, model, task } = definition;
    const first = robotFingerprint(definition);
    const reversed = Object.fromEntries(Object.entries(task).reverse()) as unknown as typeof task;
    expect(robotFingerprint({ files: definition.files, task: reversed, model, name })).toBe(first);
    const others: RobotDefinition[] = [
      { ...definition, name: 'other' },
      { ...definition, task: { ...task, healthyReward: 2 } },
      (await define(ROVER.replace('0.005', '0.004'))).definition,
    ];
    expect(new Set([first, ...others.map(robotFingerprint)]).size).toBe(4);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is the same when it is read again from what is written of it', async () => {
    const { definition } = await loadRobot(at('robots/a/model.xml'), {
      assets: folder,
      task: at('task.yaml'),
    });
    for (const [file, contents] of Object.entries(definition.files)) {
      write(path.join('again', file), new TextDecoder().decode(contents));
    }
    const task = write('again.yaml', formatTask(definition));
    const again = await loadRobot(at('again', definition.model), { task, assets: at('again') });
    expect(robotFingerprint(again.definition)).toBe(robotFingerprint(definition));
    expect(again.defaults).toEqual([]);
  });

  it('has no paths that lead out of its folder', async () => {
    expect(['a.xml', 'a/b c/ä.xml', '.hidden/x'].map(isPathInside)).toEqual([true, true, true]);
    const wrong = [
      '',
      '/a',
      '../a',
      'a/../b',
      'a//b',
      './a',
      'a\\b',
      'C:a',
      'a\0b',
      'a/.',
      '__proto__',
      'a/',
    ];
    expect(wrong.map(isPathInside)).toEqual(wrong.map(() => false));
    const { definition } = await define(ROVER);
    const changed = (files: RobotDefinition['files']) => makeEnv({ ...definition, files });
    await expect(changed({ ...definition.files, '../x': new Uint8Array() })).rejects.toThrow(
      InvalidInputError,
    );
    await expect(changed({})).rejects.toThrow('has no file "robot.xml", which should be its model.');
  });
});
