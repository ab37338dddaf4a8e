import { RunError } from '@mikt/core';

/** A number of a step that is not finite, and the step. Plain data, so that worker threads can post it. */
export interface NonFiniteStep {
  readonly kind: 'step';
  /** In words, such as `the reward`. */
  readonly what: string;
  readonly value: number;
  /** Index of the environment, from 0. */
  readonly env: number;
  /** Step of its environment within the pass, from 0. */
  readonly t: number;
  /** Raw, before the step. [O] */
  readonly observation: Float64Array;
  /** [A] */
  readonly action: Float32Array;
  /** What came of it, raw; of an episode that ended, its last observation. Undefined where it was not taken. */
  readonly after?: { readonly reward: number; readonly observation: Float64Array };
}

/** A number of an update that is not finite: a term of the loss, or what the optimiser makes of it. */
export interface NonFiniteTerm {
  readonly kind: 'term';
  /** As its column is called. */
  readonly term: string;
  readonly value: number;
  /** Index among all minibatches of the update, from 0. */
  readonly minibatch: number;
  /** The gradient shard that it is a term of; undefined for the optimiser's. */
  readonly shard?: number;
}

/** A number that training holds and that is not finite. */
export interface NonFiniteState {
  readonly kind: 'state';
  /** In words, such as `parameter policy/hidden1/weight[12]`. */
  readonly what: string;
  readonly value: number;
  /** The minibatch whose optimiser step made it so; undefined for what belongs to no minibatch. */
  readonly minibatch?: number;
}

export type NonFinite = NonFiniteStep | NonFiniteTerm | NonFiniteState;

/** Something that must be a finite number is not. */
export class NonFiniteError extends RunError {
  readonly found: NonFinite;

  constructor(found: NonFinite) {
    super(`${found.kind === 'term' ? found.term : found.what} became ${found.value}.`);
    this.found = found;
  }
}

/** The first of what several members found: by time, then by environment or gradient shard. */
export function firstFound<T extends NonFiniteStep | NonFiniteTerm>(
  found: readonly (T | undefined)[],
): T | undefined {
  const place = (one: NonFiniteStep | NonFiniteTerm) =>
    one.kind === 'step' ? [one.t, one.env] : [one.minibatch, one.shard ?? Number.POSITIVE_INFINITY];
  return found
    .filter((one) => one !== undefined)
    .sort((a, b) => {
      const [earlierA = 0, laterA = 0] = place(a);
      const [earlierB = 0, laterB = 0] = place(b);
      return earlierA - earlierB || laterA - laterB;
    })[0];
}

/** Index of the first value that is not finite, -1 where all are. */
export function findNonFinite(values: ArrayLike<number>): number {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i]!)) return i;
  return -1;
}
