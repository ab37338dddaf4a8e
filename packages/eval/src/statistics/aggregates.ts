import { type Interval, intervalAt } from './intervals.js';
import type { Scores } from './scores.js';
import { bootstrapTasks, type ScoreBootstrapOptions } from './stratified.js';

/** One number for all scores of a method, NaN where a task has no run or a run no score. */
export type ScoreAggregate = (scores: Scores) => number;

/** Mean over tasks of the mean over runs: a few outlying runs or tasks can make it. */
export function meanScore(scores: Scores): number {
  return mean(taskMeans(scores));
}

/**
 * Median over tasks of the mean over runs; half-way between the two middle tasks where their number is even. It does
 * not notice when almost half of the tasks change, and varies much with few runs.
 */
export function medianScore(scores: Scores): number {
  const means = Float64Array.from(taskMeans(scores)).sort();
  // NaN sorts last.
  if (Number.isNaN(means.at(-1))) return Number.NaN;
  const middle = (means.length - 1) / 2;
  return (means[Math.floor(middle)]! + means[Math.ceil(middle)]!) / 2;
}

/**
 * Interquartile mean (IQM): the mean of the middle half of all scores, of whatever task, hence robust like the median
 * and less variable (Agarwal et al. 2021, section 4.3). Of n scores the ⌊n/4⌋ lowest and the ⌊n/4⌋ highest are left
 * out whole, as by `scipy.stats.trim_mean(scores, 0.25)`. A task with more runs than others weighs more.
 */
export function interquartileMean(scores: Scores): number {
  const tasks = Object.values(scores);
  const sorted = Float64Array.from(tasks.flat()).sort();
  // NaN sorts last, where it would be cut off.
  if (tasks.some((runs) => runs.length === 0) || Number.isNaN(sorted.at(-1))) return Number.NaN;
  const cut = Math.floor(sorted.length / 4);
  return mean(sorted.subarray(cut, sorted.length - cut));
}

/**
 * By how much scores fall short of `threshold` on average, those above it counting as it: γ minus the mean over tasks
 * of the mean over runs of min(score, γ) (Agarwal et al. 2021, section 4.3). Less is better, 0 is best.
 * @param threshold γ, beyond which no score matters; in units of the score
 */
export function optimalityGap(scores: Scores, threshold = 1): number {
  return threshold - mean(taskMeans(scores, (score) => Math.min(score, threshold)));
}

/**
 * An aggregate with its stratified bootstrap interval: runs are drawn within their task, tasks are taken as given.
 * The interval speaks of other seeds on the same tasks, not of other tasks.
 *
 * Few runs per task make it too narrow: for the interquartile mean of normal scores on six tasks, whose means are
 * equal or half a standard deviation apart, an interval of nominally 95% covers 85 to 88% with 3 runs per task, 90%
 * with 5, 93% with 10, 94% with 20 (simulated, and in aggregates.test.ts).
 * @param aggregate e.g. `interquartileMean`, or `(scores) => optimalityGap(scores, 0.8)`
 * @returns bounds NaN where a task has fewer than two runs, or a run no score
 */
export function aggregateInterval(
  scores: Scores,
  aggregate: ScoreAggregate,
  options: ScoreBootstrapOptions = {},
): Interval {
  const samples = [{ tasks: scores, names: options.runs }];
  return intervalAt(
    bootstrapTasks(samples, ([drawn]) => [aggregate(drawn!)], options),
    0,
  );
}

/** For each task, the mean of a value over its runs. */
export function taskMeans(scores: Scores, value: (score: number) => number = (score) => score): number[] {
  return Object.values(scores).map((runs) => mean(runs.map(value)));
}

/** NaN of none. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}
