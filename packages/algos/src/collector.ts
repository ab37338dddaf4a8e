import type { Rng } from '@mikt/core';
import type { VectorEnv } from '@mikt/envs';
import { NORMALISER_CLIP, NORMALISER_EPSILON } from '@mikt/nets';
import type { ActProgram } from './act.js';
import { generalisedAdvantages } from './gae.js';
import { findNonFinite, NonFiniteError } from './non-finite.js';
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
   * @throws NonFiniteError for the first number of the policy or an environment that is not finite
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
      for (let i = 0; i < size; i++) {
        const row = (firstIndex + i) * length + t;
        copyRow(rawObservations, row, env.observations, i, observationSize);
        copyRow(observations, row, act.outputs.normalised, i, observationSize);
        copyRow(actions, row, act.outputs.actions, i, actionSize);
        logProbabilities[row] = act.outputs.logProbabilities[i]!;
        values[row] = act.outputs.values[i]!;
      }
      // Later ones are looked at when they come.
      if (t === 0)
        for (let i = 0; i < size; i++) this.#checkObservation('the observation', false, i, t, false);
      this.#checkPolicy(act, t);
      env.step(act.outputs.actions);
      this.#checkStep(t);
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

  /** What the policy made of what it saw. */
  #checkPolicy({ outputs }: ActProgram, t: number): void {
    const { size, actionSize } = this.#env;
    for (let i = 0; i < size; i++) {
      const action = outputs.actions.subarray(i * actionSize, (i + 1) * actionSize);
      const entry = findNonFinite(action);
      if (entry >= 0) this.#fail(`entry ${entry} of the action`, action[entry]!, i, t, false);
      const logProbability = outputs.logProbabilities[i]!;
      if (!Number.isFinite(logProbability))
        this.#fail("the action's log-probability", logProbability, i, t, false);
      const value = outputs.values[i]!;
      if (!Number.isFinite(value)) this.#fail("the state's value", value, i, t, false);
    }
  }

  /** What the environments made of the actions. */
  #checkStep(t: number): void {
    for (let i = 0; i < this.#env.size; i++) {
      const reward = this.#env.rewards[i]!;
      if (!Number.isFinite(reward)) this.#fail('the reward', reward, i, t, true);
      const isOver = this.#isOver(i);
      this.#checkObservation(isOver ? 'the last observation' : 'the observation', isOver, i, t, true);
      if (isOver) this.#checkObservation("the next episode's first observation", false, i, t, true);
    }
  }

  #checkObservation(what: string, isLast: boolean, i: number, t: number, isStepped: boolean): void {
    const observation = this.#observation(i, isLast);
    const entry = findNonFinite(observation);
    if (entry < 0) return;
    const name = this.#env.envs[i]!.spaces.observation.names?.[entry];
    const entryName = `entry ${entry}${name === undefined ? '' : ` (${name})`}`;
    this.#fail(`${entryName} of ${what}`, observation[entry]!, i, t, isStepped);
  }

  /** What an environment shows, or showed last of an episode that is over; a view. [O] */
  #observation(i: number, isLast: boolean): Float64Array {
    const { observations, finalObservations, observationSize } = this.#env;
    return (isLast ? finalObservations : observations).subarray(
      i * observationSize,
      (i + 1) * observationSize,
    );
  }

  #isOver(i: number): boolean {
    return this.#env.terminated[i] === 1 || this.#env.truncated[i] === 1;
  }

  #fail(what: string, value: number, i: number, t: number, isStepped: boolean): never {
    const { firstIndex, observationSize, actionSize, rewards } = this.#env;
    const row = (firstIndex + i) * this.#length + t;
    const after = { reward: rewards[i]!, observation: this.#observation(i, this.#isOver(i)).slice() };
    throw new NonFiniteError({
      kind: 'step',
      what,
      value,
      env: firstIndex + i,
      t,
      observation: this.#rollout.rawObservations.slice(row * observationSize, (row + 1) * observationSize),
      action: this.#rollout.actions.slice(row * actionSize, (row + 1) * actionSize),
      ...(isStepped ? { after } : {}),
    });
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
