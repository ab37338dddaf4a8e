import { InvalidInputError, Rng } from '@mikt/core';
import type { Env, EnvSnapshot } from './env.js';

/** An episode that ended. */
export interface FinishedEpisode {
  /** Index of its environment, counted from `firstIndex`. */
  readonly env: number;
  /** Sum of its rewards. */
  readonly return: number;
  /** Number of its steps. */
  readonly length: number;
}

/** How a `VectorEnv` counts its environments. */
export interface VectorEnvOptions {
  /** Index of the first one, for a share of a larger group: seeds depend on the index in the whole group. */
  readonly firstIndex?: number;
}

/**
 * Several environments of one kind, stepped together. One whose episode ends is reset in the same step, from its
 * own generator: `observations` then holds the new episode's first observation and `finalObservations` the old
 * one's last. All arrays are filled anew by each step.
 */
export class VectorEnv {
  readonly envs: readonly Env[];
  readonly size: number;
  readonly observationSize: number;
  readonly actionSize: number;
  readonly firstIndex: number;
  /** What each environment shows now. [size, observationSize] */
  readonly observations: Float64Array;
  /** Rewards of the last step. [size] */
  readonly rewards: Float64Array;
  /** 1 where the last step ended an episode for good. [size] */
  readonly terminated: Uint8Array;
  /** 1 where the last step reached the time limit. [size] */
  readonly truncated: Uint8Array;
  /** Last observations of the episodes that ended in the last step; other rows mean nothing. [size, observationSize] */
  readonly finalObservations: Float64Array;
  readonly #returns: Float64Array;
  readonly #lengths: Float64Array;
  readonly #divergences: Float64Array;
  #finished: readonly FinishedEpisode[] = [];

  /**
   * @param envs at least one, all with spaces of the same size; `dispose()` disposes them
   * @throws InvalidInputError when there is none or their sizes differ
   */
  constructor(envs: readonly Env[], { firstIndex = 0 }: VectorEnvOptions = {}) {
    const [first] = envs;
    if (!first) throw new InvalidInputError('a VectorEnv needs at least one environment, got none.');
    this.envs = envs;
    this.size = envs.length;
    this.observationSize = first.spaces.observation.size;
    this.actionSize = first.spaces.action.size;
    this.firstIndex = firstIndex;
    for (const [i, { name, spaces }] of envs.entries()) {
      if (spaces.observation.size !== this.observationSize || spaces.action.size !== this.actionSize) {
        throw new InvalidInputError(
          `environment ${i} (${name}) has ${spaces.observation.size} observations and ${spaces.action.size} actions, ` +
            `environment 0 (${first.name}) has ${this.observationSize} and ${this.actionSize}; a VectorEnv needs equal ones.`,
        );
      }
    }
    this.observations = new Float64Array(this.size * this.observationSize);
    this.finalObservations = new Float64Array(this.size * this.observationSize);
    this.rewards = new Float64Array(this.size);
    this.terminated = new Uint8Array(this.size);
    this.truncated = new Uint8Array(this.size);
    this.#returns = new Float64Array(this.size);
    this.#lengths = new Float64Array(this.size);
    this.#divergences = new Float64Array(this.size);
  }

  /** Episodes that ended in the last step, in the order of their environments. */
  get finished(): readonly FinishedEpisode[] {
    return this.#finished;
  }

  /** Number of steps so far in which a simulation diverged, of all environments. */
  get divergences(): number {
    return this.#divergences.reduce((sum, count) => sum + count, 0);
  }

  /** How often the simulations have warned so far, by kind in words, of all environments. */
  warnings(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const env of this.envs) {
      for (const [kind, count] of Object.entries(env.warnings?.() ?? {})) {
        counts[kind] = (counts[kind] ?? 0) + count;
      }
    }
    return counts;
  }

  /** Starts an episode in every environment, with seeds that depend on `seed` and the environment's index only. */
  reset(seed: number): void {
    const rng = Rng.fromSeed(seed);
    for (const [i, env] of this.envs.entries()) {
      const own = rng.fork(this.firstIndex + i).integer(2 ** 53);
      this.observations.set(env.reset({ seed: own }), i * this.observationSize);
    }
    for (const values of [this.rewards, this.terminated, this.truncated, this.#returns, this.#lengths]) {
      values.fill(0);
    }
    this.#finished = [];
  }

  /**
   * Steps every environment and resets those whose episode ended.
   * @param actions [size, actionSize]
   * @throws InvalidInputError on a wrong length; what an environment refuses keeps its error, and leaves those before
   *   it a step ahead: restore a snapshot or reset after it
   */
  step(actions: Float32Array): void {
    if (actions.length !== this.size * this.actionSize) {
      throw new InvalidInputError(
        `${this.size} environments take ${this.size} x ${this.actionSize} action values, got ${actions.length}.`,
      );
    }
    const finished: FinishedEpisode[] = [];
    for (const [i, env] of this.envs.entries()) {
      const step = env.step(actions.subarray(i * this.actionSize, (i + 1) * this.actionSize));
      const row = i * this.observationSize;
      this.rewards[i] = step.reward;
      this.terminated[i] = Number(step.terminated);
      this.truncated[i] = Number(step.truncated);
      this.#returns[i]! += step.reward;
      this.#lengths[i]! += 1;
      this.#divergences[i]! += Number(step.diverged);
      if (!step.terminated && !step.truncated) {
        this.observations.set(step.observation, row);
        continue;
      }
      finished.push({
        env: this.firstIndex + i,
        return: this.#returns[i]!,
        length: this.#lengths[i]!,
      });
      this.#returns[i] = 0;
      this.#lengths[i] = 0;
      this.finalObservations.set(step.observation, row);
      this.observations.set(env.reset(), row);
    }
    this.#finished = finished;
  }

  /** One snapshot per environment, so that the environments can be divided otherwise when they go on. */
  snapshot(): EnvSnapshot[] {
    return this.envs.map((env, i) => {
      const { arrays, rng } = env.snapshot();
      const row = i * this.observationSize;
      return {
        arrays: {
          ...arrays,
          [OBSERVATION]: this.observations.slice(row, row + this.observationSize),
          [COUNTS]: Float64Array.of(this.#returns[i]!, this.#lengths[i]!, this.#divergences[i]!),
        },
        rng,
      };
    });
  }

  /**
   * Continues exactly from `snapshot()`; the results of the last step are not part of it.
   * @throws InvalidInputError when there is not one fitting snapshot per environment
   */
  restore(snapshots: readonly EnvSnapshot[]): void {
    if (snapshots.length !== this.size) {
      throw new InvalidInputError(
        `${this.size} environments need as many snapshots, got ${snapshots.length}.`,
      );
    }
    for (const [i, { arrays, rng }] of snapshots.entries()) {
      const { [OBSERVATION]: observation, [COUNTS]: counts, ...own } = arrays;
      if (observation?.length !== this.observationSize || counts?.length !== 3) {
        throw new InvalidInputError(
          `snapshot ${i} is not one of a VectorEnv with ${this.observationSize} observations; take it with VectorEnv.snapshot().`,
        );
      }
      this.envs[i]!.restore({ arrays: own, rng });
      this.observations.set(observation, i * this.observationSize);
      this.#returns[i] = counts[0]!;
      this.#lengths[i] = counts[1]!;
      this.#divergences[i] = counts[2]!;
    }
    for (const values of [this.rewards, this.terminated, this.truncated]) values.fill(0);
    this.#finished = [];
  }

  /** Disposes every environment. */
  dispose(): void {
    for (const env of this.envs) env.dispose();
  }
}

// The prefix keeps them apart from the arrays of the environments themselves.
const OBSERVATION = 'vector.observation';
const COUNTS = 'vector.counts';
