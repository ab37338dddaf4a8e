import { InvalidInputError } from '@mikt/core';
import { add, concat, exp, mul, neg, slice, square, sub, sum, type Tensor, tanh } from '@mikt/graph';
import { Mlp } from '../mlp.js';
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

/** Largest |log scale| of one coupling. */
const COUPLING_LOG_SCALE_BOUND = 2;

/** Gain of the couplings' output layers: small, so that the flow starts near the identity. */
const COUPLING_OUTPUT_GAIN = 0.01;

interface Coupling {
  readonly network: Mlp;
  /** Entries of the half that it moves. */
  readonly size: number;
  /** Whether it moves the first half. */
  readonly first: boolean;
  /** Its share of the floor. */
  readonly floor: number | null;
}

/**
 * A conditional normalising flow of affine couplings (RealNVP; Dinh et al. 2017). The entries of s are cut into
 * two halves; each coupling moves one half by a shift and a scale that an MLP reads from the other half and the
 * embedding, and the next coupling moves the other: from the observation to the base z ~ N(0, I),
 *
 *   z_b = (x_b − t(x_a, e)) exp(−a(x_a, e)),  log q(s | e) = log N(z; 0, I) − Σ a.
 *
 * The log scale a = 2 tanh(·/2) lies in (−2, 2), so even without a floor an entry's total is bounded by 2 for each
 * coupling that moves it: with C couplings, L_MI is above −2 ⌈C/2⌉. A floor f is shared out evenly among the
 * couplings that move the same half: each has a = max(2 tanh(·/2), f / their number), so the total is at least f.
 */
export class FlowVariational implements Variational {
  readonly specs: readonly ParameterSpec[];
  readonly #couplings: readonly Coupling[];
  readonly #observation: number;

  /**
   * @param options `hidden`: of each coupling's network; the floor: on the sum of the log scales that an entry of s
   *   passes, which have a bound of their own
   * @throws InvalidInputError where s has one entry only, so that there are no halves; where there are fewer than
   * two couplings, so that one half would not move; or where the floor is above 0
   */
  constructor(
    name: string,
    embedding: number,
    observation: number,
    options: Pick<VariationalOptions, 'hidden' | 'couplings' | 'logStandardDeviationFloor'>,
  ) {
    if (observation < 2) {
      throw new InvalidInputError(
        `a flow couples two halves of the observation, which has ${observation} entry; use a gaussian or a mixture.`,
      );
    }
    const count = checkCount('the couplings', options.couplings, 2);
    const floor = checkFloor(options.logStandardDeviationFloor);
    const half = Math.floor(observation / 2);
    this.#observation = observation;
    this.#couplings = Array.from({ length: count }, (_, index) => {
      const first = index % 2 === 1;
      const size = first ? half : observation - half;
      const moves = first ? Math.floor(count / 2) : Math.ceil(count / 2);
      const sizes = { inputs: observation - size + embedding, hidden: options.hidden, outputs: 2 * size };
      return {
        network: new Mlp(`${name}/coupling${index + 1}`, sizes, COUPLING_OUTPUT_GAIN),
        size,
        first,
        floor: floor === null ? null : floor / moves,
      };
    });
    this.specs = this.#couplings.flatMap(({ network }) => network.specs);
  }

  /** Mean over rows and entries of ½ z² + the log scales. */
  negativeLogLikelihood(parameters: Parameters, embedding: Tensor, observations: Tensor): Tensor {
    return likelihoodOf(this.#energy(parameters, embedding, observations), this.#observation);
  }

  logProbability(parameters: Parameters, embedding: Tensor, observations: Tensor): Tensor {
    return logProbabilityOf(this.#energy(parameters, embedding, observations), this.#observation);
  }

  #energy(parameters: Parameters, embedding: Tensor, observations: Tensor): Tensor {
    const rows = observations.shape[0]!;
    const half = Math.floor(this.#observation / 2);
    let first = slice(observations, [0, 0], [rows, half]);
    let second = slice(observations, [0, half], [rows, this.#observation - half]);
    const logScales = this.#couplings.map((coupling) => {
      const [moved, given] = coupling.first ? [first, second] : [second, first];
      const { shift, logScale } = affineOf(coupling, parameters, given, embedding);
      const result = mul(sub(moved, shift), exp(neg(logScale)));
      if (coupling.first) first = result;
      else second = result;
      return sum(logScale, [1]);
    });
    const distance = add(sum(square(first), [1]), sum(square(second), [1]));
    return logScales.reduce((total, logScale) => add(total, logScale), mul(distance, 0.5));
  }
}

/** Shift and log scale of a coupling, from the half it leaves and the embedding. [B, size] each */
function affineOf(
  { network, size, floor }: Coupling,
  parameters: Parameters,
  given: Tensor,
  embedding: Tensor,
): { shift: Tensor; logScale: Tensor } {
  const { output } = network.forward(parameters, concat([given, embedding], 1));
  const rows = output.shape[0]!;
  const raw = slice(output, [0, size], [rows, size]);
  const bounded = mul(tanh(mul(raw, 1 / COUPLING_LOG_SCALE_BOUND)), COUPLING_LOG_SCALE_BOUND);
  return { shift: slice(output, [0, 0], [rows, size]), logScale: floored(bounded, floor) };
}
