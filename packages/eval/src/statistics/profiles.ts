import { mean, taskMeans } from './aggregates.js';
import type { Band } from './intervals.js';
import type { Scores } from './scores.js';
import { bootstrapTasks, type ScoreBootstrapOptions } from './stratified.js';

/** The share of scores above a threshold, NaN where a task has no run or a run no score. */
export type ScoreDistribution = (scores: Scores, threshold: number) => number;

/**
 * The share of runs that score above a threshold τ: the mean over tasks of each task's share (Agarwal et al. 2021,
 * section 4.2). Unbiased, and it shows how runs vary.
 */
export function runScoreDistribution(scores: Scores, threshold: number): number {
  return mean(taskMeans(scores, (score) => isAbove(score, threshold)));
}

/**
 * The share of tasks whose mean score is above a threshold τ: with few runs biased, and blind to how they vary
 * (Agarwal et al. 2021, section 4.2).
 */
export function averageScoreDistribution(scores: Scores, threshold: number): number {
  return mean(taskMeans(scores).map((score) => isAbove(score, threshold)));
}

/** NaN where one of them is. */
function isAbove(score: number, threshold: number): number {
  return score > threshold ? 1 : score <= threshold ? 0 : Number.NaN;
}

export interface ProfileOptions extends ScoreBootstrapOptions {
  /** Default `runScoreDistribution`. */
  readonly distribution?: ScoreDistribution | undefined;
}

/**
 * A performance profile (Agarwal et al. 2021, section 4.2): the share of scores above each threshold, with pointwise
 * stratified bootstrap intervals. One that is nowhere below another is stochastically better. Default resamples:
 * 2,000, as in rliable.
 * @param thresholds τ, in units of the score, [K]
 * @returns [K] each
 */
export function performanceProfile(
  scores: Scores,
  thresholds: ArrayLike<number>,
  options: ProfileOptions = {},
): Band {
  const { distribution = runScoreDistribution, runs, resamples = 2000 } = options;
  return bootstrapTasks(
    [{ tasks: scores, names: runs }],
    ([drawn]) => Float64Array.from(thresholds, (threshold) => distribution(drawn!, threshold)),
    { ...options, resamples },
  );
}
