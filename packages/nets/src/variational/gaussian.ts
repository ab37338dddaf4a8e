import { add, div, exp, mean, mul, square, sub, type Tensor } from '@mikt/graph';
import { gaussianLogProbability } from '../gaussian.js';
import { filled } from '../initialisers.js';
import { HIDDEN_GAIN, Mlp } from '../mlp.js';
import type { ParameterSpec, Parameters } from '../parameters.js';
import { checkFloor, floored, type Variational, type VariationalOptions } from './variational.js';

/**
 * The variational distribution of the paper's experiments (Section 3.2): a Gaussian over the student's observation
 * whose mean is an MLP of the embedding and whose diagonal covariance is learned, the same for all embeddings.
 */
export class GaussianVariational implements Variational {
  readonly specs: readonly ParameterSpec[];
  readonly #mean: Mlp;
  readonly #logStandardDeviation: string;
  readonly #floor: number | null;

  /**
   * @param options `hidden`: of the mean's network; the floor: σ = exp(max(log σ, floor))
   * @throws InvalidInputError where the floor is above 0
   */
  constructor(
    name: string,
    embedding: number,
    observation: number,
    { hidden, logStandardDeviationFloor }: Pick<VariationalOptions, 'hidden' | 'logStandardDeviationFloor'>,
  ) {
    this.#mean = new Mlp(name, { inputs: embedding, hidden, outputs: observation }, HIDDEN_GAIN);
    this.#logStandardDeviation = `${name}/logStandardDeviation`;
    this.#floor = checkFloor(logStandardDeviationFloor);
    this.specs = [
      ...this.#mean.specs,
      { name: this.#logStandardDeviation, shape: [observation], initialise: filled(0) },
    ];
  }

  /** Mean over rows and entries of log σ + (s − μ(e))² / 2σ². */
  negativeLogLikelihood(parameters: Parameters, embedding: Tensor, observations: Tensor): Tensor {
    const { output } = this.#mean.forward(parameters, embedding);
    const logStandardDeviation = this.#logSigma(parameters);
    const distance = square(div(sub(observations, output), exp(logStandardDeviation)));
    return mean(add(logStandardDeviation, mul(distance, 0.5)));
  }

  logProbability(parameters: Parameters, embedding: Tensor, observations: Tensor): Tensor {
    const { output } = this.#mean.forward(parameters, embedding);
    return gaussianLogProbability(output, this.#logSigma(parameters), observations);
  }

  #logSigma(parameters: Parameters): Tensor {
    return floored(parameters.get(this.#logStandardDeviation), this.#floor);
  }
}
