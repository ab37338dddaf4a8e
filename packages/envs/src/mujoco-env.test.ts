import { InvalidInputError, Rng, RunError } from '@mikt/core';
import { afterEach, describe, expect, test } from 'vitest';
import {
  hopperTask,
  listEnvs,
  liveHandles,
  loadPhysics,
  MujocoEnv,
  type MujocoEnvName,
  type MujocoEnvOptions,
  makeEnv,
  type Step,
} from './index.js';

const names = listEnvs() as MujocoEnvName[];
const made: MujocoEnv[] = [];

async function make(name: MujocoEnvName, options?: MujocoEnvOptions): Promise<MujocoEnv> {
  const env = await makeEnv(name, options);
  made.push(env);
  return env;
}

afterEach(() => {
  for (const env of made.splice(0)) env.dispose();
  expect(liveHandles()).toBe(0);
});

const zeros = (env: MujocoEnv) => new Float64Array(env.spaces.action.size);

/** `count` steps under random actions that go a little beyond their limits. */
function run(env: MujocoEnv, count: number, seed = 1): Step[] {
  const rng = Rng.fromSeed(seed);
  return Array.from({ length: count }, () => {
    const step = env.step(zeros(env).map(() => rng.uniform(-1.2, 1.2)));
    if (step.terminated || step.truncated) env.reset();
    return step;
  });
}

describe.each(names)('%s', (name) => {
  test('rewards are the sum of their parts, with costs negative', async () => {
    const env = await make(name);
    env.reset({ seed: 3 });
    for (const { reward, rewardParts } of run(env, 40)) {
      expect(Object.keys(rewardParts)).toEqual(env.rewardParts);
      const sum = Object.values(rewardParts).reduce((total, part) => total + part, 0);
      expect(Math.abs(reward - sum)).toBeLessThan(1e-12);
      expect(rewardParts.alive).toBe(1);
      expect(rewardParts.control).toBeLessThan(0);
      expect(rewardParts.contact ?? 0).toBeLessThanOrEqual(0);
    }
  });

  test('the same seed repeats a run, another does not', async () => {
    const [first, second] = [await make(name), await make(name)];
    second.reset({ seed: 4 });
    run(second, 7);
    const trace = (env: MujocoEnv, seed: number) => [env.reset({ seed }), ...run(env, 30)];
    expect(trace(first, 11)).toEqual(trace(second, 11));
    expect(trace(first, 12)).not.toEqual(trace(second, 11));
  });

  test('a snapshot continues bit for bit, here and in a fresh environment', async () => {
    const env = await make(name);
    env.reset({ seed: 5 });
    run(env, 25);
    const snapshot = env.snapshot();
    const kept = structuredClone(snapshot);
    const expected = run(env, 40, 2);
    env.restore(snapshot);
    expect(run(env, 40, 2)).toEqual(expected);
    expect(snapshot).toEqual(kept);

    const fresh = await make(name);
    fresh.restore(structuredClone(snapshot));
    expect(fresh.observation).toEqual(snapshot.arrays.observation);
    expect(fresh.snapshot()).toEqual(snapshot);
    expect(run(fresh, 40, 2)).toEqual(expected);
  });
});

test('MuJoCo can be loaded beforehand, and more than once', async () => {
  await Promise.all([loadPhysics(), loadPhysics()]);
});

describe('a reset', () => {
  test.each([...names, 'CentipedeThree'] as MujocoEnvName[])('of %s is never terminal', async (name) => {
    const env = await make(name);
    env.reset({ seed: 0 });
    for (let i = 0; i < 300; i++) {
      expect(env.reset().every(Number.isFinite)).toBe(true);
      const [height, low, high] =
        name === 'Hopper' ? [env.qpos[1]!, 0.7, 2] : [env.qpos[2]!, name === 'Ant' ? 0.2 : 0.35, 1.15];
      expect(height).toBeGreaterThan(low);
      expect(height).toBeLessThan(high);
    }
  });

  test('of a centipede draws its bends small and the rest around the initial state', async () => {
    const env = await make('CentipedeEight');
    const starts = Array.from({ length: 300 }, (_, seed) => {
      env.reset({ seed });
      return { qpos: env.qpos, qvel: env.qvel };
    });
    const most = (i: number, from = 0) => Math.max(...starts.map(({ qpos }) => Math.abs(qpos[i]! - from)));
    // Four torsos: U(±0.1 / 3) at 12, 18, 24 and 5, the others U(±0.1) around qpos0.
    for (const i of [5, 12, 18, 24]) {
      expect(most(i)).toBeLessThan(0.1 / 3);
      expect(most(i)).toBeGreaterThan(0.03);
    }
    for (const [i, from] of [
      [2, 0.75],
      [3, 1],
      [4, 0],
      [7, 0],
      [11, 0],
      [26, 0],
    ] as const) {
      expect(most(i, from)).toBeLessThan(0.1);
      expect(most(i, from)).toBeGreaterThan(0.09);
    }
    const velocities = starts.flatMap(({ qvel }) => [...qvel]);
    const variance = velocities.reduce((sum, value) => sum + value ** 2, 0) / velocities.length;
    expect(Math.sqrt(variance)).toBeCloseTo(0.1, 2);
  });

  test('gives up on a task whose starts are all terminal', async () => {
    const env = await MujocoEnv.create('Doomed', { ...hopperTask(), isTerminated: () => true });
    made.push(env);
    expect(() => env.reset()).toThrow(RunError);
    expect(() => env.reset()).toThrow('1000 drawn starts of Doomed in a row were terminal');
    expect(() => env.step(zeros(env))).toThrow('is not started');
  });
});

describe('contact forces', () => {
  test.each(['CentipedeFour', 'CpCentipedeEight', 'Ant'] as const)(
    'of %s are seen and paid for',
    async (name) => {
      const env = await make(name);
      env.reset({ seed: 1 });
      const first = env.qpos.length - 2 + env.qvel.length;
      const touching = Array.from({ length: 25 }, () => env.step(zeros(env))).filter(({ observation }) =>
        observation.subarray(first).some((force) => force !== 0),
      );
      expect(touching.length).toBeGreaterThan(0);
      const scale = { CentipedeFour: 1, CpCentipedeEight: 0.5, Ant: 1 }[name];
      for (const { observation, rewardParts } of touching) {
        const forces = observation.subarray(first);
        expect(Math.max(...forces)).toBeLessThanOrEqual(1);
        expect(Math.min(...forces)).toBeGreaterThanOrEqual(-1);
        const cost = 0.5e-3 * scale * forces.reduce((sum, force) => sum + force ** 2, 0);
        expect(rewardParts.contact).toBeCloseTo(-cost, 12);
      }
    },
  );
});

describe('control', () => {
  test('beyond its limits moves no further but costs more', async () => {
    const env = await make('CentipedeSix');
    env.reset({ seed: 2 });
    const snapshot = env.snapshot();
    const atLimit = env.step(zeros(env).fill(1));
    env.restore(snapshot);
    const beyond = env.step(zeros(env).fill(3));
    expect(beyond.observation).toEqual(atLimit.observation);
    // 16 motors, cost 0.5 * 4 / 6 per squared unit.
    expect(atLimit.rewardParts.control).toBeCloseTo((-0.5 * 4 * 16) / 6, 12);
    expect(beyond.rewardParts.control).toBeCloseTo((-0.5 * 4 * 16 * 9) / 6, 12);
  });
});

describe('the time limit', () => {
  test('truncates at 1,000 steps where the robot survives', async () => {
    const env = await make('Ant');
    env.reset({ seed: 0 });
    const steps = Array.from({ length: 1000 }, () => env.step(zeros(env)));
    expect(steps.slice(0, -1).some(({ terminated, truncated }) => terminated || truncated)).toBe(false);
    expect(steps.at(-1)).toMatchObject({ terminated: false, truncated: true, diverged: false });
    expect(() => env.step(zeros(env))).toThrow(
      'the episode of Ant is over after 1000 steps; call reset() before step().',
    );
  });

  test('can be shorter, and gives way to a termination in the same step', async () => {
    const limited = await make('CentipedeFour', { maxEpisodeSteps: 2 });
    limited.reset({ seed: 0 });
    expect(limited.step(zeros(limited)).truncated).toBe(false);
    expect(limited.step(zeros(limited)).truncated).toBe(true);

    const one = await make('Hopper', { maxEpisodeSteps: 1 });
    one.reset({ seed: 0 });
    one.setState(one.qpos.fill(0.5, 1, 2), one.qvel);
    expect(one.step(zeros(one))).toMatchObject({ terminated: true, truncated: false });
  });
});

describe('a divergence', () => {
  test.each(['CentipedeFour', 'Ant', 'Hopper'] as const)(
    'of %s ends the episode and is counted',
    async (name) => {
      const env = await make(name);
      env.reset({ seed: 1 });
      run(env, 3);
      const seen = env.setState(env.qpos, env.qvel.fill(1e8));
      expect(seen.every(Number.isFinite)).toBe(true);
      const step = env.step(zeros(env));
      expect(step).toMatchObject({ terminated: true, truncated: false, diverged: true, reward: 0 });
      expect(step.observation).toEqual(seen);
      expect(Object.keys(step.rewardParts)).toEqual(env.rewardParts);
      expect(env.divergences).toBe(1);
      expect(() => env.step(zeros(env))).toThrow('is over after 1 steps');

      const fresh = await make(name);
      fresh.restore(env.snapshot());
      expect(fresh.divergences).toBe(1);
      expect(() => fresh.step(zeros(fresh))).toThrow('is over after 1 steps');
      // Nothing of it is left after a reset, the solver's memory included.
      expect(fresh.reset({ seed: 9 })).toEqual(env.reset({ seed: 9 }));
      const clean = await make(name);
      clean.reset({ seed: 9 });
      expect(run(env, 20)).toEqual(run(clean, 20));
    },
  );

  test('is also a reward or an observation that is not finite', async () => {
    const task = hopperTask();
    const env = await MujocoEnv.create('Endless', {
      ...task,
      reward: () => ({ forward: Number.POSITIVE_INFINITY, control: 0, alive: 1 }),
    });
    made.push(env);
    env.reset({ seed: 0 });
    expect(env.step(zeros(env))).toMatchObject({ reward: 0, diverged: true, terminated: true });
  });
});

describe('misuse is refused in words', () => {
  test('steps', async () => {
    const env = await make('Hopper');
    expect(() => env.step([0, 0, 0])).toThrow(
      'the episode of Hopper is not started; call reset() before step().',
    );
    env.reset({ seed: 0 });
    const before = env.snapshot();
    expect(() => env.step([0, 0])).toThrow('action of Hopper has 3 numbers, got 2.');
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1e11]) {
      expect(() => env.step([0, value, 0])).toThrow(
        new InvalidInputError(
          `action[1] given to Hopper is ${value}; it must be a finite number of magnitude 10000000000 or less.`,
        ),
      );
    }
    expect(env.snapshot()).toEqual(before);
  });

  test('states', async () => {
    const env = await make('Hopper');
    const [qpos, qvel] = [[0, 1.25, 0, 0, 0, 0], new Float64Array(6)];
    expect(() => env.setState(qpos.slice(1), qvel)).toThrow('qpos of Hopper has 6 numbers, got 5.');
    expect(() => env.setState(qpos, [1])).toThrow('qvel of Hopper has 6 numbers, got 1.');
    expect(() => env.setState(qpos, qvel.slice().fill(Number.NaN, 4))).toThrow(
      'qvel[4] given to Hopper is NaN; it must be a finite number',
    );
    expect(env.setState(qpos, qvel)).toEqual(Float64Array.of(1.25, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  });

  test('snapshots of another environment', async () => {
    const [hopper, ant] = [await make('Hopper'), await make('Ant')];
    ant.reset({ seed: 0 });
    expect(() => hopper.restore(ant.snapshot())).toThrow(
      /the snapshot does not fit Hopper: .*got physics \(/,
    );
    expect(() => hopper.restore({ arrays: {}, rng: ant.snapshot().rng })).toThrow('got nothing');
    const crossed = { ...hopper.snapshot().arrays, physics: ant.snapshot().arrays.physics! };
    expect(() => hopper.restore({ arrays: crossed, rng: ant.snapshot().rng })).toThrow(
      'restore it in the environment it was taken from',
    );
  });

  test('use after dispose', async () => {
    const env = await make('Hopper');
    env.reset({ seed: 0 });
    env.dispose();
    env.dispose();
    expect(() => env.step([0, 0, 0])).toThrow('the simulation was disposed; make a new environment.');
    expect(() => env.reset()).toThrow('the simulation was disposed');
  });
});

test('names the entries of observations: what a larger robot has in common with a smaller one has the same names', async () => {
  const names = async (name: string) => {
    const env = await makeEnv(name);
    const { observation, action } = env.spaces;
    env.dispose();
    expect(new Set(observation.names).size).toBe(observation.size);
    expect(new Set(action.names).size).toBe(action.size);
    return [...observation.names!, ...action.names!];
  };
  const [four, six, hopper] = [
    await names('CentipedeFour'),
    await names('CentipedeSix'),
    await names('Hopper'),
  ];
  expect(six).toEqual(expect.arrayContaining([...four]));
  expect(four[0]).toBe('qpos/root/2');
  expect(four).toContain('qpos/lefthip_0');
  expect(four).toContain('qvel/bodyupdown_1');
  expect(four).toContain('contact/frontFoot_3/5');
  expect(four).toContain('motor/bodyupdown_1');
  expect(hopper.slice(-3)).toEqual(['motor/thigh_joint', 'motor/leg_joint', 'motor/foot_joint']);
  expect(hopper.slice(0, 3)).toEqual(['qpos/rootz', 'qpos/rooty', 'qpos/thigh_joint']);
});
