import {
  add,
  div,
  exp,
  logSoftmax,
  mul,
  neg,
  reshape,
  slice,
  square,
  stopGradient,
  sub,
  sum,
  type Tensor,
} from '@mikt/graph';
import { filled } from '../initialisers.js';
import { HIDDEN_GAIN, Mlp } from '../mlp.js';
import type { ParameterSpec, Parameters } from '../parameters.js';
import {
  checkCount,
  checkFloor,
  floored,
  likelihoodOf,
  logProbabilityOf,
  type Variational,
  type VariationalOptions,
} from './variational.js';

/**
 * A mixture density network (Bishop 1994): q(s | e) = Σ_k w_k(e) N(s; μ_k(e), diag σ_k²). One MLP of the embedding
 * has the means and the logits of the weights w as its linear outputs. Bishop's network also puts out σ; here each
 * component has its own, the same for all embeddings, so that one component is exactly the paper's Gaussian and a
 * rare embedding cannot drive the likelihood up with a σ of its own.
 */
export class MixtureVariational implements Variational {
  readonly specs: readonly ParameterSpec[];
  readonly #network: Mlp;
  readonly #logStandardDeviation: string;
  readonly #components: number;
  readonly #observation: number;
  readonly #floor: number | null;

  /**
   * @param options `hidden`: of the network that all components share; `components`: K; the floor: σ =
   *   exp(max(log σ, floor)) in every component
   * @throws InvalidInputError where there is no component, or the floor is above 0
   */
  constructor(
    name: string,
    embedding: number,
    observation: number,
    options: Pick<VariationalOptions, 'hidden' | 'components' | 'logStandardDeviationFloor'>,
  ) {
    const { hidden, logStandardDeviationFloor } = options;
    const components = checkCount('the components', options.components, 1);
    const outputs = components * observation + components;
    this.#network = new Mlp(name, { inputs: embedding, hidden, outputs }, HIDDEN_GAIN);
    this.#logStandardDeviation = `${name}/logStandardDeviation`;
    this.#components = components;
    this.#observation = observation;
    this.#floor = checkFloor(logStandardDeviationFloor);
    this.specs = [
      ...this.#network.specs,
      { name: this.#logStandardDeviation, shape: [components, observation], initialise: filled(0) },
    ];
  }

  /** Mean over rows of −(1/O) log Σ_k w_k(e) exp(−Σ_i [log σ_ki + (s_i − μ_ki(e))² / 2σ_ki²]). */
  negativeLogLikelihood(parameters: Parameters, embedding: Tensor, observations: Tensor): Tensor {
    return likelihoodOf(this.#energy(parameters, embedding, observations), this.#observation);
  }

  logProbability(parameters: Parameters, embedding: Tensor, observations: Tensor): Tensor {
    return logProbabilityOf(this.#energy(parameters, embedding, observations), this.#observation);
  }

  #energy(parameters: Parameters, embedding: Tensor, observations: Tensor): Tensor {
    const components = this.#components;
    const observation = this.#observation;
    const { output } = this.#network.forward(parameters, embedding);
    const rows = output.shape[0]!;
    const means = slice(output, [0, 0], [rows, components * observation]);
    const logits = slice(output, [0, components * observation], [rows, components]);
    const logStandardDeviation = floored(parameters.get(this.#logStandardDeviation), this.#floor);
    const apart = sub(
      reshape(observations, [rows, 1, observation]),
      reshape(means, [rows, components, observation]),
    );
    const distance = sum(square(div(apart, exp(logStandardDeviation))), [2]);
    const volume = sum(logStandardDeviation, [1]);
    return neg(logSumExp(sub(logSoftmax(logits), add(volume, mul(distance, 0.5)))));
  }
}

/**
 * log Σ_k exp(x_k), however far below 0 all x_k lie. x_k − logSoftmax(x)_k is the result for every k, rounded worst
 * where x_k is smallest; weighted by the softmax, the largest decide. [B, K] → [B]
 */
function logSumExp(x: Tensor): Tensor {
  const logWeights = logSoftmax(x);
  // As all x_k − logSoftmax(x)_k are equal, the gradient through the weights is 0 but for rounding.
  const weights = stopGradient(exp(logWeights));
  return sum(mul(weights, sub(x, logWeights)), [1]);
}
