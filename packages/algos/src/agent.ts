import { add, type Tensor } from '@mikt/graph';
import type { ActorCriticResult, ParameterLayout, Parameters } from '@mikt/nets';

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

/** What is minimised, and the scalars it is made of under the names they are logged by. */
export interface Loss {
  readonly total: Tensor;
  readonly terms: Readonly<Record<string, Tensor>>;
}

/** Losses add up: the totals are summed, the terms kept by name. */
export function addLosses(...losses: readonly Loss[]): Loss {
  return {
    total: losses.map(({ total }) => total).reduce((sum, total) => add(sum, total)),
    terms: Object.assign({}, ...losses.map(({ terms }) => terms)),
  };
}

/** Networks and the loss that trains them: what a method hands to the update. Everything is graph; nothing runs. */
export interface Agent {
  /** What is trained. */
  readonly layout: ParameterLayout;
  /** Values that are not trained (teachers), by the name of the variable that holds them. */
  readonly frozen: Readonly<Record<string, Float32Array>>;
  /** Names of the scalars that the loss takes from a schedule at each update. */
  readonly coefficients: readonly string[];
  /** @param observations normalised [B, O] */
  act(parameters: Parameters, observations: Tensor): ActorCriticResult;
  /** @param coefficients scalars by the names above */
  loss(parameters: Parameters, batch: Batch, coefficients: Readonly<Record<string, Tensor>>): Loss;
  /** Scalars to log once per update, such as mixing weights. */
  metrics(parameters: Parameters): Readonly<Record<string, Tensor>>;
}
