import { add, matmul, type Tensor } from '@mikt/graph';
import type { Initialiser } from './initialisers.js';
import { HIDDEN_GAIN, Mlp } from './mlp.js';
import type { ParameterSpec, Parameters } from './parameters.js';

/** Gain of the MLP's output layer where a linear map beside it is to have the first word. */
const QUIET_GAIN = 0.01;

/** A trained map from the student's observation to an embedding. */
export interface Encoder {
  readonly specs: readonly ParameterSpec[];
  /** @param observations [B, O]; result [B, E] */
  forward(parameters: Parameters, observations: Tensor): Tensor;
}

/**
 * The encoder φ of MIKT (Section 3.1): from the student's observation to an embedding of the size of the
 * teacher's. An MLP with a linear output.
 */
export function createEncoder(
  name: string,
  observation: number,
  embedding: number,
  hidden: readonly number[],
): Encoder {
  const mlp = new Mlp(name, { inputs: observation, hidden, outputs: embedding }, HIDDEN_GAIN);
  return { specs: mlp.specs, forward: (parameters, x) => mlp.forward(parameters, x).output };
}

/**
 * An encoder that begins with what is known: a linear map beside the MLP takes each entry of the embedding from the
 * entry of the observation that means the same, where there is one. All of it is trained. A deviation from the paper,
 * whose encoder begins with nothing.
 * @param matches for each entry of the embedding, the entry of the observation that it matches, or none
 */
export function createMatchedEncoder(
  name: string,
  observation: number,
  matches: readonly (number | undefined)[],
  hidden: readonly number[],
): Encoder {
  const sizes = { inputs: observation, hidden, outputs: matches.length };
  const mlp = new Mlp(name, sizes, QUIET_GAIN);
  const linear = { name: `${name}/linear`, shape: [observation, matches.length], initialise: pick(matches) };
  return {
    specs: [...mlp.specs, linear],
    forward: (parameters, x) =>
      add(mlp.forward(parameters, x).output, matmul(x, parameters.get(linear.name))),
  };
}

/** A matrix of zeros and ones whose column k picks row matches[k]. */
function pick(matches: readonly (number | undefined)[]): Initialiser {
  return ([rows]) => {
    const matrix = new Float32Array(rows! * matches.length);
    matches.forEach((row, column) => {
      if (row !== undefined) matrix[row * matches.length + column] = 1;
    });
    return matrix;
  };
}
