import { describe, expect, it } from 'vitest';
import { averageScoreDistribution, performanceProfile, runScoreDistribution } from './profiles.js';

// Task means 2 and 0.5.
const scores = { Ant: [1, 2, 3], Hopper: [0, 1] };

describe('score distributions, by hand', () => {
  it('over runs: the mean of the tasks’ shares above the threshold, not at it', () => {
    expect(runScoreDistribution(scores, -1)).toBe(1);
    // Above 1: 2 of 3 and 0 of 2.
    expect(runScoreDistribution(scores, 1)).toBeCloseTo(1 / 3, 12);
    // Above 0.5: all of 3 and 1 of 2.
    expect(runScoreDistribution(scores, 0.5)).toBe(0.75);
    expect(runScoreDistribution(scores, 3)).toBe(0);
  });

  it('over tasks: the share of task means above the threshold', () => {
    expect([0, 0.5, 1.9, 2].map((threshold) => averageScoreDistribution(scores, threshold))).toEqual([
      1, 0.5, 0.5, 0,
    ]);
  });

  it.each([runScoreDistribution, averageScoreDistribution])('have no value without a score: $name', (of) => {
    expect(of({ Ant: [1, Number.NaN], Hopper: [1] }, 0)).toBeNaN();
    expect(of({ Ant: [1], Hopper: [] }, 0)).toBeNaN();
    expect(of(scores, Number.NaN)).toBeNaN();
  });
});

describe('performance profiles', () => {
  it('have the distribution and its interval at each threshold', () => {
    // Of two runs 0 and 1, samples have a share above ½ of 0, ½, 1 with ¼, ½, ¼.
    const pair = { Ant: [0, 1] };
    const thresholds = [-1, 0.5, 2];
    const of = (level: number) => performanceProfile(pair, thresholds, { level });
    expect(of(0.8)).toEqual({
      estimate: Float64Array.of(1, 0.5, 0),
      low: Float64Array.of(1, 0, 0),
      high: Float64Array.of(1, 1, 0),
    });
    expect(of(0.4)).toMatchObject({ low: Float64Array.of(1, 0.5, 0), high: Float64Array.of(1, 0.5, 0) });
  });

  it('repeat themselves with their seed, and not with another', () => {
    const many = { Ant: Array.from({ length: 40 }, (_, i) => i), Hopper: [0, 7, 20] };
    const of = (seed: number) => performanceProfile(many, [3, 10, 19, 33], { seed, resamples: 100 });
    expect(of(1)).toEqual(of(1));
    expect(of(1)).not.toEqual(of(2));
  });
});
