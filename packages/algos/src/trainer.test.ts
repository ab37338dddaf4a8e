import {
  constant as constantTensor,
  createReferenceEngine,
  input,
  relativeDifference,
  variable,
} from '@mikt/graph';
import { ActorCritic, LOG_STANDARD_DEVIATION, normalise, ParameterLayout } from '@mikt/nets';
import { decodeCheckpoint, encodeCheckpoint } from '@mikt/runs';
import { describe, expect, it } from 'vitest';
import { readTrainingState, type TrainingState, teacherFromCheckpoint, toCheckpoint } from './checkpoint.js';
import { planPasses, type RunConfig, resolveConfig } from './config.js';
import { checkTeachers } from './methods.js';
import { IdentityEnv, randomTeacher, SMALL_RUN } from './testing.js';
import { resume, train } from './trainer.js';
import { metricColumns, type TrainingOptions } from './training-options.js';

const teacher = randomTeacher({ observation: 3, action: 4, policyHidden: [8, 8], valueHidden: [8, 8] }, 7);
const passes = 8;
const configs: Record<string, RunConfig> = {
  ppo: resolveConfig({ ...SMALL_RUN, algo: 'ppo', steps: 64 * passes }),
  mikt: resolveConfig({
    ...SMALL_RUN,
    algo: 'mikt',
    steps: 64 * passes,
    encoderHidden: [8],
    variationalHidden: [8],
    handOverThreshold: 0,
  }),
  mlpp: resolveConfig({ ...SMALL_RUN, algo: 'mlpp', steps: 64 * passes }),
};

type Row = Readonly<Record<string, number | undefined>>;

/** A sink that keeps everything, checkpoints as the bytes of their files. */
function recorder() {
  const rows: Row[] = [];
  const checkpoints: { steps: number; bytes: Uint8Array }[] = [];
  const episodes: { steps: number; return: number; length: number }[] = [];
  const sink = {
    rows,
    checkpoints,
    episodes,
    appendMetrics: (row: Row) => void rows.push(row),
    appendEpisode: (episode: (typeof episodes)[number]) => void episodes.push(episode),
    saveCheckpoint: async (steps: number, checkpoint: Parameters<typeof encodeCheckpoint>[0]) => {
      checkpoints.push({ steps, bytes: encodeCheckpoint(checkpoint) });
    },
  };
  return { ...sink, openSink: async () => sink };
}

const createEnv = async () => new IdentityEnv();
const optionsOf = (algo: string): TrainingOptions => ({
  createEnv,
  teachers: algo === 'ppo' ? [] : [teacher],
});
const everyPass = (config: RunConfig): RunConfig => ({ ...config, checkpointEvery: 1 });

/** All of a state that must not depend on interruptions or the clock. */
function essence(state: TrainingState) {
  return {
    ...state,
    progress: { ...state.progress, seconds: 0 },
    config: { ...state.config, checkpointEvery: 0 },
  };
}

describe.each(['ppo', 'mikt', 'mlpp'])('%s', (algo) => {
  const config = configs[algo]!;
  const options = optionsOf(algo);

  it('repeats with the same seed, bit for bit, and differs with another', async () => {
    const [one, two] = [await train(config, options), await train(config, options)];
    expect(essence(two.state)).toEqual(essence(one.state));
    const other = await train({ ...config, seed: 4 }, options);
    expect(other.state.learner.parameters).not.toEqual(one.state.learner.parameters);
  });

  it('resumed from any checkpoint ends as if it had never been stopped', async () => {
    const sink = recorder();
    const whole = await train(everyPass(config), { ...options, openSink: sink.openSink });
    expect(sink.checkpoints.map(({ steps }) => steps)).toEqual(
      Array.from({ length: passes + 1 }, (_, i) => 64 * i),
    );
    for (const { bytes, steps } of sink.checkpoints.slice(0, -1)) {
      const state = readTrainingState(decodeCheckpoint(bytes, 'memory'), 'memory');
      const again = recorder();
      const resumed = await resume(state, { createEnv, openSink: again.openSink });
      expect(essence(resumed.state)).toEqual(essence(whole.state));
      const timeless = (rows: Row[]) => rows.map((row) => ({ ...row, seconds: 0, steps_per_second: 0 }));
      expect(timeless(again.rows)).toEqual(timeless(sink.rows.filter((row) => row.steps! > steps)));
    }
  });

  it('stopped in the middle of an update, saves the last finished one and goes on from it', async () => {
    const whole = await train(config, options);
    const controller = new AbortController();
    const sink = recorder();
    const env = new IdentityEnv();
    let calls = 0;
    // Slow enough for the trainer to look up from its work in the middle of the third pass.
    const step = env.step.bind(env);
    env.step = (action) => {
      if (++calls === 40) {
        controller.abort();
        const until = performance.now() + 120;
        while (performance.now() < until);
      }
      return step(action);
    };
    const stopped = await train(
      { ...config, checkpointEvery: 100 },
      {
        ...options,
        openSink: sink.openSink,
        signal: controller.signal,
        createEnv: async () => (calls === 0 && sink.rows.length === 0 && takeOnce(env)) || new IdentityEnv(),
      },
    );
    expect(stopped.status).toBe('interrupted');
    expect(sink.checkpoints.at(-1)!.steps).toBe(64 * stopped.state.progress.passes);
    expect(stopped.state.progress.passes).toBeLessThan(passes);
    const state = readTrainingState(decodeCheckpoint(sink.checkpoints.at(-1)!.bytes, 'memory'), 'memory');
    expect(essence((await resume(state, { createEnv })).state)).toEqual(essence(whole.state));
  });

  it('begins with the standard deviation that is asked for, and 1 otherwise, all else alike', async () => {
    const first = async (changes: Partial<RunConfig>) => {
      const sink = recorder();
      await train({ ...everyPass(config), ...changes }, { ...options, openSink: sink.openSink });
      const { parameters } = readTrainingState(
        decodeCheckpoint(sink.checkpoints[0]!.bytes, 'memory'),
        'memory',
      ).learner;
      const { [LOG_STANDARD_DEVIATION]: deviations, ...others } = parameters;
      return { deviations: [...deviations!.data], others };
    };
    const [usual, narrow] = [await first({}), await first({ standardDeviationStart: 0.25 })];
    expect(usual.deviations).toEqual([0, 0]);
    expect(narrow.deviations).toEqual(Array(2).fill(Math.fround(Math.log(0.25))));
    expect(narrow.others).toEqual(usual.others);
  });

  it('takes exactly epochs × minibatches optimiser steps per update and logs its columns only', async () => {
    const sink = recorder();
    const { state } = await train(config, { ...options, openSink: sink.openSink });
    const { updates } = planPasses(config);
    expect(updates).toBe(passes - 1);
    expect(state.learner.optimiserSteps).toBe(updates * 2 * 4);
    expect(sink.rows.map((row) => row.update)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(sink.rows.map((row) => row.steps)).toEqual(Array.from({ length: passes }, (_, i) => 64 * (i + 1)));
    const columns = new Set(metricColumns(config, options.teachers ?? []));
    for (const row of sink.rows) for (const name of Object.keys(row)) expect(columns).toContain(name);
    // 4 environments with episodes of 20 steps: 25 whole episodes in 128 steps of each.
    expect(sink.episodes.length).toBe(4 * Math.floor((64 * passes) / 4 / 20));
    expect(state.progress).toMatchObject({
      passes,
      steps: 64 * passes,
      episodes: sink.episodes.length,
      diverged: 0,
    });
  });
});

function takeOnce<T>(value: T & { taken?: boolean }): T | undefined {
  if (value.taken) return undefined;
  value.taken = true;
  return value;
}

describe('mikt', () => {
  const options = optionsOf('mikt');

  it('goes through its three phases and hands over to a student without a teacher', async () => {
    const sink = recorder();
    const { state } = await train(everyPass(configs.mikt!), { ...options, openSink: sink.openSink });
    // 7 updates: ⌊0.45·7⌋ = 3 without coupling, ⌊0.9·7⌋ = 6 to the hand-over, then 1 alone.
    expect(sink.rows.map((row) => row.phase)).toEqual([1, 1, 1, 1, 2, 2, 2, 3]);
    const coupling = sink.rows.map((row) => row.coupling_coefficient);
    expect(coupling.slice(0, 5)).toEqual([0, 0, 0, 0, 1 / 3]);
    expect(coupling.slice(5)).toEqual([2 / 3, 1, undefined]);
    expect(sink.rows.at(-2)!['mixing/policy/1']).toBeGreaterThan(0);
    expect(sink.rows.at(-1)!['mixing/policy/1']).toBeUndefined();
    expect(state.agent).toBe('student');
    expect(state.teachers).toEqual([]);
    expect(
      Object.keys(state.learner.parameters).some((name) => /mixing|encoder|variational/.test(name)),
    ).toBe(false);
    // Adam's count carries over the hand-over.
    expect(state.learner.optimiserSteps).toBe(7 * 2 * 4);
    // The window of returns is cleared: only the last pass' episodes count.
    const last = sink.episodes.filter(({ steps }) => steps > 64 * 7).map((episode) => episode.return);
    expect(sink.rows.at(-1)!.return_100).toBeCloseTo(last.reduce((a, b) => a + b, 0) / last.length, 12);
  });

  it.each([
    ['mlpp', {}],
    ['mlpp', { teacherWeights: 'random' }],
    ['mikt', { miCoefficient: 0 }],
    ['mikt', { rlGradients: false }],
    ['mikt', { teacherWeights: 'random' }],
    ['mikt', { teacherWeights: 'shuffled' }],
    ['mikt', { teacherWeights: 'fresh' }],
    ['mikt', { teacherWeights: 'absent' }],
    ['mikt', { lateralMatrices: 'all', embeddingNormalisation: 'rms', variationalFamily: 'mixture' }],
    ['mikt', { variationalFamily: 'flow', gradientClipping: 'loss', logStandardDeviationFloor: -2 }],
    ['mikt', { gradientClipping: 'group' }],
  ])('%s with %j trains, resumes exactly, and leaves the teacher as it was', async (algo, changes) => {
    const before = structuredClone(teacher.parameters);
    const sink = recorder();
    const config = everyPass(resolveConfig({ ...configs[algo]!, ...changes }));
    const whole = await train(config, { ...options, openSink: sink.openSink });
    expect(teacher.parameters).toEqual(before);
    const state = readTrainingState(decodeCheckpoint(sink.checkpoints[5]!.bytes, 'memory'), 'memory');
    expect(essence((await resume(state, { createEnv })).state)).toEqual(essence(whole.state));
    const columns = metricColumns(config, [teacher]);
    for (const row of sink.rows) for (const name of Object.keys(row)) expect(columns).toContain(name);
  });

  it('moves the student and the encoder, and not one bit of the teacher', async () => {
    const before = structuredClone(teacher.parameters);
    const sink = recorder();
    await train(everyPass(configs.mikt!), { ...options, openSink: sink.openSink });
    expect(teacher.parameters).toEqual(before);
    const read = (i: number) =>
      readTrainingState(decodeCheckpoint(sink.checkpoints[i]!.bytes, 'memory'), 'memory');
    const [first, coupled] = [read(0), read(6)];
    expect(coupled.agent).toBe('coupled');
    expect(coupled.teachers[0]!.parameters).toEqual(before);
    for (const name of Object.keys(first.learner.parameters)) {
      expect(coupled.learner.parameters[name]!.data, name).not.toEqual(first.learner.parameters[name]!.data);
    }
  });

  it('waits with the hand-over while a mixing weight is below the threshold, says so, and keeps its teacher', async () => {
    const notices: string[] = [];
    const sink = recorder();
    const config = { ...configs.mikt!, handOverThreshold: 0.99 };
    const { state } = await train(config, {
      ...options,
      openSink: sink.openSink,
      onNotice: (sentence) => notices.push(sentence),
    });
    expect(sink.rows.map((row) => row.phase)).toEqual([1, 1, 1, 1, 2, 2, 2, 2]);
    expect(sink.rows.at(-1)!.coupling_coefficient).toBe(1);
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(
      /^The run ends without a hand-over: mixing\/\w+\/\d is 0\.\d+, below handOverThreshold \(0\.99\)/,
    );
    expect(state.agent).toBe('coupled');
    expect(state.teachers).toEqual([teacher]);
  });

  it('logs the return before the hand-over beside the one after it', async () => {
    const sink = recorder();
    await train(configs.mikt!, { ...options, openSink: sink.openSink });
    const coupled = sink.rows.map((row) => row.coupled_return_100);
    expect(coupled.slice(0, -1).every((value) => value === undefined)).toBe(true);
    expect(coupled.at(-1)).toBe(sink.rows.at(-2)!.return_100);
  });

  it('embeds its teacher until the hand-over and is refused as a teacher until then', async () => {
    const sink = recorder();
    await train(everyPass(configs.mikt!), { ...options, openSink: sink.openSink });
    const decoded = sink.checkpoints.map(({ bytes }) => decodeCheckpoint(bytes, 'run'));
    expect(() => teacherFromCheckpoint(decoded[5]!, 'run')).toThrow(
      'run: cannot be a teacher: it was saved before its hand-over and still leans on a teacher of its own (Toy).',
    );
    expect(teacherFromCheckpoint(decoded.at(-1)!, 'run')).toMatchObject({
      env: 'Identity',
      fingerprint: decoded.at(-1)!.sha256,
      sizes: { observation: 2, action: 2, policyHidden: [8, 8], valueHidden: [8, 8] },
    });
  });

  it('refuses a run too short to use its teacher', () => {
    const config = { ...SMALL_RUN, algo: 'mikt', steps: 128 };
    expect(() => resolveConfig(config)).toThrow(/1 learning update, too few for the teacher/);
  });
});

describe('mikt from several teachers', () => {
  const second = randomTeacher({ observation: 5, action: 2, policyHidden: [6], valueHidden: [8, 4, 8] }, 8);
  const teachers = [teacher, { ...second, env: 'Other' }];

  it('of other depths and widths, names each in its columns and resumes exactly', async () => {
    const sink = recorder();
    const config = everyPass(configs.mikt!);
    const whole = await train(config, { createEnv, teachers, openSink: sink.openSink });
    const columns = metricColumns(config, teachers);
    expect(columns.filter((name) => name.startsWith('mixing/policy/1'))).toEqual([
      'mixing/policy/1',
      'mixing/policy/1/Toy',
      'mixing/policy/1/Other',
    ]);
    for (const row of sink.rows) for (const name of Object.keys(row)) expect(columns).toContain(name);
    const { 'mixing/value/2': own, 'mixing/value/2/Toy': toy, 'mixing/value/2/Other': other } = sink.rows[3]!;
    expect(own! + toy! + other!).toBeCloseTo(1, 6);
    const state = readTrainingState(decodeCheckpoint(sink.checkpoints[4]!.bytes, 'memory'), 'memory');
    expect(state.teachers).toEqual(teachers);
    expect(essence((await resume(state, { createEnv })).state)).toEqual(essence(whole.state));
  });
});

describe('statistics at every step, as in Baselines', () => {
  const config = resolveConfig({ ...SMALL_RUN, algo: 'ppo', steps: 64 * 3, normaliserUpdates: 'step' });

  it('need no pass that only fills them, and count every step', async () => {
    const sink = recorder();
    const { state } = await train(config, { createEnv, openSink: sink.openSink });
    expect(sink.rows.map((row) => row.update)).toEqual([1, 2, 3]);
    expect(state.collector.observationMoments.count).toBeCloseTo(64 * 3 + 1e-4, 9);
    expect(state.collector.returnMoments.count).toBeCloseTo(64 * 3 + 1e-4, 9);
  });

  it('resume exactly as well', async () => {
    const sink = recorder();
    const whole = await train(everyPass(config), { createEnv, openSink: sink.openSink });
    const state = readTrainingState(decodeCheckpoint(sink.checkpoints[1]!.bytes, 'memory'), 'memory');
    expect(essence((await resume(state, { createEnv })).state)).toEqual(essence(whole.state));
  });
});

it('the sum over gradient shards is the gradient of the whole minibatch, to rounding', async () => {
  const run = async (gradientShards: number) => {
    const config = resolveConfig({
      ...SMALL_RUN,
      algo: 'mikt',
      steps: 64 * 4,
      gradientShards,
      handOverThreshold: 0,
    });
    return (await train(config, { createEnv, teachers: [teacher] })).state.learner.parameters;
  };
  const [whole, halves] = [await run(1), await run(2)];
  for (const name of Object.keys(whole)) {
    expect(relativeDifference(halves[name]!.data, whole[name]!.data), name).toBeLessThan(1e-3);
  }
});

it.each(['mlpp', 'mikt'])("%s begins with its teacher's normaliser where it is asked to", async (algo) => {
  const named = async () => {
    const env = new IdentityEnv();
    const { observation, action } = env.spaces;
    return Object.assign(env, {
      spaces: { observation: { ...observation, names: ['left', 'right'] }, action },
    });
  };
  const normaliser = { mean: Float64Array.of(0.5, 7, 1), variance: Float64Array.of(2, 9, 4) };
  const known = { ...teacher, observationNames: ['right', 'tail', 'left'], normaliser };
  const sink = recorder();
  await train({ ...everyPass(configs[algo]!), normaliserStart: 'matched' } as RunConfig, {
    createEnv: named,
    teachers: [known],
    openSink: sink.openSink,
  });
  const [first, second] = sink.checkpoints.map(
    ({ bytes }) =>
      readTrainingState(decodeCheckpoint(bytes, 'memory'), 'memory').collector.observationMoments,
  );
  expect(first).toEqual({ mean: Float64Array.of(1, 0.5), variance: Float64Array.of(4, 2), count: 20_480 });
  expect(second!.count).toBe(20_480 + 64);
});

describe('ppo learns a task whose answer is known', () => {
  it('repeats what it sees: from below 0 to at least 80% of the best return', async () => {
    const config = resolveConfig({
      ...SMALL_RUN,
      algo: 'ppo',
      seed: 1,
      steps: 24_576,
      stepsPerUpdate: 512,
      minibatches: 8,
      epochs: 10,
      discount: 0.5,
      learningRate: 3e-3,
      policyHidden: [32, 32],
      valueHidden: [32, 32],
    });
    const sink = recorder();
    await train(config, { createEnv, openSink: sink.openSink });
    // Best: 20. At first σ = 1 costs 2 a step and the mean action 0 another ⅔: 20·(1 − 2⅔) ≈ −33.
    expect(sink.rows[0]!.return_mean!).toBeLessThan(-20);
    expect(sink.rows.at(-1)!.return_mean!).toBeGreaterThan(16);
  });

  it('values a reward of 1 without end at 1/(1 − γ), through time limits', async () => {
    const config = resolveConfig({
      ...SMALL_RUN,
      algo: 'ppo',
      seed: 1,
      steps: 40_960,
      stepsPerUpdate: 512,
      minibatches: 8,
      epochs: 10,
      discount: 0.9,
      gaeLambda: 0.9,
      learningRate: 3e-3,
      normaliseRewards: false,
    });
    const constant = () => {
      const env = new IdentityEnv(1, 10);
      const step = env.step.bind(env);
      env.step = (action) => ({ ...step(action), reward: 1, rewardParts: { alive: 1 } });
      return env;
    };
    // The observation says nothing, so the value is nearly the network's constant. Treating the limit of 10 steps
    // as an end would give the mean over positions of Σ_{k<10−t} 0.9^k, about 4.1.
    const learned = async (bootstrapTimeLimit: boolean) => {
      const { state } = await train({ ...config, bootstrapTimeLimit }, { createEnv: async () => constant() });
      return meanValue(state);
    };
    expect(Math.abs((await learned(true)) - 10)).toBeLessThan(1);
    expect(await learned(false)).toBeLessThan(6);
  });
});

/** Mean of a trained value function over a few observations. */
function meanValue(state: TrainingState): number {
  const engine = createReferenceEngine();
  const networks = new ActorCritic({ observation: 1, action: 1, policyHidden: [8, 8], valueHidden: [8, 8] });
  const layout = new ParameterLayout(networks.specs);
  const variables = engine.createVariables({ parameters: [layout.size] });
  variables.write('parameters', layout.pack(state.learner.parameters));
  const { mean, variance } = state.collector.observationMoments;
  const observations = normalise(
    input('x', [1, 1]),
    constantTensor(mean, [1]),
    constantTensor(variance, [1]),
  );
  const { value } = networks.forward(layout.bind(variable('parameters', [layout.size])), observations);
  const program = engine.compile({ outputs: { value } }, variables);
  let total = 0;
  for (const x of [-0.8, -0.4, 0, 0.4, 0.8]) {
    program.inputs.x![0] = x;
    program.run();
    total += program.outputs.value![0]!;
  }
  return total / 5;
}

it('a teacher whose networks do not fit its header is refused, naming both shapes', async () => {
  const { state } = await train(configs.ppo!, optionsOf('ppo'));
  const spaces = { ...state.spaces, observation: { ...state.spaces.observation, size: 3 } };
  const lying = decodeCheckpoint(encodeCheckpoint(toCheckpoint({ ...state, spaces })), 'lying');
  expect(() => teacherFromCheckpoint(lying, 'lying')).toThrow(
    'lying: its networks do not fit its header: parameter "policy/hidden1/weight" has shape [2, 8] where [3, 8] is needed.',
  );
});

it('every method says how many teachers it takes', () => {
  const check = (algo: string, count: number) => () =>
    checkTeachers(configs[algo]!, Array<typeof teacher>(count).fill(teacher));
  expect(check('mlpp', 0)).toThrow('MLPP takes one teacher, got 0.');
  expect(check('mlpp', 2)).toThrow('MLPP takes one teacher, got 2.');
  expect(check('mikt', 0)).toThrow('MIKT takes one teacher or several, got 0.');
  expect(check('ppo', 1)).toThrow('PPO (VPG) trains from scratch and takes no teacher, got 1.');
  for (const [algo, count] of [
    ['mlpp', 1],
    ['mikt', 3],
    ['ppo', 0],
  ] as const) {
    expect(check(algo, count)).not.toThrow();
  }
});

it('checkpoints lose nothing', async () => {
  const { state } = await train(configs.mikt!, optionsOf('mikt'));
  const bytes = encodeCheckpoint(toCheckpoint(state));
  expect(readTrainingState(decodeCheckpoint(bytes, 'memory'), 'memory')).toEqual(state);
});
