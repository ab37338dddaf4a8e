import { type BoxSpace, Rng } from '@mikt/core';
import type { Env, Step } from './env.js';

const SEED = 7;
const OTHER_SEED = 8;
/** Steps of the short runs that are compared with each other. */
const SHORT_RUN = 20;
const TOLERANCE = 1e-9;

/**
 * Tries an environment against the contract of `Env` and says in plain words what breaks it. It runs some episodes
 * and leaves the environment reset; it does not dispose it. `draws` says whether resets draw from the generator: false
 * for an environment that always starts alike.
 * @returns the problems, none when all is well
 */
export function checkEnv(env: Env, { draws = true }: { readonly draws?: boolean } = {}): string[] {
  const problems = new Set<string>();
  const report = (problem: string) => void problems.add(problem);
  for (const rule of [
    checkSpaces,
    checkReset,
    checkFreshCopies,
    checkEpisode,
    checkRefusals,
    ...(draws ? [checkSeeds] : []),
    checkSnapshot,
  ]) {
    try {
      rule(env, report);
    } catch (error) {
      report(`an allowed call failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return [...problems];
}

type Report = (problem: string) => void;

function checkSpaces({ spaces, maxEpisodeSteps }: Env, report: Report): void {
  for (const [what, space] of Object.entries(spaces) as ['observation' | 'action', BoxSpace][]) {
    if (!Number.isSafeInteger(space.size) || space.size < 1) {
      report(`the ${what} space has size ${space.size}; it must be a whole number from 1.`);
    }
    for (const bound of [space.low, space.high]) {
      if (typeof bound !== 'number' && bound.length !== space.size) {
        report(`the ${what} space has ${bound.length} bounds for ${space.size} entries.`);
      }
    }
    for (let i = 0; i < space.size; i++) {
      if (!(entry(space.low, i) < entry(space.high, i))) {
        report(`the ${what} space has low ${entry(space.low, i)} and high ${entry(space.high, i)} at ${i}.`);
      }
    }
  }
  if (!Number.isSafeInteger(maxEpisodeSteps) || maxEpisodeSteps < 1) {
    report(`maxEpisodeSteps is ${maxEpisodeSteps}; it must be a whole number from 1.`);
  }
}

function checkReset(env: Env, report: Report): void {
  for (let seed = 0; seed < 10; seed++) {
    checkObservation(env, env.reset({ seed }), 'reset()', report);
    // An episode that starts in a terminal state refuses its first step or ends with it.
    try {
      env.step(zeroAction(env));
    } catch {
      report('step() right after reset() is refused; a reset must start an episode.');
    }
  }
}

function checkFreshCopies(env: Env, report: Report): void {
  const first = env.reset({ seed: SEED });
  const kept = first.slice();
  const actions = randomActions(env);
  const second = env.step(actions()).observation;
  if (!equal(first, kept)) report('step() changed the observation that reset() returned; return a copy.');
  const keptSecond = second.slice();
  restartIfOver(env, () => env.step(actions()));
  if (!equal(second, keptSecond)) {
    report('a later step() changed the observation of an earlier one; return a copy.');
  }
}

/** One episode under zero actions and one under random ones, to their ends. */
function checkEpisode(env: Env, report: Report): void {
  for (const actions of [() => zeroAction(env), randomActions(env)]) {
    env.reset({ seed: SEED });
    for (let count = 1; ; count++) {
      const step = env.step(actions());
      checkStep(env, step, report);
      if (step.truncated && count < env.maxEpisodeSteps) {
        report(
          `the episode was truncated at step ${count}, before maxEpisodeSteps (${env.maxEpisodeSteps}).`,
        );
      }
      if (step.terminated || step.truncated) break;
      if (count >= env.maxEpisodeSteps) {
        report(`the episode was not truncated at maxEpisodeSteps (${env.maxEpisodeSteps}).`);
        return;
      }
    }
    if (!throws(() => env.step(actions()))) report('step() after the end of the episode was not refused.');
  }
}

function checkStep(env: Env, step: Step, report: Report): void {
  checkObservation(env, step.observation, 'step()', report);
  if (!Number.isFinite(step.reward)) report(`step() gave the reward ${step.reward}; it must be finite.`);
  const sum = Object.values(step.rewardParts).reduce((total, part) => total + part, 0);
  if (!(Math.abs(sum - step.reward) <= TOLERANCE * Math.max(1, Math.abs(step.reward)))) {
    report(`the reward is ${step.reward}, but its parts sum to ${sum}.`);
  }
  if (step.terminated && step.truncated) report('step() set terminated and truncated together.');
  if (step.diverged && !step.terminated) report('step() set diverged without terminated.');
}

function checkObservation(env: Env, observation: Float64Array, from: string, report: Report): void {
  const { size, low, high } = env.spaces.observation;
  if (observation.length !== size) {
    report(`${from} gave ${observation.length} observations, the space has ${size}.`);
  }
  for (const [i, value] of observation.entries()) {
    if (!Number.isFinite(value)) report(`${from} gave the observation ${value} at ${i}; it must be finite.`);
    else if (i < size && (value < entry(low, i) || value > entry(high, i))) {
      report(`${from} gave an observation outside the space at ${i}.`);
    }
  }
}

function checkRefusals(env: Env, report: Report): void {
  const { size } = env.spaces.action;
  const wrong: [string, Float64Array][] = [
    ['one entry too many', new Float64Array(size + 1)],
    ['one entry too few', new Float64Array(size - 1)],
    ['a NaN', zeroAction(env).fill(Number.NaN, size - 1)],
    ['an infinite value', zeroAction(env).fill(Number.POSITIVE_INFINITY, size - 1)],
  ];
  for (const [what, action] of wrong) {
    env.reset({ seed: SEED });
    if (!throws(() => env.step(action))) report(`an action with ${what} was not refused.`);
  }
}

function checkSeeds(env: Env, report: Report): void {
  const run = (options: { seed?: number }) => trace(env, () => env.reset(options));
  const first = run({ seed: SEED });
  const unseeded = run({});
  if (!sameTrace(first, run({ seed: SEED }))) report('the same seed did not give the same run.');
  if (sameTrace(first, run({ seed: OTHER_SEED }))) report('another seed gave the same run.');
  if (sameTrace(first, unseeded)) {
    report('reset() without a seed repeated the run of the last seed; the generator must go on.');
  }
}

function checkSnapshot(env: Env, report: Report): void {
  env.reset({ seed: SEED });
  restartIfOver(env, () => env.step(randomActions(env)()));
  const snapshot = env.snapshot();
  // Running on before the second run shows a snapshot that is a live view of the environment.
  const expected = trace(env);
  trace(env, () => env.reset({ seed: OTHER_SEED }));
  env.restore(snapshot);
  if (!sameTrace(expected, trace(env))) report('restore() did not continue exactly as after snapshot().');
  env.reset();
}

/** Observations, rewards and ends of a short run under random actions, through the resets that fall due. */
function trace(env: Env, start?: () => Float64Array): number[] {
  const numbers = start ? [...start()] : [];
  const actions = randomActions(env);
  for (let i = 0; i < SHORT_RUN; i++) {
    const step = env.step(actions());
    numbers.push(...step.observation, step.reward, Number(step.terminated), Number(step.truncated));
    // The reset shows whether the generator was continued as well.
    if (step.terminated || step.truncated || i === SHORT_RUN - 1) numbers.push(...env.reset());
  }
  return numbers;
}

function sameTrace(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}

function restartIfOver(env: Env, run: () => Step): void {
  const step = run();
  if (step.terminated || step.truncated) env.reset();
}

function zeroAction(env: Env): Float64Array {
  return new Float64Array(env.spaces.action.size);
}

/** A repeatable sequence of random actions inside the action space. */
function randomActions(env: Env): () => Float64Array {
  const rng = Rng.fromSeed(SEED);
  const { size, low, high } = env.spaces.action;
  return () =>
    Float64Array.from({ length: size }, (_, i) =>
      rng.uniform(Math.max(entry(low, i), -1), Math.min(entry(high, i), 1)),
    );
}

function entry(bound: number | readonly number[], i: number): number {
  return typeof bound === 'number' ? bound : (bound[i] ?? Number.NaN);
}

function equal(a: Float64Array, b: Float64Array): boolean {
  return a.every((value, i) => Object.is(value, b[i]));
}

function throws(run: () => unknown): boolean {
  try {
    run();
    return false;
  } catch {
    return true;
  }
}
