import { UnknownNameError } from '@mikt/core';
import { FlowVariational } from './flow.js';
import { GaussianVariational } from './gaussian.js';
import { MixtureVariational } from './mixture.js';
import { VARIATIONAL_FAMILIES, type Variational, type VariationalOptions } from './variational.js';

const FAMILIES = { gaussian: GaussianVariational, mixture: MixtureVariational, flow: FlowVariational };

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
  const { family } = options;
  if (!Object.hasOwn(FAMILIES, family))
    throw new UnknownNameError('variational family', family, VARIATIONAL_FAMILIES);
  return new FAMILIES[family](name, embedding, observation, options);
}
