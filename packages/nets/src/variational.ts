import { add, div, exp, mean, mul, square, sub, type Tensor } from '@mikt/graph';
import { filled } from './initialisers.js';
import { HIDDEN_GAIN, Mlp } from './mlp.js';
import type { ParameterSpec, Parameters } from './parameters.js';

/**
 * The encoder φ of MIKT (Section 3.1): from the student's observation to an embedding of the size of the
 * teacher's. An MLP with a linear output.
 */
export function createEncoder(
  name: string,
  observation: number,
  embedding: number,
  hidden: readonly number[],
): Mlp {
  return new Mlp(name, { inputs: observation, hidden, outputs: embedding }, HIDDEN_GAIN);
}

/**
 * The variational distribution q_ω(s | e) of MIKT (Section 3.2): a Gaussian over the student's observation whose
 * mean is an MLP of the embedding and whose diagonal covariance is learned, the same for all embeddings.
 */
export class GaussianVariational {
  readonly specs: readonly ParameterSpec[];
  readonly #mean: Mlp;
  readonly #logStandardDeviation: string;

  constructor(name: string, embedding: number, observation: number, hidden: readonly number[]) {
    this.#mean = new Mlp(name, { inputs: embedding, hidden, outputs: observation }, HIDDEN_GAIN);
    this.#logStandardDeviation = `${name}/logStandardDeviation`;
    this.specs = [
      ...this.#mean.specs,
      { name: this.#logStandardDeviation, shape: [observation], initialise: filled(0) },
    ];
  }

  /**
   * −log q_ω(s | e) up to a constant, averaged over rows and dimensions as the authors' code does (Equation 4 sums
   * over dimensions): mean of log σ + (s − μ(e))² / 2σ².
   * @param embedding e [B, E]
   * @param observations s [B, O]
   * @returns scalar
   */
  negativeLogLikelihood(parameters: Parameters, embedding: Tensor, observations: Tensor): Tensor {
    const { output } = this.#mean.forward(parameters, embedding);
    const logStandardDeviation = parameters.get(this.#logStandardDeviation);
    const distance = square(div(sub(observations, output), exp(logStandardDeviation)));
    return mean(add(logStandardDeviation, mul(distance, 0.5)));
  }
}
