import type { EnvSpaces, RngState } from '@mikt/core';

/** What one step returns. */
export interface Step {
  /** Observation after the step, a fresh copy. [observation size] */
  readonly observation: Float64Array;
  /** Sum of `rewardParts`. */
  readonly reward: number;
  /** The named terms of the reward, costs negative. */
  readonly rewardParts: Readonly<Record<string, number>>;
  /** The task ended in a state from which no return follows (a fall, a divergence). */
  readonly terminated: boolean;
  /** The episode was cut by its time limit; the state itself is not terminal. Never set together with `terminated`. */
  readonly truncated: boolean;
  /** The simulation diverged in this step; `terminated` is set as well and the observation is the last finite one. */
  readonly diverged: boolean;
}

/** An environment as plain data: enough to continue it exactly. */
export interface EnvSnapshot {
  readonly arrays: Readonly<Record<string, Float64Array>>;
  readonly rng: RngState;
}

/**
 * One environment, in Gymnasium's terms. Implement it to bring your own; `checkEnv` says what breaks the contract.
 */
export interface Env {
  readonly name: string;
  readonly spaces: EnvSpaces;
  /** Steps after which an episode is truncated. */
  readonly maxEpisodeSteps: number;

  /**
   * Starts an episode and returns its first observation, a fresh copy. [observation size]
   * @param options.seed restarts the environment's generator; without it the generator goes on
   */
  reset(options?: { seed?: number }): Float64Array;

  /**
   * @param action [action size]; finite. Values outside the action space are clamped by the actuators only.
   * @throws InvalidInputError on a wrong length or a value that is not finite, and when the episode is over
   */
  step(action: ArrayLike<number>): Step;

  /** The environment as it is now, its generator and its place in the episode included. */
  snapshot(): EnvSnapshot;
  /** Continues from a snapshot: the steps that follow are those that would have followed it, bit for bit. */
  restore(snapshot: EnvSnapshot): void;

  /**
   * How often its simulation has warned since it was made, by kind in words. Not part of a snapshot. Environments
   * whose simulation does not warn leave it out.
   */
  warnings?(): Readonly<Record<string, number>>;

  /** Frees what the environment holds outside JavaScript's memory. It cannot be used afterwards. */
  dispose(): void;
}
