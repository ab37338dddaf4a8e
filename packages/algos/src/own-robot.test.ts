import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { defineRobot, liveHandles, type RobotDefinition, robotFingerprint } from '@mikt/envs';
import { createEngine } from '@mikt/graph';
import { decodeCheckpoint, encodeCheckpoint, lastCheckpoint, readCheckpoint, readRun } from '@mikt/runs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  policyFromCheckpoint,
  readRobot,
  readTrainingState,
  resolveConfig,
  resume,
  resumeRun,
  teacherFromCheckpoint,
  toCheckpoint,
  toPolicyFile,
  train,
  trainedPolicy,
  trainRun,
} from './index.js';

const folder = mkdtempSync(path.join(tmpdir(), 'mikt-own-robot-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A box on a wheel of sorts, with a part in a file of its own. */
const FILES = {
  'cart.xml': `<mujoco model="cart"><option timestep="0.01"/><worldbody><geom type="plane" size="9 9 1"/>
    <body name="cart" pos="0 0 0.2"><freejoint name="root"/><geom type="box" size="0.2 0.1 0.1"/>
    <include file="parts/arm.xml"/></body></worldbody>
    <actuator><motor joint="shoulder" gear="5" ctrlrange="-1 1"/></actuator></mujoco>`,
  'parts/arm.xml': `<mujoco><body name="arm" pos="0.2 0 0"><joint name="shoulder" axis="0 1 0"/>
    <geom type="capsule" fromto="0 0 0 0.3 0 0" size="0.05"/></body></mujoco>`,
};
const small = {
  ...{ algo: 'ppo', seed: 1, steps: 1024, stepsPerUpdate: 256, minibatches: 2, epochs: 1, envs: 2 },
  ...{ policyHidden: [8], valueHidden: [8], gradientShards: 2 },
};
const provenance = { command: ['test'], version: 'test' };

let robot: RobotDefinition;
beforeAll(async () => {
  const files = Object.fromEntries(
    Object.entries(FILES).map(([name, text]) => [name, new TextEncoder().encode(text)]),
  );
  robot = (await defineRobot({ model: 'cart.xml', files }, { healthyZRange: null, maxEpisodeSteps: 100 }))
    .definition;
});
const config = () => resolveConfig({ ...small, env: 'cart' });

describe('a robot of one’s own', () => {
  it('is trained on worker threads, with the same bits as on one', async () => {
    const one = await train(config(), { robot, threads: 1 });
    const two = await train(config(), { robot, threads: 2 });
    expect(two.state.learner).toEqual(one.state.learner);
    expect(one.state.progress.episodes).toBeGreaterThan(5);
    expect(liveHandles()).toBe(0);
  });

  it('must be the one that the configuration names', async () => {
    await expect(train(resolveConfig({ ...small, env: 'Hopper' }), { robot })).rejects.toThrow(
      'env: the configuration names "Hopper", and the robot that is given is "cart"',
    );
    await expect(train(config())).rejects.toThrow('unknown environment "cart"');
  });

  it('must have something to act with', async () => {
    const still = FILES['cart.xml'].replace(/<actuator>.*<\/actuator>/, '');
    const files = { ...robot.files, 'cart.xml': new TextEncoder().encode(still) };
    const { definition } = await defineRobot({ model: 'cart.xml', files });
    for (const threads of [1, 2]) {
      await expect(train(config(), { robot: definition, threads })).rejects.toThrow('cart takes no actions');
    }
    expect(liveHandles()).toBe(0);
  });
});

describe('its checkpoint', () => {
  it('is enough to resume, act and teach', async () => {
    const { state } = await train(config(), { robot, threads: 1 });
    const bytes = encodeCheckpoint(toCheckpoint(state));
    const checkpoint = decodeCheckpoint(bytes, 'cart.safetensors');
    const read = readTrainingState(checkpoint, 'cart.safetensors');
    expect(read.robot).toEqual(robot);
    expect(encodeCheckpoint(toCheckpoint(read))).toEqual(bytes);

    const longer = { ...read, config: { ...read.config, steps: 1536 } };
    const resumed = await resume(longer, { threads: 2 });
    expect(resumed.state.progress.steps).toBe(1536);
    expect(resumed.state.robot).toEqual(robot);

    const engine = await createEngine('wasm');
    const policy = policyFromCheckpoint(checkpoint, engine, 'cart.safetensors');
    expect(policy).toMatchObject({ env: 'cart', robot });
    policy.dispose();
    const exported = decodeCheckpoint(
      encodeCheckpoint(toPolicyFile(trainedPolicy(checkpoint, 'cart.safetensors'))),
      'policy.safetensors',
    );
    const alone = policyFromCheckpoint(exported, engine, 'policy.safetensors');
    expect(alone.robot).toEqual(robot);
    alone.dispose();
    engine.dispose();
    expect(teacherFromCheckpoint(checkpoint, 'cart.safetensors').env).toBe('cart');
  });

  it('is refused where its robot’s files would lead out of their folder, or its task is not whole', async () => {
    const { state } = await train(config(), { robot, threads: 1 });
    const read = (changed: object) => () => {
      const tampered = toCheckpoint({ ...state, robot: { ...robot, ...changed } });
      readTrainingState(decodeCheckpoint(encodeCheckpoint(tampered), 'x'), 'x');
    };
    expect(read({})).not.toThrow();
    expect(read({ files: { ...robot.files, '../../escape.xml': new Uint8Array(1) } })).toThrow(
      'x: is not a training checkpoint (robot: the robot cart has a file "../../escape.xml"',
    );
    expect(read({ model: 'other.xml' })).toThrow('has no file "other.xml"');
    expect(read({ task: { ...robot.task, frameSkip: 0 } })).toThrow('robot/task/frameSkip');
    expect(read({ task: { ...robot.task, body: undefined } })).toThrow('robot/task/body');
    expect(read({ name: '../cart' })).toThrow('robot/name');
  });
});

describe('its run', () => {
  const run = path.join(folder, 'run');
  beforeAll(async () => {
    await trainRun(config(), run, { robot, threads: 1, provenance });
  });

  it('says what robot it was, and keeps it to be read', async () => {
    const { manifest } = await readRun(run);
    expect(manifest).toMatchObject({
      env: 'cart',
      robot: { model: 'cart.xml', fingerprint: robotFingerprint(robot) },
    });
    expect(readFileSync(path.join(run, 'robot/model/parts/arm.xml'), 'utf8')).toBe(FILES['parts/arm.xml']);
    expect(await readRobot(run, manifest)).toEqual(robot);
    // From the checkpoint where the copy is gone or was changed.
    writeFileSync(path.join(run, 'robot/task.yaml'), 'task: forward\n');
    expect(await readRobot(run, manifest)).toEqual(robot);
    expect(await readRobot(run, { robot: { model: 'cart.xml', fingerprint: 'another' } })).toBeUndefined();
    expect(await readRobot(run, {})).toBeUndefined();
  });

  it('is not gone on with by a checkpoint of another robot', async () => {
    const { path: file } = (await lastCheckpoint(run))!;
    const state = readTrainingState(await readCheckpoint(file), file);
    const other = { ...robot, task: { ...robot.task, healthyReward: 5 } };
    writeFileSync(file, encodeCheckpoint(toCheckpoint({ ...state, robot: other })));
    await expect(resumeRun(run, { more: { steps: 4096, provenance } })).rejects.toThrow(
      'is of another robot than its run.json says: model or task differ.',
    );
  });
});
