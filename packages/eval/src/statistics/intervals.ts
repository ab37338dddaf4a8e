import { InvalidInputError, Rng } from '@mikt/core';
import { meanAndDeviation } from '../curves.js';
import { tQuantile } from './student-t.js';

/** An estimate with its confidence interval; the bounds are NaN where there is no saying. */
export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** Independent runs with one expected value, and the weight of their mean in a sum. */
export interface WeightedGroup {
  /** One value per run. */
  readonly values: readonly number[];
  readonly weight: number;
}

/**
 * A weighted sum of group means Σ w·mean, with an interval by Student's t; variances may differ between groups
 * (Welch 1947, with Satterthwaite's degrees of freedom). Weights 1 and −1 give Welch's interval for the difference
 * of two means; several pairs of groups give one for a mean of differences.
 *
 * It needs normal values, and with them keeps its nominal 95% down to three runs each (simulated: 94 to 96%, with
 * equal standard deviations and with one three times the other), so with few seeds this is the interval to read.
 * @param level probability that the interval covers, e.g. 0.95
 * @returns bounds NaN where a group has fewer than two values
 */
export function welchInterval(groups: readonly WeightedGroup[], level = 0.95): Interval {
  checkLevel(level);
  const parts = groups.map(({ values, weight }) => {
    const { mean, standardDeviation } = meanAndDeviation(values);
    return {
      term: weight * mean,
      variance: (weight * standardDeviation) ** 2 / values.length,
      degrees: values.length - 1,
    };
  });
  const estimate = parts.reduce((sum, { term }) => sum + term, 0);
  const variance = parts.reduce((sum, part) => sum + part.variance, 0);
  if (Number.isNaN(variance)) return { estimate, low: Number.NaN, high: Number.NaN };
  if (variance === 0) return { estimate, low: estimate, high: estimate };
  const degrees = variance ** 2 / parts.reduce((sum, part) => sum + part.variance ** 2 / part.degrees, 0);
  const margin = tQuantile((1 + level) / 2, degrees) * Math.sqrt(variance);
  return { estimate, low: estimate - margin, high: estimate + margin };
}

export interface BootstrapOptions {
  /** Default 10,000. */
  readonly resamples?: number;
  /** Default 0; the same seed gives the same interval. */
  readonly seed?: number;
  /** Probability that the interval is meant to cover. Default 0.95. */
  readonly level?: number;
}

/**
 * Stratified percentile bootstrap over runs (Efron & Tibshirani 1993, ch. 13; for scores of runs on several tasks,
 * Agarwal et al. 2021): runs are drawn with replacement within their group, and the interval is between the
 * quantiles of the statistic. It assumes nothing about the distribution and serves any statistic.
 *
 * Few runs make it too narrow: for the difference of two means of normal values an interval of nominally 95% covers
 * 77 to 80% with 3 runs each, 84 to 87% with 5, 90% with 10, 92 to 93% with 30 (simulated as for `welchInterval`, and
 * in intervals.test.ts). With three seeds read `welchInterval` instead where there is one.
 * @param groups runs, of any type, that are alike within a group
 * @param statistic of a sample that has the shape of `groups`; the sample is overwritten by the next one
 * @returns bounds NaN where a group has fewer than two runs, or the statistic is not finite for some sample
 */
export function bootstrapInterval<T>(
  groups: readonly (readonly T[])[],
  statistic: (groups: readonly (readonly T[])[]) => number,
  options?: BootstrapOptions,
): Interval {
  return intervalAt(
    bootstrapBand(groups, (sample) => [statistic(sample)], options),
    0,
  );
}

/** Estimates at K points, such as steps or thresholds, each with its own confidence interval, [K] each. */
export interface Band {
  readonly estimate: Float64Array;
  /** NaN where there is no saying. */
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** A band's interval at one of its points. @param point from 0 to K − 1 */
export function intervalAt({ estimate, low, high }: Band, point: number): Interval {
  return { estimate: estimate[point]!, low: low[point]!, high: high[point]! };
}

/**
 * `bootstrapInterval` for a statistic of several values: all are computed on the same samples. The intervals are
 * pointwise: each covers with its level, all of them at once with less.
 * @param statistic of a sample that has the shape of `groups`, [K]; the sample is overwritten by the next one
 * @returns bounds NaN at a point whose statistic is not finite for some sample; all NaN where a group has fewer than
 *   two runs
 */
export function bootstrapBand<T>(
  groups: readonly (readonly T[])[],
  statistic: (groups: readonly (readonly T[])[]) => ArrayLike<number>,
  { resamples = 10_000, seed = 0, level = 0.95 }: BootstrapOptions = {},
): Band {
  checkLevel(level);
  if (!Number.isSafeInteger(resamples) || resamples < 1) {
    throw new InvalidInputError(`the number of resamples is a whole number from 1, got ${resamples}.`);
  }
  const estimate = Float64Array.from(statistic(groups));
  const low = new Float64Array(estimate.length).fill(Number.NaN);
  const high = low.slice();
  if (groups.some((group) => group.length < 2)) return { estimate, low, high };
  const rng = Rng.fromSeed(seed).fork('bootstrap');
  const sample = groups.map((group) => [...group]);
  const statistics = Array.from(estimate, () => new Float64Array(resamples));
  for (let i = 0; i < resamples; i++) {
    groups.forEach((group, g) => {
      for (let run = 0; run < group.length; run++) sample[g]![run] = group[rng.integer(group.length)]!;
    });
    const values = statistic(sample);
    for (let point = 0; point < statistics.length; point++) statistics[point]![i] = values[point]!;
  }
  statistics.forEach((values, point) => {
    if (!values.every(Number.isFinite)) return;
    values.sort();
    low[point] = quantileOfSorted(values, (1 - level) / 2);
    high[point] = quantileOfSorted(values, (1 + level) / 2);
  });
  return { estimate, low, high };
}

/** Linear between order statistics (type 7 of Hyndman & Fan 1996, the default of NumPy and R). */
function quantileOfSorted(sorted: Float64Array, probability: number): number {
  const position = probability * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!);
}

function checkLevel(level: number): void {
  if (level > 0 && level < 1) return;
  throw new InvalidInputError(`an interval's level is between 0 and 1, such as 0.95, got ${level}.`);
}
