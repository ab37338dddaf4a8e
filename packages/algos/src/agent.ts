import type { Rng } from '@mikt/core';
import { add, type Tensor } from '@mikt/graph';
import type { ActorCriticResult, ParameterLayout, Parameters } from '@mikt/nets';
import type { Teacher } from './teacher.js';

/** The transitions of a minibatch as inputs of a graph. B rows. */
export interface Batch {
  /** Normalised observations. [B, O] */
  readonly observations: Tensor;
  /** [B, A] */
  readonly actions: Tensor;
  /** log π_old(a|s) of the policy that acted. [B] */
  readonly logProbabilities: Tensor;
  /** V_old(s). [B] */
  readonly values: Tensor;
  /** Advantages, normalised over the minibatch. [B] */
  readonly advantages: Tensor;
  /** Targets of the value function. [B] */
  readonly returns: Tensor;
}

/** What is minimised, and what it is made of. */
export interface Loss {
  /** The sum of the parts. Scalar */
  readonly total: Tensor;
  /** The weighted losses that are added up, by name; one whose weight is 0 is not there. Scalars */
  readonly parts: Readonly<Record<string, Tensor>>;
  /** Scalars to log, by the names of their columns. */
  readonly terms: Readonly<Record<string, Tensor>>;
}

/** A loss of weighted parts and the scalars to log of it. */
export function lossOf(parts: Loss['parts'], terms: Loss['terms']): Loss {
  const total = Object.values(parts).reduce((sum, part) => add(sum, part));
  return { total, parts, terms };
}

/** Losses add up: the totals are summed, parts and terms kept by name. Those that are off are undefined. */
export function addLosses(...losses: readonly (Loss | undefined)[]): Loss {
  const present = losses.filter((loss) => loss !== undefined);
  return {
    total: present.map(({ total }) => total).reduce((sum, total) => add(sum, total)),
    parts: Object.assign({}, ...present.map(({ parts }) => parts)),
    terms: Object.assign({}, ...present.map(({ terms }) => terms)),
  };
}

/** Networks and the loss that trains them: what a method hands to the update. Everything is graph; nothing runs. */
export interface Agent {
  /** What is trained. */
  readonly layout: ParameterLayout;
  /** Values that are not trained (teachers), by the name of the variable that holds them. */
  readonly frozen: Readonly<Record<string, Float32Array>>;
  /** The teachers that it cannot act without; a checkpoint keeps them. */
  readonly teachers: readonly Teacher[];
  /** Names of the scalars that the loss takes from a schedule at each update. */
  readonly coefficients: readonly string[];
  /** First values of the parameters, where they are not simply the layout's own. [layout.size] */
  initialise?(rng: Rng): Float32Array;
  /** @param observations normalised [B, O] */
  act(parameters: Parameters, observations: Tensor): ActorCriticResult;
  /** @param coefficients scalars by the names above */
  loss(parameters: Parameters, batch: Batch, coefficients: Readonly<Record<string, Tensor>>): Loss;
  /** Scalars to log once per update, such as mixing weights. */
  metrics(parameters: Parameters): Readonly<Record<string, Tensor>>;
}
