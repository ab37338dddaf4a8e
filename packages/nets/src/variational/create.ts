import { UnknownNameError } from '@mikt/core';
import { FlowVariational } from './flow.js';
import { GaussianVariational } from './gaussian.js';
import { MixtureVariational } from './mixture.js';
import type { Variational } from './variational.js';

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

/**
 * A variational distribution q_ω(s | e) of the family that the options name.
 * @param name first part of its parameters' names
 * @param embedding entries of e
 * @param observation entries of s
 * @throws UnknownNameError where the family is none of `VARIATIONAL_FAMILIES`
 * @throws InvalidInputError where the family cannot be built with these sizes and options
 */
export function createVariational(
  name: string,
  embedding: number,
  observation: number,
  options: VariationalOptions,
): Variational {
  const { family, hidden, components, couplings, logStandardDeviationFloor = null } = options;
  switch (family) {
    case 'gaussian':
      return new GaussianVariational(name, embedding, observation, hidden, logStandardDeviationFloor);
    case 'mixture':
      return new MixtureVariational(name, embedding, observation, {
        hidden,
        components,
        logStandardDeviationFloor,
      });
    case 'flow':
      return new FlowVariational(name, embedding, observation, {
        hidden,
        couplings,
        logStandardDeviationFloor,
      });
    default:
      throw new UnknownNameError('variational family', family satisfies never, VARIATIONAL_FAMILIES);
  }
}
