import type { Policy } from '@mikt/algos';
import { InvalidInputError, type Rng } from '@mikt/core';
import { type Env, type EnvSource, makeEnv } from '@mikt/envs';
import { meanAndDeviation } from './curves.js';
import { type EpisodeStream, evaluationEpisode } from './episode.js';

export interface EvaluationOptions {
  /** Default 10. */
  readonly episodes?: number;
  /** Default 0. Evaluation draws from a stream of its own: no seed repeats a training episode. */
  readonly seed?: number;
  /** Samples actions from the policy's Gaussian; by default its mean acts. */
  readonly sample?: boolean;
  /** Makes the environment by its name (default: from @mikt/envs). */
  createEnv?(name: string): Promise<Env>;
  onEpisode?(episode: EvaluationEpisode, index: number): void;
}

export interface EvaluationEpisode {
  /** Seed of the environment. */
  readonly seed: number;
  /** Sum of raw rewards. */
  readonly return: number;
  readonly length: number;
  readonly terminated: boolean;
}

export interface Evaluation {
  readonly env: string;
  readonly episodes: readonly EvaluationEpisode[];
  readonly mean: number;
  /** Sample standard deviation over episodes; NaN for a single one. */
  readonly standardDeviation: number;
  /** 95% interval of the mean over episodes, mean ± 1.96 s/√n; NaN for a single one. */
  readonly interval: readonly [number, number];
  readonly meanLength: number;
}

/** Gives an action for an observation. */
type Act = (observation: Float64Array, rng: Rng) => ArrayLike<number>;

/**
 * Runs whole episodes of a policy in an environment of its own; training, if any goes on, is not touched.
 * @param source default: what the policy was trained on
 * @throws InvalidInputError where the environment is not one that the policy can act in
 */
export async function evaluatePolicy(
  policy: Policy,
  source: EnvSource = policy.robot ?? policy.env,
  options: EvaluationOptions = {},
): Promise<Evaluation> {
  return evaluate(
    source,
    (observation, rng) => policy.act(observation, options.sample ? rng : undefined),
    options,
    ({ name, spaces }) => {
      const [observation, action] = [spaces.observation.size, spaces.action.size];
      if (observation === policy.observationSize && action === policy.actionSize) return;
      throw new InvalidInputError(
        `the policy was trained on ${policy.env} (${policy.observationSize} observations, ${policy.actionSize} actions) ` +
          `and cannot act in ${name} (${observation}, ${action}); transfer it with: mikt transfer.`,
      );
    },
  );
}

/** The return of doing nothing (a zero action at every step): the line to beat in every figure. */
export async function evaluateDoingNothing(
  source: EnvSource,
  options: EvaluationOptions = {},
): Promise<Evaluation> {
  let zeros = new Float64Array();
  return evaluate(
    source,
    () => zeros,
    options,
    ({ spaces }) => {
      zeros = new Float64Array(spaces.action.size);
    },
  );
}

async function evaluate(
  source: EnvSource,
  act: Act,
  { episodes = 10, seed = 0, createEnv, onEpisode }: EvaluationOptions,
  prepare: (env: Env) => void,
): Promise<Evaluation> {
  if (!Number.isSafeInteger(episodes) || episodes < 1) {
    throw new InvalidInputError(`the number of episodes is a whole number from 1, got ${episodes}.`);
  }
  const env = await (createEnv
    ? createEnv(typeof source === 'string' ? source : source.name)
    : makeEnv(source));
  try {
    prepare(env);
    const results: EvaluationEpisode[] = [];
    for (let i = 0; i < episodes; i++) {
      results.push(runEpisode(env, act, evaluationEpisode(seed, i)));
      onEpisode?.(results.at(-1)!, i);
      // Between episodes, so that a terminal or a page stays alive.
      await new Promise((resolve) => setTimeout(resolve));
    }
    const { mean, standardDeviation } = meanAndDeviation(results.map((episode) => episode.return));
    const margin = (1.96 * standardDeviation) / Math.sqrt(episodes);
    return {
      env: env.name,
      episodes: results,
      mean,
      standardDeviation,
      interval: [mean - margin, mean + margin],
      meanLength: results.reduce((sum, { length }) => sum + length, 0) / episodes,
    };
  } finally {
    env.dispose();
  }
}

function runEpisode(env: Env, act: Act, { seed, rng }: EpisodeStream): EvaluationEpisode {
  let observation = env.reset({ seed });
  let total = 0;
  for (let length = 1; ; length++) {
    const step = env.step(act(observation, rng));
    total += step.reward;
    observation = step.observation;
    if (step.terminated || step.truncated)
      return { seed, return: total, length, terminated: step.terminated };
  }
}
