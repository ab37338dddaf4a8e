import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  aggregateInterval,
  interquartileMean,
  meanScore,
  medianScore,
  optimalityGap,
  type ScoreAggregate,
} from './aggregates.js';
import { improvementInterval, probabilityOfImprovement } from './improvement.js';
import { type Band, type BootstrapOptions, type Interval, intervalAt } from './intervals.js';
import { averageScoreDistribution, performanceProfile, runScoreDistribution } from './profiles.js';
import { sampleEfficiency } from './sample-efficiency.js';
import type { Scores } from './scores.js';

// Everything in rliable.json was written by bench/peers/rliable/reference.py, which calls rliable 1.2.0.

/** Bounds of bootstrap intervals: mean and standard deviation over `batches` intervals of `resamples` each, [K]. */
interface Bounds {
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly lowDeviation: readonly number[];
  readonly highDeviation: readonly number[];
}
type Estimates = { readonly estimate: readonly number[] };
type Method = 'x' | 'y' | 'even';

interface Reference {
  readonly batches: number;
  readonly resamples: number;
  readonly scores: Readonly<Record<Method, Scores>>;
  readonly aggregates: { readonly names: readonly string[] } & Readonly<Record<Method, readonly number[]>>;
  readonly aggregateIntervals: Readonly<Record<'x' | 'even', Bounds>>;
  readonly aggregateIntervals80: { readonly x: Bounds };
  readonly improvement: Readonly<Record<'xOverY' | 'yOverX' | 'xOverX', number>>;
  readonly improvementInterval: { readonly xOverY: Bounds };
  readonly thresholds: readonly number[];
  readonly profiles: Readonly<Record<'runs' | 'tasks', Bounds & Estimates>>;
  readonly steps: readonly number[];
  readonly curves: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly sampleEfficiency: Bounds & Estimates;
}

const reference: Reference = JSON.parse(
  readFileSync(new URL('./testdata/rliable.json', import.meta.url), 'utf8'),
);
const { x, y } = reference.scores;

/** By the names that the reference gives them, in its order. */
const AGGREGATES: Readonly<Record<string, ScoreAggregate>> = {
  mean: meanScore,
  median: medianScore,
  interquartileMean,
  optimalityGap,
  optimalityGapHalf: (scores) => optimalityGap(scores, 0.5),
};
const BATCHES = 20;

/**
 * One bound of a percentile interval from B samples is the quantile of B draws: it varies from seed to seed. Its mean
 * over some seeds is compared with rliable's, the difference of two means within 4 standard errors, which are taken
 * from how both bounds vary. For 2,000 samples that tells a tail of 2.5% from one of 2.1% or 2.9%. A bound that no
 * seed changes (scores are few, so quantiles may lie well within a step) must agree to rounding.
 */
function expectSameBounds(interval: (options: BootstrapOptions) => Interval, bounds: Bounds, point: number) {
  const ours = Array.from({ length: BATCHES }, (_, seed) =>
    interval({ seed, resamples: reference.resamples }),
  );
  for (const side of ['low', 'high'] as const) {
    const values = ours.map((each) => each[side]);
    const mean = values.reduce((sum, value) => sum + value, 0) / BATCHES;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (BATCHES - 1);
    const theirs = bounds[`${side}Deviation`][point]! ** 2 / reference.batches;
    const error = Math.abs(mean - bounds[side][point]!);
    expect(error, `${side} ${mean}`).toBeLessThan(4 * Math.sqrt(variance / BATCHES + theirs) + 1e-9);
  }
}

/** Of every point of a band, which is computed once per seed. */
function expectSameBand(band: (options: BootstrapOptions) => Band, bounds: Bounds) {
  const bySeed = new Map<number | undefined, Band>();
  bounds.low.forEach((_, point) => {
    expectSameBounds(
      (options) => {
        const known = bySeed.get(options.seed) ?? band(options);
        bySeed.set(options.seed, known);
        return intervalAt(known, point);
      },
      bounds,
      point,
    );
  });
}

describe('as rliable', () => {
  // metrics.aggregate_mean, aggregate_median, aggregate_iqm, aggregate_optimality_gap(gamma=1 and 0.5)
  it.each(Object.keys(reference.scores) as Method[])('aggregates of %s', (method) => {
    const { names } = reference.aggregates;
    expect(names).toEqual(Object.keys(AGGREGATES));
    names.forEach((name, i) => {
      expect(AGGREGATES[name]!(reference.scores[method]), name).toBeCloseTo(
        reference.aggregates[method][i]!,
        12,
      );
    });
  });

  // library.get_interval_estimates({'': scores}, statistic)
  it.each(['x', 'even'] as const)('intervals of aggregates of %s', (method) => {
    reference.aggregates.names.forEach((name, i) => {
      expectSameBounds(
        (options) => aggregateInterval(reference.scores[method], AGGREGATES[name]!, options),
        reference.aggregateIntervals[method],
        i,
      );
    });
  });

  // library.get_interval_estimates({'': scores}, statistic, confidence_interval_size=0.8)
  it('intervals of another level', () => {
    const index = reference.aggregates.names.indexOf('interquartileMean');
    expectSameBounds(
      (options) => aggregateInterval(x, interquartileMean, { ...options, level: 0.8 }),
      reference.aggregateIntervals80.x,
      index,
    );
  });

  // metrics.probability_of_improvement(x, y)
  it('probability of improvement', () => {
    const { xOverY, yOverX, xOverX } = reference.improvement;
    expect(probabilityOfImprovement(x, y)).toBeCloseTo(xOverY, 12);
    expect(probabilityOfImprovement(y, x)).toBeCloseTo(yOverX, 12);
    expect(probabilityOfImprovement(x, x)).toBeCloseTo(xOverX, 12);
  });

  // library.get_interval_estimates({'': [x, y]}, metrics.probability_of_improvement)
  it('its interval', () => {
    expectSameBounds(
      (options) => improvementInterval(x, y, options),
      reference.improvementInterval.xOverY,
      0,
    );
  });

  // library.create_performance_profile({'': x}, thresholds, use_score_distribution=True and False)
  it.each([
    ['runs', runScoreDistribution],
    ['tasks', averageScoreDistribution],
  ] as const)('performance profile over %s, and its band', (name, distribution) => {
    const { estimate, ...bounds } = reference.profiles[name];
    const profile = (options: BootstrapOptions) =>
      performanceProfile(x, reference.thresholds, { ...options, distribution });
    estimate.forEach((share, i) => {
      expect(profile({ resamples: 1 }).estimate[i]).toBeCloseTo(share, 12);
    });
    expectSameBand(profile, bounds);
  });

  // library.get_interval_estimates({'': curves}, metrics.aggregate_iqm of each step)
  it('sample efficiency curve, and its band', () => {
    const { steps } = reference;
    const curves = Object.fromEntries(
      Object.entries(reference.curves).map(([task, runs]) => [
        task,
        runs.map((values) => ({ steps, values })),
      ]),
    );
    const { estimate, ...bounds } = reference.sampleEfficiency;
    const efficiency = (options: BootstrapOptions) => sampleEfficiency(curves, steps, options);
    estimate.forEach((value, i) => {
      expect(efficiency({ resamples: 1 }).estimate[i]).toBeCloseTo(value, 12);
    });
    expectSameBand(efficiency, bounds);
  });
});
