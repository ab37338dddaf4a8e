import { Rng, type RngState, RunError } from '@mikt/core';
import type { VectorEnv } from '@mikt/envs';
import { type MomentsState, NORMALISER_CLIP, NORMALISER_EPSILON, RunningMoments } from '@mikt/nets';
import type { ActProgram } from './act.js';
import { generalisedAdvantages } from './gae.js';
import type { PpoConfig } from './ppo/config.js';

/** The transitions of one update, environment-major: row env * T + t. R rows in all. */
export interface Rollout {
  /** Normalised as the acting policy saw them. [R, O] */
  readonly observations: Float32Array;
  /** [R, A] */
  readonly actions: Float32Array;
  /** [R] */
  readonly logProbabilities: Float32Array;
  /** [R] */
  readonly values: Float32Array;
  /** Not normalised. [R] */
  readonly advantages: Float32Array;
  /** [R] */
  readonly returns: Float32Array;
}

/** An episode that ended while collecting. */
export interface Episode {
  /** Environment steps of the run, over all environments, when it ended. */
  readonly steps: number;
  /** Sum of raw rewards. */
  readonly return: number;
  readonly length: number;
}

export interface Collected {
  readonly rollout: Rollout;
  readonly episodes: readonly Episode[];
}

/** Where collecting stands, as plain data. */
export interface CollectorState {
  readonly noise: readonly RngState[];
  readonly observationMoments: MomentsState;
  readonly returnMoments: MomentsState;
  /** Discounted return so far of each environment, as the reward's normaliser counts it. [N] */
  readonly discountedReturns: Float64Array;
}

/**
 * Steps environments side by side with a policy and keeps the running statistics that normalise observations and
 * rewards. With `normaliserUpdates: update` the statistics stay fixed while transitions are collected and are
 * merged afterwards in environment order.
 */
export class Collector {
  readonly #env: VectorEnv;
  readonly #config: PpoConfig;
  readonly #length: number;
  readonly #observation: number;
  readonly #action: number;
  readonly #discountedReturns: Float64Array;
  readonly #rawObservations: Float64Array;
  readonly #rewards: Float64Array;
  readonly #returnHistory: Float64Array;
  readonly observationMoments: RunningMoments;
  readonly returnMoments: RunningMoments;
  #noise: readonly Rng[];

  /** @param rng one fork per environment draws the action noise */
  constructor(env: VectorEnv, config: PpoConfig, rng: Rng) {
    this.#env = env;
    this.#config = config;
    this.#length = config.stepsPerUpdate / config.envs;
    this.#observation = env.observationSize;
    this.#action = env.actionSize;
    this.#discountedReturns = new Float64Array(config.envs);
    this.#rawObservations = new Float64Array(config.stepsPerUpdate * this.#observation);
    this.#rewards = new Float64Array(config.stepsPerUpdate);
    this.#returnHistory = new Float64Array(config.stepsPerUpdate);
    this.observationMoments = new RunningMoments(this.#observation);
    this.returnMoments = new RunningMoments(1);
    this.#noise = Array.from({ length: config.envs }, (_, i) => rng.fork(i));
  }

  state(): CollectorState {
    return {
      noise: this.#noise.map((rng) => rng.state()),
      observationMoments: this.observationMoments.state(),
      returnMoments: this.returnMoments.state(),
      discountedReturns: this.#discountedReturns.slice(),
    };
  }

  restore(state: CollectorState): void {
    this.#noise = state.noise.map((rng) => Rng.fromState(rng));
    this.observationMoments.restore(state.observationMoments);
    this.returnMoments.restore(state.returnMoments);
    this.#discountedReturns.set(state.discountedReturns);
  }

  /**
   * Collects the transitions of one update.
   * @param act the policy, for as many rows as there are environments
   * @param stepsBefore environment steps taken by the run so far
   * @param statisticsChanged called with new observation statistics before the next action is taken with them
   * @param pause awaited after every step of the environments; may throw to stop
   */
  async collect(
    act: ActProgram,
    stepsBefore: number,
    statisticsChanged: (mean: Float64Array, variance: Float64Array) => void,
    pause: (stepsDone: number) => Promise<void>,
  ): Promise<Collected> {
    const { envs, stepsPerUpdate, discount, gaeLambda, bootstrapTimeLimit } = this.#config;
    const length = this.#length;
    const observations = new Float32Array(stepsPerUpdate * this.#observation);
    const actions = new Float32Array(stepsPerUpdate * this.#action);
    const logProbabilities = new Float32Array(stepsPerUpdate);
    const values = new Float32Array(stepsPerUpdate);
    const scaledRewards = new Float64Array(stepsPerUpdate);
    const terminated = new Uint8Array(stepsPerUpdate);
    const truncated = new Uint8Array(stepsPerUpdate);
    const truncatedValues = new Float32Array(stepsPerUpdate);
    const episodes: Episode[] = [];
    for (let t = 0; t < length; t++) {
      act.observations.set(this.#env.observations);
      this.#drawNoise(act.noise);
      act.run();
      const { normalised, actions: acted, logProbabilities: logs, values: valued } = act.outputs;
      checkActions(acted);
      for (let env = 0; env < envs; env++) {
        const row = env * length + t;
        copyRow(observations, row, normalised, env, this.#observation);
        copyRow(actions, row, acted, env, this.#action);
        copyRow(this.#rawObservations, row, this.#env.observations, env, this.#observation);
        logProbabilities[row] = logs[env]!;
        values[row] = valued[env]!;
      }
      this.#env.step(acted);
      for (let env = 0; env < envs; env++) {
        const row = env * length + t;
        const ended = this.#env.terminated[env] || this.#env.truncated[env];
        this.#rewards[row] = this.#env.rewards[env]!;
        terminated[row] = this.#env.terminated[env]! | (bootstrapTimeLimit ? 0 : this.#env.truncated[env]!);
        truncated[row] = bootstrapTimeLimit ? this.#env.truncated[env]! : 0;
        const discounted = this.#discountedReturns[env]! * discount + this.#rewards[row]!;
        this.#returnHistory[row] = discounted;
        this.#discountedReturns[env] = ended ? 0 : discounted;
      }
      for (const { return: total, length: steps } of this.#env.finished) {
        episodes.push({ steps: stepsBefore + (t + 1) * envs, return: total, length: steps });
      }
      if (this.#config.normaliserUpdates === 'step') this.#mergeStep(t, statisticsChanged);
      for (let env = 0; env < envs; env++) {
        const row = env * length + t;
        scaledRewards[row] = this.#scaleReward(this.#rewards[row]!);
      }
      this.#valueTruncated(act, truncated, truncatedValues, t);
      await pause((t + 1) * envs);
    }
    act.observations.set(this.#env.observations);
    act.noise.fill(0);
    act.run();
    const { advantages, returns } = generalisedAdvantages(
      {
        environments: envs,
        length,
        rewards: scaledRewards,
        values,
        terminated,
        truncated,
        truncatedValues,
        lastValues: act.outputs.values,
      },
      discount,
      gaeLambda,
    );
    if (this.#config.normaliserUpdates === 'update') this.#mergeUpdate(statisticsChanged);
    return { rollout: { observations, actions, logProbabilities, values, advantages, returns }, episodes };
  }

  #drawNoise(noise: Float32Array): void {
    this.#noise.forEach((rng, env) => {
      rng.fillNormal(noise.subarray(env * this.#action, (env + 1) * this.#action));
    });
  }

  /** V of the states at which time limits cut episodes in step t. Rare, so it costs a forward pass only then. */
  #valueTruncated(act: ActProgram, truncated: Uint8Array, truncatedValues: Float32Array, t: number): void {
    const rows = Array.from({ length: this.#config.envs }, (_, env) => env * this.#length + t);
    if (!rows.some((row) => truncated[row])) return;
    act.observations.set(this.#env.finalObservations);
    act.run();
    rows.forEach((row, env) => {
      if (truncated[row]) truncatedValues[row] = act.outputs.values[env]!;
    });
  }

  #scaleReward(reward: number): number {
    if (!this.#config.normaliseRewards) return reward;
    const scaled = reward / Math.sqrt(this.returnMoments.variance[0]! + NORMALISER_EPSILON);
    return Math.min(Math.max(scaled, -NORMALISER_CLIP), NORMALISER_CLIP);
  }

  #mergeStep(t: number, statisticsChanged: (mean: Float64Array, variance: Float64Array) => void): void {
    if (this.#config.normaliseObservations) {
      this.observationMoments.merge(this.#env.observations);
      statisticsChanged(this.observationMoments.mean, this.observationMoments.variance);
    }
    const rows = Array.from({ length: this.#config.envs }, (_, env) => env * this.#length + t);
    this.returnMoments.merge(rows.map((row) => this.#returnHistory[row]!));
  }

  #mergeUpdate(statisticsChanged: (mean: Float64Array, variance: Float64Array) => void): void {
    const length = this.#length;
    for (let env = 0; env < this.#config.envs; env++) {
      const [begin, end] = [env * length, (env + 1) * length];
      if (this.#config.normaliseObservations) {
        const size = this.#observation;
        this.observationMoments.merge(this.#rawObservations.subarray(begin * size, end * size));
      }
      this.returnMoments.merge(this.#returnHistory.subarray(begin, end));
    }
    statisticsChanged(this.observationMoments.mean, this.observationMoments.variance);
  }
}

function copyRow(
  out: Float32Array | Float64Array,
  row: number,
  source: Float32Array | Float64Array,
  from: number,
  width: number,
): void {
  out.set(source.subarray(from * width, (from + 1) * width), row * width);
}

function checkActions(actions: Float32Array): void {
  if (!actions.every(Number.isFinite)) {
    throw new RunError(
      'the policy gave an action that is not finite; the last checkpoint is the last good state.',
    );
  }
}
