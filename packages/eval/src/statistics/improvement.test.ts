import { Rng } from '@mikt/core';
import { describe, expect, it } from 'vitest';
import { improvementInterval, probabilityOfImprovement } from './improvement.js';

describe('probability of improvement', () => {
  it('is the mean over tasks of the share of pairs won, ties half', () => {
    // Ant: 1 beats 0 and ties 1: 1.5; 3 beats 0 and 1, ties 3: 2.5; 4 of 6 pairs. Hopper: 0 beats none of 3: 0 of 3.
    const x = { Ant: [1, 3], Hopper: [0] };
    const y = { Hopper: [1, 2, 3], Ant: [0, 1, 3] };
    expect(probabilityOfImprovement(x, y)).toBeCloseTo(4 / 6 / 2, 12);
    expect(probabilityOfImprovement(y, x)).toBeCloseTo(1 - 4 / 6 / 2, 12);
    expect(probabilityOfImprovement(x, x)).toBe(0.5);
  });

  it('has no value where a task has no run, or a run no score', () => {
    expect(probabilityOfImprovement({ Ant: [1, Number.NaN] }, { Ant: [0] })).toBeNaN();
    expect(probabilityOfImprovement({ Ant: [] }, { Ant: [0] })).toBeNaN();
  });

  it('is on the same tasks', () => {
    expect(() => probabilityOfImprovement({ Ant: [1] }, { Ant: [1], Hopper: [2] })).toThrow(
      'methods are compared on the same tasks, got Ant and Ant, Hopper; give both the tasks that both have.',
    );
    expect(() => probabilityOfImprovement({ Ant: [1] }, { Hopper: [2] })).toThrow('got Ant and Hopper');
  });
});

describe('its interval', () => {
  it('draws both methods, apart', () => {
    // Two draws each of {0, 2} and {1, 3}: P(X > Y) of a sample is (share of 2s in X) · (share of 1s in Y), shares 0, ½, 1
    // with ¼, ½, ¼. It is 0 with 1 − (3/4)² = 7/16, ¼ with ¼, ½ with ¼, 1 with 1/16: the quantile at 0.9 is ½, at 0.97 it
    // is 1. Were only one drawn, it could not exceed ½.
    const of = (level: number) =>
      improvementInterval({ Ant: [0, 2] }, { Ant: [1, 3] }, { level, resamples: 4000 });
    expect(of(0.8)).toEqual({ estimate: 0.25, low: 0, high: 0.5 });
    expect(of(0.94)).toEqual({ estimate: 0.25, low: 0, high: 1 });
  });

  it('has no width where all runs of one method beat all of the other', () => {
    expect(improvementInterval({ Ant: [2, 3] }, { Ant: [0, 1] })).toEqual({ estimate: 1, low: 1, high: 1 });
    expect(improvementInterval({ Ant: [2, 3] }, { Ant: [0] }).low).toBeNaN();
  });

  it('between equal methods with three runs per task covers 92%, as the documentation says', () => {
    const rng = Rng.fromSeed(17);
    const draw = () =>
      Object.fromEntries(
        Array.from({ length: 6 }, (_, task) => [task, Array.from({ length: 3 }, () => rng.normal())]),
      );
    const repetitions = 600;
    let covered = 0;
    for (let i = 0; i < repetitions; i++) {
      const { low, high } = improvementInterval(draw(), draw(), { resamples: 200 });
      if (low <= 0.5 && 0.5 <= high) covered++;
    }
    // Three standard errors of a share of 600, √(0.92 · 0.08 / 600) = 0.011 each.
    expect(Math.abs(covered / repetitions - 0.92)).toBeLessThan(0.033);
  });
});
