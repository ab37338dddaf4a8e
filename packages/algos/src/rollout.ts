import type { EnvSpaces } from '@mikt/core';
import type { PpoConfig } from './ppo/config.js';

/** Entries of a row of a rollout. */
export interface RowSizes {
  readonly observation: number;
  readonly action: number;
}

export function rowSizes({ observation, action }: EnvSpaces): RowSizes {
  return { observation: observation.size, action: action.size };
}

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
  /** Targets of the value function. [R] */
  readonly returns: Float32Array;
  /** What the normaliser of observations counts. [R, O] */
  readonly rawObservations: Float64Array;
  /** Discounted returns so far, which the normaliser of rewards counts. [R] */
  readonly discountedReturns: Float64Array;
}

/**
 * Room for the transitions of an update.
 * @param shared whether several threads are to see it
 */
export function allocateRollout(
  config: Pick<PpoConfig, 'stepsPerUpdate'>,
  sizes: RowSizes,
  shared = false,
): Rollout {
  const rows = config.stepsPerUpdate;
  const room = (bytes: number) => (shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes));
  const floats = (count: number) => new Float32Array(room(4 * count));
  const doubles = (count: number) => new Float64Array(room(8 * count));
  return {
    observations: floats(rows * sizes.observation),
    actions: floats(rows * sizes.action),
    logProbabilities: floats(rows),
    values: floats(rows),
    advantages: floats(rows),
    returns: floats(rows),
    rawObservations: doubles(rows * sizes.observation),
    discountedReturns: doubles(rows),
  };
}
