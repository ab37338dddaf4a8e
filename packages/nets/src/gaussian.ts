import { add, div, exp, mul, square, sub, sum, type Tensor } from '@mikt/graph';

export const LOG_2PI = Math.log(2 * Math.PI);

/** mean + σ·noise. mean, noise: [B, A]; logStandardDeviation: [A]; result: [B, A] */
export function sampleGaussian(mean: Tensor, logStandardDeviation: Tensor, noise: Tensor): Tensor {
  return add(mean, mul(exp(logStandardDeviation), noise));
}

/** Log density of a diagonal Gaussian. mean, x: [B, A]; logStandardDeviation: [A]; result: [B] */
export function gaussianLogProbability(mean: Tensor, logStandardDeviation: Tensor, x: Tensor): Tensor {
  const size = mean.shape[1]!;
  const distance = sum(square(div(sub(x, mean), exp(logStandardDeviation))), [1]);
  const logVolume = add(sum(logStandardDeviation), 0.5 * size * LOG_2PI);
  return sub(mul(distance, -0.5), logVolume);
}

/** Differential entropy of a diagonal Gaussian. logStandardDeviation: [A]; result: scalar */
export function gaussianEntropy(logStandardDeviation: Tensor): Tensor {
  const size = logStandardDeviation.shape[0]!;
  return add(sum(logStandardDeviation), 0.5 * size * (LOG_2PI + 1));
}
