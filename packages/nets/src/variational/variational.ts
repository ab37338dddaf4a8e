import { InvalidInputError } from '@mikt/core';
import { maximum, mean, mul, sub, type Tensor } from '@mikt/graph';
import { LOG_2PI } from '../gaussian.js';
import type { ParameterSpec, Parameters } from '../parameters.js';

/** The families of q_ω: the paper's Gaussian, and the two that Section 3.2 names as more expressive. */
export const VARIATIONAL_FAMILIES = ['gaussian', 'mixture', 'flow'] as const;

export type VariationalFamily = (typeof VARIATIONAL_FAMILIES)[number];

export interface VariationalOptions {
  readonly family: VariationalFamily;
  /** Units of the hidden layers of each of its networks. */
  readonly hidden: readonly number[];
  /** Components of the mixture, at least 1. Other families do not read it. */
  readonly components: number;
  /** Affine couplings of the flow, at least 2. Other families do not read it. */
  readonly couplings: number;
  /** The least log σ, at most 0. Null or left out: none, as in the paper. */
  readonly logStandardDeviationFloor?: number | null;
}

/** The variational distribution q_ω(s | e) of MIKT (Section 3.2), over the student's observation s. */
export interface Variational {
  /** ω */
  readonly specs: readonly ParameterSpec[];

  /**
   * −log q_ω(s | e) up to the constant ½ log 2π per entry of s, averaged over rows and over the entries of s as
   * the authors' code does (Equation 4 sums over the entries). With a floor on log σ it is never below the floor.
   * @param embedding e [B, E]
   * @param observations s [B, O]
   * @returns scalar
   */
  negativeLogLikelihood(parameters: Parameters, embedding: Tensor, observations: Tensor): Tensor;

  /**
   * log q_ω(s | e) of each row, summed over the entries of s, with all constants.
   * @param embedding e [B, E]
   * @param observations s [B, O]
   * @returns [B]
   */
  logProbability(parameters: Parameters, embedding: Tensor, observations: Tensor): Tensor;
}

/**
 * log σ, not below `floor`. Without one, entries of s that never change drive log σ to −∞, and L_MI with it. Below
 * the floor log σ gets no gradient: what has sunk to the floor stays there.
 * @param floor null for none, as in the paper
 */
export function floored(logStandardDeviation: Tensor, floor: number | null): Tensor {
  return floor === null ? logStandardDeviation : maximum(logStandardDeviation, floor);
}

/** @throws InvalidInputError where log σ, which starts at 0, would start below the floor and never learn */
export function checkFloor(floor: number | null = null): number | null {
  if (floor === null || (Number.isFinite(floor) && floor <= 0)) return floor;
  throw new InvalidInputError(
    `the floor on log σ is ${floor}; it has to be at most 0, where log σ starts, or null for none.`,
  );
}

/** @throws InvalidInputError where `count` is not a whole number from `least` on */
export function checkCount(what: string, count: number, least: number): number {
  if (Number.isInteger(count) && count >= least) return count;
  throw new InvalidInputError(
    `${what} of the variational distribution are ${count}; give a whole number of at least ${least}.`,
  );
}

/**
 * `negativeLogLikelihood` from the energy of each row.
 * @param energy −log q_ω(s | e) without ½ log 2π for each of the `size` entries of s. [B]
 */
export function likelihoodOf(energy: Tensor, size: number): Tensor {
  return mul(mean(energy), 1 / size);
}

/** `logProbability` from the energy of each row, as in `likelihoodOf`. [B] */
export function logProbabilityOf(energy: Tensor, size: number): Tensor {
  return sub(-0.5 * size * LOG_2PI, energy);
}
