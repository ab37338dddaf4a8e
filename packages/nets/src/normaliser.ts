import { add, clip, div, sqrt, sub, type Tensor } from '@mikt/graph';

/** Added to a variance before its root. */
export const NORMALISER_EPSILON = 1e-8;
/** Normalised values are limited to this magnitude. */
export const NORMALISER_CLIP = 10;

/** What a normaliser takes beside its statistics. */
export interface NormaliserConstants {
  readonly epsilon: number;
  /** Infinite where normalised values are not limited. */
  readonly clip: number;
}

/**
 * (x − mean) / √(variance + ε), limited to ±clip.
 * @param x [B, O]
 * @param mean [O]
 * @param variance [O]
 * @param constants default: ε 1e-8 and clip 10
 */
export function normalise(
  x: Tensor,
  mean: Tensor,
  variance: Tensor,
  constants: NormaliserConstants = { epsilon: NORMALISER_EPSILON, clip: NORMALISER_CLIP },
): Tensor {
  const { epsilon, clip: limit } = constants;
  const normalised = div(sub(x, mean), sqrt(add(variance, epsilon)));
  return limit === Number.POSITIVE_INFINITY ? normalised : clip(normalised, -limit, limit);
}

/** Mean and population variance of vectors, as plain data. */
export interface MomentsState {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  readonly count: number;
}

/**
 * A running mean and population variance per entry. Batches are merged by the parallel rule of Chan et al. (1979),
 * so the result depends on the batches and their order, not on who counted them.
 */
export class RunningMoments {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  #count: number;

  /** Starts as Baselines' RunningMeanStd does: mean 0, variance 1, and a count small enough not to matter. */
  constructor(size: number) {
    this.mean = new Float64Array(size);
    this.variance = new Float64Array(size).fill(1);
    this.#count = 1e-4;
  }

  get count(): number {
    return this.#count;
  }

  /** @param rows [n, size], row-major */
  merge(rows: ArrayLike<number>): void {
    const size = this.mean.length;
    const n = rows.length / size;
    if (n === 0) return;
    const total = this.#count + n;
    for (let entry = 0; entry < size; entry++) {
      let sum = 0;
      for (let row = 0; row < n; row++) sum += rows[row * size + entry]!;
      const mean = sum / n;
      let squares = 0;
      for (let row = 0; row < n; row++) squares += (rows[row * size + entry]! - mean) ** 2;
      const shift = mean - this.mean[entry]!;
      const combined =
        this.variance[entry]! * this.#count + squares + (shift * shift * this.#count * n) / total;
      this.mean[entry]! += (shift * n) / total;
      this.variance[entry] = combined / total;
    }
    this.#count = total;
  }

  state(): MomentsState {
    return { mean: this.mean.slice(), variance: this.variance.slice(), count: this.#count };
  }

  restore(state: MomentsState): void {
    this.mean.set(state.mean);
    this.variance.set(state.variance);
    this.#count = state.count;
  }
}
