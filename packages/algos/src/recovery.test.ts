import type { Step } from '@mikt/envs';
import { decodeCheckpoint, encodeCheckpoint, type Safetensors } from '@mikt/runs';
import { describe, expect, it } from 'vitest';
import { readTrainingState, type TrainingState } from './checkpoint.js';
import { type RunConfig, resolveConfig } from './config.js';
import { IdentityEnv, randomTeacher, SMALL_RUN } from './testing.js';
import { resume, train } from './trainer.js';
import { metricColumns, type TrainingOptions } from './training-options.js';

type Fault = (step: Step, draws: number) => Partial<Step>;
type Row = Readonly<Record<string, number | undefined>>;

/** Changes what a step returns; `draws` is how often its generator was drawn from. */
class FaultyEnv extends IdentityEnv {
  readonly #fault: Fault;

  constructor(fault: Fault) {
    super();
    this.#fault = fault;
  }

  override step(action: ArrayLike<number>): Step {
    const step = super.step(action);
    return { ...step, ...this.#fault(step, this.snapshot().rng.counter) };
  }
}

const base = resolveConfig({ ...SMALL_RUN, env: 'Faulty', algo: 'ppo', steps: 64 * 8, checkpointEvery: 1 });
const restoring: RunConfig = { ...base, onNan: 'restore' };

/** Trains with the second of four environments at fault, and keeps what comes of it. */
async function run(config: RunConfig, fault: Fault, options: TrainingOptions = {}, from?: TrainingState) {
  let made = 0;
  const createEnv = async () => (made++ === 1 ? new FaultyEnv(fault) : new IdentityEnv());
  const rows: Row[] = [];
  const checkpoints: Uint8Array[] = [];
  const failures: { name: string; state: TrainingState; batch: Safetensors }[] = [];
  const notices: string[] = [];
  const openSink = async () => ({
    appendMetrics: (row: Row) => void rows.push(row),
    appendEpisode: () => {},
    saveCheckpoint: async (_: number, checkpoint: Parameters<typeof encodeCheckpoint>[0]) =>
      void checkpoints.push(encodeCheckpoint(checkpoint)),
    saveFailure: async (name: string, state: Parameters<typeof encodeCheckpoint>[0], batch: Safetensors) => {
      const bytes = decodeCheckpoint(encodeCheckpoint(state), name);
      failures.push({ name, state: readTrainingState(bytes, name), batch });
      return `failures/${name}`;
    },
  });
  const all = {
    createEnv,
    openSink,
    onNotice: (sentence: string) => void notices.push(sentence),
    ...options,
  };
  const ended = await (from ? resume(from, all) : train(config, all)).then(
    ({ state }) => ({ state, error: undefined }),
    (error: Error) => ({ state: undefined, error }),
  );
  return { ...ended, rows, checkpoints, failures, notices };
}

/** All of a state that must not depend on interruptions or the clock. */
const essence = (state: TrainingState) => ({ ...state, progress: { ...state.progress, seconds: 0 } });
const timeless = (rows: readonly Row[]) => rows.map((row) => ({ ...row, seconds: 0, steps_per_second: 0 }));
const stateOf = (bytes: Uint8Array) => readTrainingState(decodeCheckpoint(bytes, 'memory'), 'memory');

// Every observation takes two draws. Step 41 of an environment is the first one of its third episode, the ninth of the
// third pass, which is update 2: with the first observations of three episodes it ends after draw 2 · (41 + 3).
const STEP_41 = 2 * (41 + 3);
const nanRewardAt =
  (draw: number): Fault =>
  (_, draws) =>
    draws === draw ? { reward: Number.NaN } : {};

describe('an environment that returns what is not a number', () => {
  it.each<[string, Fault, string]>([
    ['reward', nanRewardAt(STEP_41), 'the reward became NaN in step 9 of 16'],
    [
      'observation',
      ({ observation }, draws) =>
        draws === STEP_41 ? { observation: observation.with(1, Number.POSITIVE_INFINITY) } : {},
      'entry 1 of the observation became Infinity in step 9 of 16',
    ],
    [
      'last observation',
      ({ observation, truncated }, draws) =>
        truncated && draws > 60 ? { observation: observation.with(0, Number.NaN) } : {},
      'entry 0 of the last observation became NaN in step 8 of 16',
    ],
  ])('stops the run at its %s, named with its place', async (_what, fault, sentence) => {
    const { error, failures, rows } = await run(base, fault);
    expect(error?.name).toBe('RunError');
    expect(error?.message).toBe(
      `update 2: ${sentence} of environment 2 of 4 (Faulty). What it came of and the state before are in ` +
        'failures/update-2-attempt-1. The run stays at the state before; resumed with --on-nan restore, it goes on ' +
        'from there with other random numbers.',
    );
    // Nothing is logged of the update that broke.
    expect(rows.map(({ update }) => update)).toEqual([0, 1]);
    expect(failures.map(({ state }) => state.progress.passes)).toEqual([2]);
  });

  it('leaves what is needed to see it again: the step, and the state before the update', async () => {
    const { failures, error } = await run(base, nanRewardAt(STEP_41));
    const [{ state, batch }] = failures as [(typeof failures)[0]];
    expect(batch.metadata).toEqual({
      what: 'the reward',
      value: 'NaN',
      environment: '2',
      step: '9',
      update: '2',
    });
    expect(Object.entries(batch.tensors).map(([name, { shape }]) => [name, ...shape])).toEqual([
      ['observation', 2],
      ['action', 2],
      ['reward', 1],
      ['nextObservation', 2],
    ]);
    expect(batch.tensors.reward!.data[0]).toBeNaN();
    const again = await run(base, nanRewardAt(STEP_41), {}, state);
    expect(again.error?.message).toBe(error?.message);
    expect(again.failures[0]!.batch).toEqual(batch);
  });

  it('is named also at its very first observation', async () => {
    class BrokenEnv extends IdentityEnv {
      override reset(options: { seed?: number } = {}): Float64Array {
        return super.reset(options).fill(Number.NaN);
      }
    }
    await expect(train(base, { createEnv: async () => new BrokenEnv() })).rejects.toThrow(
      'the pass that fills the normaliser: entry 0 of the observation became NaN in step 1 of 16 of environment 1 of ' +
        '4 (Faulty).',
    );
  });

  it('whose numbers are only too large is told by what they make infinite', async () => {
    const huge: Fault = (_, draws) => (draws === STEP_41 ? { reward: 1e200 } : {});
    expect((await run(base, huge)).error?.message).toMatch(
      /^update 2: the normaliser's variance of the discounted return became Infinity\./,
    );
    const large: Fault = (_, draws) => (draws === STEP_41 ? { reward: 1e39 } : {});
    const { error, failures } = await run({ ...base, normaliseRewards: false }, large);
    expect(error?.message).toMatch(
      /^update 2: the value function's target in step \d+ of environment 2 became Infinity in minibatch \d of 4 of epoch 1 of 2\./,
    );
    const { tensors, metadata } = failures[0]!.batch;
    expect(tensors.returns!.shape).toEqual([16]);
    expect([...tensors.returns!.data]).toContain(Number.POSITIVE_INFINITY);
    expect(metadata.what).toMatch(/^the value function's target/);
  });
});

it('warnings of the simulations are counted per pass, and by kind over the run', async () => {
  /** Warns in every step that ends an episode. */
  class WarningEnv extends IdentityEnv {
    #ends = 0;
    override step(action: ArrayLike<number>): Step {
      const step = super.step(action);
      if (step.truncated) this.#ends++;
      return step;
    }
    warnings() {
      return this.#ends > 0 ? { 'contact buffer full': 2 * this.#ends, 'bad position': this.#ends } : {};
    }
  }
  const rows: Row[] = [];
  const checkpoints: Uint8Array[] = [];
  const createEnv = async () => new WarningEnv();
  const sink = {
    appendMetrics: (row: Row) => void rows.push(row),
    appendEpisode() {},
    saveCheckpoint: async (_: number, checkpoint: Parameters<typeof encodeCheckpoint>[0]) =>
      void checkpoints.push(encodeCheckpoint(checkpoint)),
  };
  const { state } = await train(base, { createEnv, openSink: async () => sink });
  // 4 environments of 128 steps with 6 ends each: in passes of 16 steps the ends at 20, 40, 60, 80, 100 and 120.
  expect(rows.map((row) => row.physics_warnings)).toEqual([0, 12, 12, 12, 12, 0, 12, 12]);
  expect(state.progress.warnings).toEqual({ 'bad position': 24, 'contact buffer full': 48 });
  const resumed = await resume(stateOf(checkpoints[3]!), { createEnv });
  expect(resumed.state.progress.warnings).toEqual(state.progress.warnings);
});

describe('learning that breaks', () => {
  const none: Fault = () => ({});

  it('at an absurd learning rate is told by the first parameter, not by the loss that shows it', async () => {
    const { error, failures } = await run({ ...base, learningRate: 1e39 }, none);
    expect(error?.message).toMatch(
      /^update 1: parameter policy\/hidden1\/weight\[\d+\] became -?Infinity in minibatch 1 of 4 of epoch 1 of 2\./,
    );
    expect(failures[0]!.state.progress.passes).toBe(1);
    expect(failures[0]!.batch.tensors.observations!.shape).toEqual([16, 2]);
  });

  it('in its last minibatch is found before anything is saved of it', async () => {
    // One minibatch and one epoch: there is no next loss to show it.
    const config = { ...base, learningRate: 1e39, minibatches: 1, epochs: 1 };
    const { error, checkpoints } = await run(config, none);
    expect(error?.message).toMatch(
      /^update 1: parameter policy\/hidden1\/weight\[\d+\] became -?Infinity in minibatch 1 of 1/,
    );
    expect(stateOf(checkpoints.at(-1)!).progress.passes).toBe(1);
  });

  it('through a teacher is told by the term, and a teacher with what is no number is refused', async () => {
    const config = resolveConfig({ ...base, algo: 'mikt', encoderHidden: [8], variationalHidden: [8] });
    const sizes = { observation: 3, action: 4, policyHidden: [8, 8], valueHidden: [8, 8] };
    const poisoned = (value: number) => {
      const teacher = randomTeacher(sizes, 7);
      // Of both signs, so that sums that overflow cancel to what is no number.
      for (const network of ['policy', 'value']) {
        const { data } = teacher.parameters[`${network}/hidden1/weight`]!;
        data.forEach((_, i) => {
          data[i] = i % 2 ? value : -value;
        });
      }
      return [teacher];
    };
    const huge = await run(config, none, { teachers: poisoned(3e38) });
    expect(huge.error?.message).toMatch(/ became -?(Infinity|NaN) in /);
    const refused = train(config, {
      createEnv: async () => new IdentityEnv(),
      teachers: poisoned(Number.NaN),
    });
    await expect(refused).rejects.toThrow(
      'test: its parameter policy/hidden1/weight has NaN in it; a teacher needs finite numbers.',
    );
  });
});

describe('onNan restore', () => {
  // A reward that is not a number now and then, by chance.
  const sometimes: Fault = ({ observation }) => (observation[0]! > 0.99 ? { reward: Number.NaN } : {});

  it('goes back, draws other random numbers, counts it, and ends the same however it is interrupted', async () => {
    const whole = await run(restoring, sometimes);
    const { restores } = whole.state!.progress;
    expect(restores).toBeGreaterThan(1);
    expect(whole.notices).toHaveLength(restores);
    expect(whole.notices[0]).toMatch(
      /^update \d: the reward became NaN in step \d+ of 16 of environment 2 of 4 \(Faulty\); going back to the state before, and on with other random numbers \(1 of at most 3 times in a row\)\. What it came of and the state before are in failures\/update-\d-attempt-1\.$/,
    );
    expect(whole.rows.map(({ update }) => update)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(whole.rows.reduce((sum, row) => sum + row.restores!, 0)).toBe(restores);
    for (const row of whole.rows)
      expect(metricColumns(base, [])).toEqual(expect.arrayContaining(Object.keys(row)));

    const again = await run(restoring, sometimes);
    expect(essence(again.state!)).toEqual(essence(whole.state!));
    for (const bytes of [0, 3, 6].map((i) => whole.checkpoints[i]!)) {
      const from = stateOf(bytes);
      const resumed = await run(restoring, sometimes, {}, from);
      expect(essence(resumed.state!)).toEqual(essence(whole.state!));
      expect(timeless(resumed.rows)).toEqual(timeless(whole.rows.slice(from.progress.passes)));
    }
  });

  it('changes nothing where everything is finite', async () => {
    const [stopping, going] = [await run(base, () => ({})), await run(restoring, () => ({}))];
    const { config: _, ...expected } = essence(stopping.state!);
    expect(essence(going.state!)).toEqual({ ...expected, config: restoring });
  });

  it('gives up on what random numbers do not help', async () => {
    const always: Fault = ({ truncated }) => (truncated ? { reward: Number.NaN } : {});
    const { error, notices, failures } = await run(restoring, always);
    expect(notices).toHaveLength(3);
    expect(failures.map(({ name }) => name)).toEqual([1, 2, 3, 4].map((n) => `update-1-attempt-${n}`));
    expect(error?.message).toMatch(
      /^update 1: the reward became NaN .* \(Faulty\), and so did 3 other draws of random numbers from the same state\. The run does not get past it by chance; change its configuration or its environment\. What it came of/,
    );
  });

  it('goes back over a hand-over, to the student with its teacher', async () => {
    const config = resolveConfig({
      ...restoring,
      algo: 'mikt',
      encoderHidden: [8],
      variationalHidden: [8],
      handOverThreshold: 0,
    });
    const teachers = [
      randomTeacher({ observation: 3, action: 4, policyHidden: [8, 8], valueHidden: [8, 8] }, 7),
    ];
    // Step 120 is in the last of 8 passes, the student's first alone; generators that were moved on have drawn less.
    const fault = nanRewardAt(2 * (120 + 6));
    const whole = await run(config, fault, { teachers });
    expect(whole.notices).toHaveLength(1);
    expect(whole.failures[0]!.state.agent).toBe('coupled');
    expect(whole.state!.agent).toBe('student');
    expect(whole.rows.at(-1)).toMatchObject({ phase: 3, restores: 1 });
    expect(whole.rows.at(-1)!.coupled_return_100).toBe(whole.rows.at(-2)!.return_100);
    const resumed = await run(config, fault, {}, stateOf(whole.checkpoints.at(-2)!));
    expect(essence(resumed.state!)).toEqual(essence(whole.state!));
  });

  it('keeps what could not be written from hiding the cause', async () => {
    const full = { saveFailure: () => Promise.reject(new Error('no space is left on the disk.')) };
    const sink = { appendMetrics() {}, appendEpisode() {}, saveCheckpoint: async () => {}, ...full };
    await expect(
      train(base, { createEnv: async () => new FaultyEnv(nanRewardAt(STEP_41)), openSink: async () => sink }),
    ).rejects.toThrow(
      /^update 2: the reward became NaN .* could not be written \(no space is left on the disk\.\)/,
    );
  });
});
