import { add, div, maximum, mul, sqrt, square, sub, sum, type Tensor } from '@mikt/graph';

export interface AdamConfig {
  /** Decay of the first moment. */
  readonly beta1: number;
  /** Decay of the second moment. */
  readonly beta2: number;
  readonly epsilon: number;
}

/** Baselines' ppo2: TensorFlow's betas, ε 1e-5. */
export const BASELINES_ADAM: AdamConfig = { beta1: 0.9, beta2: 0.999, epsilon: 1e-5 };

/** Flat vectors of one optimiser: parameters and the two moments. [P] each */
export interface AdamState {
  readonly parameters: Tensor;
  readonly firstMoment: Tensor;
  readonly secondMoment: Tensor;
}

/**
 * The step size that corrects the moments' start at zero, in TensorFlow's form (ε is added to the uncorrected √v):
 * learningRate · √(1 − β₂ᵗ) / (1 − β₁ᵗ).
 * @param t number of this optimiser step, from 1
 */
export function adamStepSize(learningRate: number, t: number, { beta1, beta2 }: AdamConfig): number {
  return (learningRate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t);
}

/**
 * One step of Adam (Kingma and Ba 2015) as a graph: the state after it.
 * @param gradient [P]
 * @param stepSize scalar, from `adamStepSize`
 */
export function adam(state: AdamState, gradient: Tensor, stepSize: Tensor, config: AdamConfig): AdamState {
  const { beta1, beta2, epsilon } = config;
  const firstMoment = add(mul(state.firstMoment, beta1), mul(gradient, 1 - beta1));
  const secondMoment = add(mul(state.secondMoment, beta2), mul(square(gradient), 1 - beta2));
  const change = div(mul(stepSize, firstMoment), add(sqrt(secondMoment), epsilon));
  return { parameters: sub(state.parameters, change), firstMoment, secondMoment };
}

/** Euclidean norm of a vector. [P] → scalar */
export function globalNorm(gradient: Tensor): Tensor {
  return sqrt(sum(square(gradient)));
}

/** The gradient, shortened to `maxNorm` where it is longer. [P] */
export function clipByGlobalNorm(gradient: Tensor, norm: Tensor, maxNorm: number): Tensor {
  return mul(gradient, div(maxNorm, maximum(norm, maxNorm)));
}
