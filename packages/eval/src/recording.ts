import type { Policy } from '@mikt/algos';
import { InvalidInputError } from '@mikt/core';
import type { Env } from '@mikt/envs';
import { type Drawable, describeScene } from '@mikt/envs/scene';
import { type EpisodeStream, evaluationEpisode } from './episode.js';
import type { RecordedEpisode, Recording } from './recording-format.js';

export * from './recording-format.js';

export interface RecordOptions {
  /** Default 0. The episodes are those that `evaluatePolicy` runs with this seed. */
  readonly seed?: number;
  /** Number of episodes, default 1. */
  readonly episodes?: number;
  /** Steps of an episode at most; by default it goes on to its end. */
  readonly steps?: number;
  /** Samples actions from the policy's Gaussian; by default its mean acts. */
  readonly sample?: boolean;
  /** Environment steps from one frame to the next, default 1. Rewards are kept of every step. */
  readonly frameEvery?: number;
}

/** Who acts: a policy, or anything else that gives an action for an observation. */
export type RecordedPolicy = Omit<Policy, 'dispose'>;

/**
 * Runs whole episodes and keeps what it takes to watch them later without physics and without networks. The same
 * policy, environment and options give the same recording.
 * @param env stays the caller's to dispose
 * @throws InvalidInputError where the environment cannot be drawn or is not one that the policy can act in
 */
export async function recordRollout(
  policy: RecordedPolicy,
  env: Env,
  { seed = 0, episodes = 1, steps = env.maxEpisodeSteps, sample = false, frameEvery = 1 }: RecordOptions = {},
): Promise<Recording> {
  for (const [name, value] of Object.entries({ episodes, steps, frameEvery })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new InvalidInputError(`${name} of a recording is a whole number from 1, got ${value}.`);
    }
  }
  const scene = describeScene(env);
  const drawable = env as Env & Drawable;
  checkSpaces(policy, env);
  const recorded: RecordedEpisode[] = [];
  const rewardParts: string[] = [];
  for (let index = 0; index < episodes; index++) {
    const stream = evaluationEpisode(seed, index);
    recorded.push(recordEpisode(policy, drawable, stream, { steps, sample, frameEvery, rewardParts }));
    // Between episodes, so that a terminal or a page stays alive.
    await new Promise((resolve) => setTimeout(resolve));
  }
  const { env: trainedOn, algo, steps: trainedFor, coupled } = policy;
  return {
    env: env.name,
    policy: { env: trainedOn, algo, steps: trainedFor, coupled },
    ...{ seed, sample, dt: drawable.dt, frameEvery, scene, rewardParts },
    episodes: recorded,
  };
}

function checkSpaces(policy: RecordedPolicy, { name, spaces }: Env): void {
  const [observation, action] = [spaces.observation.size, spaces.action.size];
  if (observation === policy.observationSize && action === policy.actionSize) return;
  throw new InvalidInputError(
    `the policy was trained on ${policy.env} (${policy.observationSize} observations, ${policy.actionSize} actions) ` +
      `and cannot act in ${name} (${observation}, ${action}); record it in ${policy.env}.`,
  );
}

/** @param options.rewardParts names of the reward's parts, filled by the first step */
function recordEpisode(
  policy: RecordedPolicy,
  env: Env & Drawable,
  { seed, rng }: EpisodeStream,
  options: { steps: number; sample: boolean; frameEvery: number; rewardParts: string[] },
): RecordedEpisode {
  const { steps, sample, frameEvery, rewardParts } = options;
  let observation = env.reset({ seed });
  const positions = [...env.simulation.qpos];
  const rewards: number[] = [];
  let total = 0;
  for (let done = 1; ; done++) {
    const step = env.step(policy.act(observation, sample ? rng : undefined));
    observation = step.observation;
    total += step.reward;
    if (rewardParts.length === 0) rewardParts.push(...Object.keys(step.rewardParts));
    for (const part of rewardParts) rewards.push(step.rewardParts[part] ?? 0);
    const last = step.terminated || step.truncated || done === steps;
    if (last || done % frameEvery === 0) positions.push(...env.simulation.qpos);
    if (!last) continue;
    return {
      ...{ seed, steps: done, return: total, terminated: step.terminated, truncated: step.truncated },
      positions: Float64Array.from(positions),
      rewards: Float64Array.from(rewards),
    };
  }
}
