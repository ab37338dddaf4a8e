import type { BoxSpace, Rng } from '@mikt/core';
import type { ModelFiles } from '../compiled-model.js';
import type { Simulation } from '../mujoco.js';

/** What a reward may depend on. */
export interface Transition {
  /** The simulation after the step. */
  readonly simulation: Simulation;
  /** The action as it was given, before any limit. [action size] */
  readonly action: ArrayLike<number>;
  /** Change of the task's `position` over the step, per second. */
  readonly velocity: number;
}

/**
 * A task on a MuJoCo model: where an episode starts, what is seen, what is rewarded, when it is over.
 * Everything it needs to know of the past is in the simulation; it keeps no state of its own.
 */
export interface Task {
  /** The model, as MJCF text. */
  readonly mjcf: string;
  /** The model with the files that it names, where it names any; `mjcf` is then its text alone. */
  readonly files?: ModelFiles;
  /** Index of the model's keyframe that episodes start from; its initial state without it. */
  readonly keyframe?: number;
  /** What actions may be, where they are not the controls themselves. */
  readonly actionSpace?: BoxSpace;
  /** Physics steps per environment step. */
  readonly frameSkip: number;
  /** Steps after which an episode is truncated. */
  readonly maxEpisodeSteps: number;
  /** Names of the reward's parts. */
  readonly rewardParts: readonly string[];

  /**
   * Draws a start by changing the model's initial state in place. A start that is terminal is drawn again.
   * @param qpos generalised positions, initial ones on entry
   * @param qvel generalised velocities, zero on entry
   */
  drawState(qpos: Float64Array, qvel: Float64Array, rng: Rng): void;
  /** The controls that an action sets, where it is not the controls itself. [action size] to [controls] */
  controls?(action: ArrayLike<number>): ArrayLike<number>;
  /** What is seen of the current state, in a new array. [observation size] */
  observe(simulation: Simulation): Float64Array;
  /** What each entry of an observation is. [observation size] */
  observationNames(simulation: Simulation): string[];
  /** The coordinate whose speed the reward may use, in metres. */
  position(simulation: Simulation): number;
  /** The parts by name, costs negative; the reward is their sum. */
  reward(transition: Transition): Readonly<Record<string, number>>;
  /** Whether the current state ends the episode. Divergence need not be looked for. */
  isTerminated(simulation: Simulation): boolean;
}
