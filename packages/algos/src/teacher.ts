import { FileError } from '@mikt/core';
import {
  ActorCritic,
  type ActorCriticSizes,
  NORMALISER_EPSILON,
  ParameterLayout,
  type ParameterValues,
} from '@mikt/nets';

/** A frozen policy and value network, trained on another robot. */
export interface Teacher {
  /** Where it was read from, as given. */
  readonly source: string;
  /** The environment it was trained on. */
  readonly env: string;
  /** SHA-256 of its checkpoint. */
  readonly fingerprint: string;
  readonly sizes: ActorCriticSizes;
  readonly parameters: ParameterValues;
  /** Root mean square of the normalised observations that it was trained on: what its input layer is used to. */
  readonly observationScale: number;
  /** Mean and variance by which its observations were normalised, 0 and 1 where they were not. [O] */
  readonly normaliser?: { readonly mean: Float64Array; readonly variance: Float64Array };
  /** What the entries of its observation are, where that is known. */
  readonly observationNames?: readonly string[];
  /** The same for its action. */
  readonly actionNames?: readonly string[];
}

/** Short names of teachers for columns and figures: their environments, numbered where two are from the same. */
export function teacherLabels(teachers: readonly Teacher[]): string[] {
  return teachers.map(({ env }, k) => {
    const before = teachers.slice(0, k).filter((other) => other.env === env).length;
    return before === 0 ? env : `${env}-${before + 1}`;
  });
}

/**
 * Root mean square of observations normalised by these statistics: entries that vary have unit variance, entries
 * that never change (no contact, say) are 0.
 * @param variance of each entry [O]
 */
export function normalisedScale(variance: Float64Array): number {
  const alive = variance.filter((value) => value > NORMALISER_EPSILON).length;
  return Math.sqrt(alive / variance.length);
}

/** @throws FileError where `parameters` are not those of networks of these sizes */
export function checkNetworks(sizes: ActorCriticSizes, parameters: ParameterValues, source: string): void {
  try {
    new ParameterLayout(new ActorCritic(sizes).specs).pack(parameters);
  } catch (cause) {
    throw new FileError(source, `its networks do not fit its header: ${(cause as Error).message}`, { cause });
  }
}
