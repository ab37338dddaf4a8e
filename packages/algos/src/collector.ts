import { type Rng, RunError } from '@mikt/core';
import type { VectorEnv } from '@mikt/envs';
import { NORMALISER_CLIP, NORMALISER_EPSILON } from '@mikt/nets';
import type { ActProgram } from './act.js';
import { generalisedAdvantages } from './gae.js';
import type { PpoConfig } from './ppo/config.js';
import type { Rollout } from './rollout.js';

/** An episode that ended while collecting. */
export interface CollectedEpisode {
  /** Step of its environment within the update, from 0. */
  readonly t: number;
  /** Index of its environment. */
  readonly env: number;
  /** Sum of raw rewards. */
  readonly return: number;
  readonly length: number;
}

export interface CollectOptions {
  /** Variance of the discounted return, by whose root rewards are divided; asked at every step. */
  returnVariance(): number;
  /** Called after step t, before its rewards are scaled and the next action is taken. */
  afterStep?(t: number): void;
  /** Awaited after every step; may throw to stop. */
  pause(): Promise<void> | void;
}

/**
 * Steps a share of a run's environments with a policy and writes their transitions into their rows of a rollout,
 * advantages included. It depends on nothing outside the share, so shares can be collected side by side.
 */
export class Collector {
  readonly #env: VectorEnv;
  readonly #config: PpoConfig;
  readonly #rollout: Rollout;
  /** T, steps of each environment. */
  readonly #length: number;
  readonly #noise: Rng[];
  /** Discounted return so far of each environment, as the reward's normaliser counts it. */
  readonly discountedReturns: Float64Array;

  /** @param noise one generator per environment of the share draws its action noise */
  constructor(env: VectorEnv, config: PpoConfig, rollout: Rollout, noise: readonly Rng[]) {
    this.#env = env;
    this.#config = config;
    this.#rollout = rollout;
    this.#length = config.stepsPerUpdate / config.envs;
    this.#noise = [...noise];
    this.discountedReturns = new Float64Array(env.size);
  }

  get noise(): readonly Rng[] {
    return this.#noise;
  }

  /** Goes on from where another collector stood. */
  restore(noise: readonly Rng[], discountedReturns: ArrayLike<number>): void {
    this.#noise.splice(0, this.#noise.length, ...noise);
    this.discountedReturns.set(discountedReturns);
  }

  /**
   * Collects the share's transitions of one update.
   * @param act the policy, for as many rows as the share has environments
   * @returns the episodes that ended, in the order in which they did
   */
  async collect(act: ActProgram, options: CollectOptions): Promise<CollectedEpisode[]> {
    const env = this.#env;
    const { size, firstIndex, observationSize, actionSize } = env;
    const { discount, gaeLambda, bootstrapTimeLimit } = this.#config;
    const { rawObservations, discountedReturns, observations, actions, logProbabilities, values } =
      this.#rollout;
    const length = this.#length;
    const count = size * length;
    const rewards = new Float64Array(count);
    const terminated = new Uint8Array(count);
    const truncated = new Uint8Array(count);
    const truncatedValues = new Float32Array(count);
    const episodes: CollectedEpisode[] = [];
    for (let t = 0; t < length; t++) {
      act.observations.set(env.observations);
      this.#noise.forEach((rng, i) => {
        rng.fillNormal(act.noise.subarray(i * actionSize, (i + 1) * actionSize));
      });
      act.run();
      checkActions(act.outputs.actions);
      for (let i = 0; i < size; i++) {
        const row = (firstIndex + i) * length + t;
        copyRow(rawObservations, row, env.observations, i, observationSize);
        copyRow(observations, row, act.outputs.normalised, i, observationSize);
        copyRow(actions, row, act.outputs.actions, i, actionSize);
        logProbabilities[row] = act.outputs.logProbabilities[i]!;
        values[row] = act.outputs.values[i]!;
      }
      env.step(act.outputs.actions);
      for (let i = 0; i < size; i++) {
        const at = i * length + t;
        const discounted = this.discountedReturns[i]! * discount + env.rewards[i]!;
        discountedReturns[(firstIndex + i) * length + t] = discounted;
        this.discountedReturns[i] = env.terminated[i] || env.truncated[i] ? 0 : discounted;
        terminated[at] = env.terminated[i]! | (bootstrapTimeLimit ? 0 : env.truncated[i]!);
        truncated[at] = bootstrapTimeLimit ? env.truncated[i]! : 0;
      }
      for (const episode of env.finished) episodes.push({ t, ...episode });
      options.afterStep?.(t);
      for (let i = 0; i < size; i++) {
        rewards[i * length + t] = this.#scaleReward(env.rewards[i]!, options.returnVariance());
      }
      this.#valueTruncated(act, truncated, truncatedValues, t);
      await options.pause();
    }
    act.observations.set(env.observations);
    act.noise.fill(0);
    act.run();
    const [begin, end] = [firstIndex * length, firstIndex * length + count];
    const { advantages, returns } = generalisedAdvantages(
      {
        environments: size,
        length,
        rewards,
        values: values.subarray(begin, end),
        terminated,
        truncated,
        truncatedValues,
        lastValues: act.outputs.values,
      },
      discount,
      gaeLambda,
    );
    this.#rollout.advantages.set(advantages, begin);
    this.#rollout.returns.set(returns, begin);
    return episodes;
  }

  /** V of the states at which time limits cut episodes in step t. Rare, so it costs a forward pass only then. */
  #valueTruncated(act: ActProgram, truncated: Uint8Array, truncatedValues: Float32Array, t: number): void {
    let any = false;
    for (let i = 0; i < this.#env.size; i++) any ||= truncated[i * this.#length + t] === 1;
    if (!any) return;
    act.observations.set(this.#env.finalObservations);
    act.run();
    for (let i = 0; i < this.#env.size; i++) {
      const at = i * this.#length + t;
      if (truncated[at]) truncatedValues[at] = act.outputs.values[i]!;
    }
  }

  #scaleReward(reward: number, variance: number): number {
    if (!this.#config.normaliseRewards) return reward;
    const scaled = reward / Math.sqrt(variance + NORMALISER_EPSILON);
    return Math.min(Math.max(scaled, -NORMALISER_CLIP), NORMALISER_CLIP);
  }
}

function copyRow(
  out: Float32Array | Float64Array,
  row: number,
  source: Float32Array | Float64Array,
  from: number,
  width: number,
): void {
  for (let i = 0; i < width; i++) out[row * width + i] = source[from * width + i]!;
}

function checkActions(actions: Float32Array): void {
  for (let i = 0; i < actions.length; i++) {
    if (!Number.isFinite(actions[i]!)) {
      throw new RunError(
        'the policy gave an action that is not finite; the last checkpoint is the last good state.',
      );
    }
  }
}
