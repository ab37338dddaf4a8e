import { Rng } from '@mikt/core';
import { describe, expect, it } from 'vitest';
import { aggregateInterval, interquartileMean, meanScore, medianScore, optimalityGap } from './aggregates.js';
import { bootstrapInterval } from './intervals.js';

// Tasks with different numbers of runs; means 2, 10, 0.5.
const scores = { Ant: [1, 3], CentipedeSix: [8, 9, 10, 11, 12], Hopper: [0, 0.5, 1] };

describe('aggregates, by hand', () => {
  it('mean and median are those of task means, however many runs a task has', () => {
    expect(meanScore(scores)).toBeCloseTo((2 + 10 + 0.5) / 3, 12);
    expect(medianScore(scores)).toBe(2);
    // An even number of tasks: half-way between 2 and 10.
    expect(medianScore({ ...scores, Walker: [40] })).toBe(6);
  });

  it.each([
    // ⌊n/4⌋ whole scores are left out at each end.
    [[5, 1, 3], 3], // none of 3: (1 + 3 + 5) / 3
    [[1, 2, 4, 100], 3], // 1 of 4: (2 + 4) / 2
    [[7, 1, 2, 3, 4, 5, 100], 4.2], // 1 of 7: (2 + 3 + 4 + 5 + 7) / 5
    [[-50, 90, 1, 2, 3, 4, 5, 100], 3.5], // 2 of 8: 2, 3, 4, 5 of −50, 1 | 2, 3, 4, 5 | 90, 100
  ])('the interquartile mean of %j is %d', (runs, expected) => {
    expect(interquartileMean({ Ant: runs })).toBeCloseTo(expected, 12);
  });

  it('the interquartile mean is of the scores of all tasks together', () => {
    // Sorted: 0, 0.5 | 1, 1, 3, 8, 9, 10 | 11, 12; of n = 10, ⌊2.5⌋ = 2 are left out at each end: 32 / 6. Of task means
    // it would be 12.5 / 3, the mean of tasks' interquartile means (2 + 10 + 0.5) / 3.
    expect(interquartileMean(scores)).toBeCloseTo(32 / 6, 12);
  });

  it('the optimality gap counts no score beyond its threshold', () => {
    // γ = 1: 1 − ((1 + 1)/2 + 1 + (0 + 0.5 + 1)/3) / 3 = 1 − 2.5/3.
    expect(optimalityGap(scores)).toBeCloseTo(1 - 2.5 / 3, 12);
    // γ = 10: 10 − (2 + (8 + 9 + 10 + 10 + 10)/5 + 0.5) / 3 = 10 − 11.9/3.
    expect(optimalityGap(scores, 10)).toBeCloseTo(10 - 11.9 / 3, 12);
    expect(optimalityGap({ Ant: [3, 4] }, 2)).toBe(0);
  });

  it.each([meanScore, medianScore, interquartileMean, optimalityGap])(
    'leave out no run and no task: $name',
    (aggregate) => {
      const many = { Ant: [1, 2, 3, 4, 5, Number.NaN, 6, 7] };
      expect(aggregate(many)).toBeNaN();
      expect(aggregate({ Ant: [1, 2, 3, 4], Hopper: [] })).toBeNaN();
      expect(aggregate({ Ant: [Number.NaN], Hopper: [1], Walker: [2] })).toBeNaN();
      expect(aggregate({})).toBeNaN();
    },
  );

  it('leave the scores as they are', () => {
    const before = structuredClone(scores);
    for (const aggregate of [meanScore, medianScore, interquartileMean, optimalityGap]) aggregate(scores);
    expect(scores).toEqual(before);
  });
});

describe('their interval', () => {
  it('is the bootstrap with the tasks as groups', () => {
    const options = { seed: 4, resamples: 300, level: 0.8 };
    const groups = Object.values(scores);
    const byGroups = (sample: readonly (readonly number[])[]) =>
      interquartileMean({ a: sample[0]!, b: sample[1]!, c: sample[2]! });
    expect(aggregateInterval(scores, interquartileMean, options)).toEqual(
      bootstrapInterval(groups, byGroups, options),
    );
  });

  it('says nothing where a task has one run, or a run no score', () => {
    const single = aggregateInterval({ Ant: [1, 2], Hopper: [3] }, meanScore);
    expect(single).toEqual({ estimate: 2.25, low: Number.NaN, high: Number.NaN });
    const missing = aggregateInterval({ Ant: [1, 2, 3, 4, Number.NaN] }, interquartileMean);
    expect(missing).toEqual({ estimate: Number.NaN, low: Number.NaN, high: Number.NaN });
  });

  it('with three runs per task covers 85 to 88%, as the documentation says', () => {
    const rng = Rng.fromSeed(17);
    const repetitions = 800;
    let covered = 0;
    for (let i = 0; i < repetitions; i++) {
      // Six normal tasks around 0, which by symmetry is the interquartile mean of all; every other time apart.
      const tasks = Array.from({ length: 6 }, (_, task) => [
        `task ${task}`,
        Array.from({ length: 3 }, () => rng.normal() + (i % 2) * 0.5 * (task - 2.5)),
      ]);
      const { low, high } = aggregateInterval(Object.fromEntries(tasks), interquartileMean, {
        resamples: 300,
      });
      if (low <= 0 && 0 <= high) covered++;
    }
    // Three standard errors of a share of 800, √(0.865 · 0.135 / 800) = 0.012 each.
    expect(Math.abs(covered / repetitions - 0.865)).toBeLessThan(0.036);
  });
});
