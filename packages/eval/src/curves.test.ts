import { describe, expect, it } from 'vitest';
import { aggregate, finalReturn, meanAndDeviation, resample, stepGrid } from './curves.js';

const nan = Number.NaN;
const plain = (values: ArrayLike<number>) => Array.from(values);

describe('stepGrid', () => {
  it('spans 0 to the last step evenly', () => {
    expect(plain(stepGrid(1000, 5))).toEqual([0, 250, 500, 750, 1000]);
    expect(() => stepGrid(1000, 1)).toThrow('at least 2 points, got 1');
  });
});

describe('resample', () => {
  const curve = { steps: [100, 200, 300, 400], values: [1, 2, nan, 4] };

  it('holds the last value at or before each step, and is empty before, in gaps and after', () => {
    // 50: before the first. 100: exactly the first. 199: still the first. 300 and 350: measured, but empty.
    // 400: the last. 401: beyond what the run has done.
    expect(plain(resample(curve, [50, 100, 199, 200, 300, 350, 400, 401]))).toEqual([
      nan,
      1,
      1,
      2,
      nan,
      nan,
      4,
      nan,
    ]);
  });

  it('takes the later of two values at one step', () => {
    expect(plain(resample({ steps: [100, 100], values: [1, 2] }, [100]))).toEqual([2]);
  });

  it('is empty everywhere for an empty curve', () => {
    expect(plain(resample({ steps: [], values: [] }, [0, 1]))).toEqual([nan, nan]);
  });

  it('refuses a curve with a value too few', () => {
    expect(() => resample({ steps: [1, 2], values: [1] }, [1])).toThrow('got 1 and 2');
  });
});

describe('aggregate', () => {
  it('gives mean, sample deviation, extremes and count over the runs that have a value', () => {
    // Point 0: 2, 4, 9. Mean 15/3 = 5; squares 9 + 1 + 16 = 26; 26/2 = 13; sqrt(13).
    // Point 1: 1 and 4. Mean 2.5; squares 2.25 + 2.25 = 4.5; 4.5/1; sqrt(4.5).
    // Point 2: 7 alone: no deviation. Point 3: nothing.
    const statistics = aggregate([
      [2, 1, nan, nan],
      [4, nan, 7, nan],
      [9, 4, nan, nan],
    ]);
    expect(plain(statistics.mean)).toEqual([5, 2.5, 7, nan]);
    expect(plain(statistics.standardDeviation)).toEqual([Math.sqrt(13), Math.sqrt(4.5), nan, nan]);
    expect(plain(statistics.min)).toEqual([2, 1, 7, nan]);
    expect(plain(statistics.max)).toEqual([9, 4, 7, nan]);
    expect(plain(statistics.count)).toEqual([3, 2, 1, 0]);
  });

  it('refuses curves on different grids, and takes none for empty', () => {
    expect(() => aggregate([[1], [1, 2]])).toThrow('got 1 and 2');
    expect(aggregate([]).mean).toHaveLength(0);
  });
});

it('meanAndDeviation of 1, 2, 3, 4 is 2.5 and sqrt(5/3)', () => {
  // squares: 2.25 + 0.25 + 0.25 + 2.25 = 5, over 4 - 1
  expect(meanAndDeviation([1, 2, 3, 4])).toEqual({ mean: 2.5, standardDeviation: Math.sqrt(5 / 3) });
});

it('finalReturn is the last value that is there', () => {
  expect(finalReturn([1, 2, nan])).toBe(2);
  expect(finalReturn([nan, nan])).toBeUndefined();
  expect(finalReturn([])).toBeUndefined();
});
