import { afterEach, describe, expect, it } from 'vitest';
import { hopperMjcf, liveHandles, type MujocoEnv, makeEnv } from '../index.js';
import type { TaskFile } from './task-keys.js';
import { define, ROVER } from './testing.js';

const made: MujocoEnv[] = [];
async function make(mjcf: string, task: TaskFile): Promise<MujocoEnv> {
  const env = await makeEnv((await define(mjcf, { resetNoiseScale: 0, ...task })).definition);
  made.push(env);
  return env;
}

afterEach(() => {
  for (const env of made.splice(0)) env.dispose();
  expect(liveHandles()).toBe(0);
});

describe('actions', () => {
  it('are scaled to the limits of the controls, 0 being the control at the start', async () => {
    // Limits -2 and 4; the initial control is 0, that of the keyframe 1.
    const plain = await make(ROVER, {});
    expect(plain.spaces.action).toEqual({ size: 1, low: [-1], high: [1], names: ['motor/shoulder'] });
    const control = (env: MujocoEnv, action: number) => {
      env.reset();
      env.step([action]);
      return env.simulation.controls[0];
    };
    expect([-1, -0.5, 0, 0.5, 1, 9].map((action) => control(plain, action))).toEqual([-2, -1, 0, 2, 4, 4]);
    const started = await make(ROVER, { start: 'low', healthyZRange: null });
    expect([-1, 0, 1].map((action) => control(started, action))).toEqual([-2, 1, 4]);
    const raw = await make(ROVER, { rescaleActions: false });
    expect(raw.spaces.action).toMatchObject({ low: -2, high: 4 });
    expect([0, 3].map((action) => control(raw, action))).toEqual([0, 3]);
  });

  it('have the middle for 0 where the start lies outside the limits', async () => {
    const env = await make(ROVER.replace('-2 4', '1 4'), {});
    env.reset();
    env.step([0]);
    expect(env.simulation.controls[0]).toBe(2.5);
  });
});

describe('rewards', () => {
  it('are the speed of the body along the direction, less costs', async () => {
    const task = { forwardRewardWeight: 2, ctrlCostWeight: 0.1, contactCostWeight: 0.5, healthyReward: 3 };
    const env = await make(ROVER, { ...task, direction: [0, 0, -2], body: 'arm' });
    env.setState([0, 0, 5, 1, 0, 0, 0, 0], [0, 0, -1, 0, 0, 0, 0]);
    const before = env.simulation.bodyPositions[3 * 2 + 2]!;
    const { rewardParts, reward } = env.step([0.5]);
    const speed = (before - env.simulation.bodyPositions[3 * 2 + 2]!) / env.dt;
    expect(rewardParts.forward).toBeCloseTo(2 * speed, 12);
    expect(speed).toBeGreaterThan(0.5);
    expect(rewardParts).toMatchObject({ control: -0.1 * 0.25, alive: 3 });
    expect(rewardParts.contact).toBeCloseTo(0, 12);
    expect(reward).toBeCloseTo(
      Object.values(rewardParts).reduce((sum, part) => sum + part, 0),
      12,
    );
  });

  it('have no parts of weight 0', async () => {
    const env = await make(ROVER, { ctrlCostWeight: 0, healthyReward: 0 });
    env.reset();
    expect(Object.keys(env.step([0]).rewardParts)).toEqual(['forward']);
  });

  it('are earned for health alone where episodes go on without it', async () => {
    const env = await make(ROVER, { terminateWhenUnhealthy: false, healthyZRange: [0.4, null] });
    env.reset();
    const healthy = env.step([0]);
    expect(healthy.rewardParts.alive).toBe(1);
    let last = healthy;
    for (let i = 0; i < 40; i++) last = env.step([0]);
    expect(last).toMatchObject({ terminated: false, rewardParts: { alive: 0 } });
  });
});

describe('health', () => {
  const LEVEL = [0, 0, 0.5, 1, 0, 0, 0, 0];
  const TURNED = (angle: number) => [0, 0, 0.5, Math.cos(angle / 2), Math.sin(angle / 2), 0, 0, 0];
  const ends = (env: MujocoEnv, qpos: number[], qvel: number[] = Array(7).fill(0)) => {
    env.setState(qpos, qvel);
    return env.step([0]).terminated;
  };

  it('is within the heights of every healthy body', async () => {
    const env = await make(ROVER, { healthyZRange: [0.3, 0.6], healthyBodies: ['cart', 'arm'] });
    const at = (height: number) => [0, 0, height, 1, 0, 0, 0, 0];
    expect([0.25, 0.5, 0.65].map((height) => ends(env, at(height)))).toEqual([true, false, true]);
    // The cart, turned about y by one radian, lowers the arm to 0.45 m - 0.2 m sin 1.
    expect(ends(env, [0, 0, 0.45, Math.cos(0.5), 0, Math.sin(0.5), 0, 0])).toBe(true);
  });

  it('is leaning by no more than the tilt', async () => {
    const env = await make(ROVER, { healthyZRange: null, healthyTilt: 0.5 });
    expect([0, 0.45, 0.55, -0.55, Math.PI].map((angle) => ends(env, TURNED(angle)))).toEqual([
      ...[false, false, true, true, true],
    ]);
  });

  it('is joints within their ranges, and the state within its own', async () => {
    const joint = await make(ROVER, { healthyZRange: null, healthyJointRanges: { shoulder: [-0.2, 0.2] } });
    expect([0, 0.3].map((angle) => ends(joint, [...LEVEL.slice(0, 7), angle]))).toEqual([false, true]);
    const state = await make(ROVER, { healthyZRange: null, healthyStateRange: [-2, 2] });
    // Where the root is does not count, how fast it is does.
    expect(ends(state, [50, 0, 0.5, 1, 0, 0, 0, 0])).toBe(false);
    expect(ends(state, LEVEL, [3, 0, 0, 0, 0, 0, 0])).toBe(true);
  });

  it('takes the height from the body where the slide does not count from the ground', async () => {
    // A reference of 0 makes the slide's position the distance to the start at 1.25 m.
    const shifted = hopperMjcf().replace('ref="1.25"', 'ref="0"');
    const env = await make(shifted, { healthyZRange: [0.7, null], frameSkip: 4 });
    const still = Array(6).fill(0);
    env.setState([0, -0.3, 0, 0, 0, 0], still);
    expect(env.step([0, 0, 0]).terminated).toBe(false);
    env.setState([0, -0.8, 0, 0, 0, 0], still);
    expect(env.step([0, 0, 0]).terminated).toBe(true);
  });
});

describe('observations', () => {
  it('are the parts that are asked for, in that order, each entry by its name', async () => {
    const env = await make(ROVER, {
      observation: ['gravity', 'sensors', 'qvel/shoulder', 'positions', 'contact/arm/5'],
    });
    expect(env.spaces.observation.names).toEqual([
      ...['gravity/0', 'gravity/1', 'gravity/2', 'sensor/gyro/0', 'sensor/gyro/1', 'sensor/gyro/2'],
      ...['qvel/shoulder', 'qpos/root/2', 'qpos/root/3', 'qpos/root/4', 'qpos/root/5', 'qpos/root/6'],
      ...['qpos/shoulder', 'contact/arm/5'],
    ]);
    // Rolled by 90 degrees about x, the body has its own -y below.
    const observation = env.setState(
      [3, 4, 0.5, Math.SQRT1_2, Math.SQRT1_2, 0, 0, 0.1],
      [0, 0, 0, 0.5, 0, 0, 7],
    );
    expect([...observation.slice(0, 3)]).toEqual([0, -1, 0].map((x) => expect.closeTo(x, 12)));
    expect(observation[3]).toBeCloseTo(0.5, 12);
    expect([...observation.slice(6, 8)]).toEqual([7, 0.5]);
    expect(observation[12]).toBe(0.1);
  });

  it('show where the robot is when asked to, and velocities within their limits', async () => {
    const env = await make(ROVER, { excludeCurrentPositionsFromObservation: false, velocityRange: [-1, 1] });
    const observation = env.setState([3, 4, 0.5, 1, 0, 0, 0, 0], [5, 0, 0, 0, 0, 0, -5]);
    expect([...observation.slice(0, 2)]).toEqual([3, 4]);
    expect([observation[8], observation[14]]).toEqual([1, -1]);
  });

  it('have no part that the model does not have', async () => {
    await expect(make(ROVER, { observation: ['activations'] })).rejects.toThrow(
      'the model has no actuators with a state of their own to observe; leave "activations" out.',
    );
  });
});

it('starts from the keyframe that is named', async () => {
  const env = await make(ROVER, { start: 'low', healthyZRange: null });
  expect(env.reset()[0]).toBe(0.2);
});

it('names servos apart from motors, and parts without names by their indices', async () => {
  const servos = ROVER.replace(
    '<actuator>',
    '<actuator><position joint="shoulder"/><velocity joint="shoulder"/><motor joint="shoulder"/><muscle name="flexor" joint="shoulder" lengthrange="-1 1"/>',
  )
    .replace('<freejoint name="root"/>', '<freejoint/>')
    .replace(/<keyframe.*/, '</mujoco>')
    .replace(/<\/mujoco>\s*<\/mujoco>/, '</mujoco>');
  const env = await make(servos, { observation: ['positions', 'activations'] });
  expect(env.spaces.action.names).toEqual([
    ...['position/shoulder', 'velocity/shoulder', 'motor/shoulder', 'actuator/flexor', 'motor/shoulder/2'],
  ]);
  expect(env.spaces.observation.names).toEqual([
    ...['qpos/0/2', 'qpos/0/3', 'qpos/0/4', 'qpos/0/5', 'qpos/0/6', 'qpos/shoulder', 'act/flexor'],
  ]);
});
