import { Rng } from '@mikt/core';
import { describe, expect, it } from 'vitest';
import { bootstrapBand, bootstrapInterval, type Interval, intervalAt, welchInterval } from './intervals.js';

const difference = (a: readonly number[], b: readonly number[]) => [
  { values: a, weight: 1 },
  { values: b, weight: -1 },
];
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const differenceOfMeans = ([a, b]: readonly (readonly number[])[]) => mean(a!) - mean(b!);

describe("Welch's interval", () => {
  // scipy.stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.95); the samples are the first example of
  // Wikipedia's page on Welch's t-test (ν = 24.99).
  it('is the published one', () => {
    const a = [27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4];
    const b = [27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 20.5, 24.4];
    const { estimate, low, high } = welchInterval(difference(a, b));
    expect(estimate).toBeCloseTo(20.82 - 22.986667, 6);
    expect(low).toBeCloseTo(-3.984096267140929, 9);
    expect(high).toBeCloseTo(-0.3492370661924069, 9);
    const three = welchInterval(difference([1085, 777, 920], [407, 510, 380]));
    expect([three.low, three.high]).toEqual([
      expect.closeTo(169.38158857857002, 8),
      expect.closeTo(820.6184114214301, 8),
    ]);
  });

  it('of several differences is worked by hand', () => {
    // Means 2 and 5; variances 1 and 4 of 3 each. ½·2 − ½·5 = −1.5; variance ¼·⅓ + ¼·4/3 = 5/12;
    // ν = (5/12)² / ((1/12)²/2 + (4/12)²/2) = 25 / (17/2) = 50/17; the quantile at 0.975 is
    // 3.218758614532882 (scipy.stats.t.ppf(0.975, 50 / 17)).
    const groups = [
      { values: [1, 2, 3], weight: 0.5 },
      { values: [3, 5, 7], weight: -0.5 },
    ];
    const { estimate, low, high } = welchInterval(groups);
    expect(estimate).toBe(-1.5);
    expect((high - low) / 2 / Math.sqrt(5 / 12)).toBeCloseTo(3.218758614532882, 8);
  });

  it('says nothing about single runs', () => {
    expect(welchInterval(difference([1], [2, 3]))).toEqual({
      estimate: -1.5,
      low: Number.NaN,
      high: Number.NaN,
    });
    expect(welchInterval(difference([1, 1], [0, 0]))).toEqual({ estimate: 1, low: 1, high: 1 });
  });
});

describe('the bootstrap', () => {
  it('lies at the quantiles of all resamples, which for two runs are known', () => {
    // The mean of two draws from {0, 1} is 0, ½, 1 with ¼, ½, ¼: the middle 40% are all ½, the middle 80% reach both ends.
    const of = (level: number) =>
      bootstrapInterval([[0, 1]], ([runs]) => mean(runs!), { level, resamples: 4000 });
    expect(of(0.4)).toEqual({ estimate: 0.5, low: 0.5, high: 0.5 });
    expect(of(0.8)).toEqual({ estimate: 0.5, low: 0, high: 1 });
  });

  it('draws within groups only', () => {
    // Groups that do not vary within: no resample differs, however far apart the groups are.
    const groups = [
      [1, 1, 1],
      [100, 100],
    ];
    expect(bootstrapInterval(groups, differenceOfMeans)).toEqual({ estimate: -99, low: -99, high: -99 });
  });

  it('repeats itself with its seed, and not with another', () => {
    const groups = [
      [1, 2, 4, 8.5],
      [0, 3, 3.3, 5.1],
    ];
    const of = (seed: number) => bootstrapInterval(groups, differenceOfMeans, { seed, resamples: 500 });
    expect(of(1)).toEqual(of(1));
    expect(of(1)).not.toEqual(of(2));
  });

  it('says nothing about single runs, nor where the statistic has no value', () => {
    expect(bootstrapInterval([[1], [2, 3]], differenceOfMeans).low).toBeNaN();
    expect(bootstrapInterval([[0, 1]], ([runs]) => 1 / mean(runs!)).low).toBeNaN();
    expect(() => bootstrapInterval([[0, 1]], () => 0, { level: 95 })).toThrow('between 0 and 1');
  });
});

describe('the bootstrap of several values', () => {
  const groups = [
    [1, 2, 4, 8.5],
    [0, 3, 3.3, 5.1],
  ];

  it('gives each what it has alone, on the same samples', () => {
    const options = { seed: 3, resamples: 500, level: 0.9 };
    const [first] = groups;
    const both = bootstrapBand(groups, ([a, b]) => [mean(a!), mean(a!) - mean(b!)], options);
    expect(intervalAt(both, 0)).toEqual(bootstrapInterval(groups, ([a]) => mean(a!), options));
    expect(intervalAt(both, 1)).toEqual(bootstrapInterval(groups, differenceOfMeans, options));
    expect(intervalAt(both, 0).estimate).toBe(mean(first!));
  });

  it('says nothing only where the statistic has no value', () => {
    const { low, high } = bootstrapBand([[0, 1]], ([runs]) => [1 / mean(runs!), mean(runs!)]);
    expect([...low, ...high]).toEqual([Number.NaN, 0, Number.NaN, 1]);
    const single = bootstrapBand([[1]], ([runs]) => [mean(runs!), 2]);
    expect(single.estimate).toEqual(Float64Array.of(1, 2));
    expect([...single.low, ...single.high]).toEqual(Array(4).fill(Number.NaN));
  });
});

/** The share of intervals that cover a difference of 0 between two groups of normal values, σ 1 and 3. */
function coverage(
  runs: number,
  repetitions: number,
  interval: (a: number[], b: number[]) => Interval,
): number {
  const rng = Rng.fromSeed(17).fork(runs);
  const draw = (deviation: number) => Array.from({ length: runs }, () => deviation * rng.normal());
  let covered = 0;
  for (let i = 0; i < repetitions; i++) {
    const { low, high } = interval(draw(1), draw(3));
    if (low <= 0 && 0 <= high) covered++;
  }
  return covered / repetitions;
}

describe('coverage of 95% intervals, as the documentation says', () => {
  const welch = (a: number[], b: number[]) => welchInterval(difference(a, b));
  const bootstrap = (a: number[], b: number[]) =>
    bootstrapInterval([a, b], differenceOfMeans, { resamples: 400 });

  it.each([
    [3, 0.95],
    [10, 0.95],
  ])("Welch's with %d runs: about %d", (runs, share) => {
    expect(Math.abs(coverage(runs, 4000, welch) - share)).toBeLessThan(0.012);
  });

  it.each([
    [3, 0.77],
    [10, 0.9],
  ])('the bootstrap with %d runs: about %d', (runs, share) => {
    expect(Math.abs(coverage(runs, 1500, bootstrap) - share)).toBeLessThan(0.03);
  });
});
