import { describe, expect, it } from 'vitest';
import type { Curve } from '../curves.js';
import { aggregateInterval, interquartileMean, meanScore } from './aggregates.js';
import { intervalAt } from './intervals.js';
import { sampleEfficiency } from './sample-efficiency.js';

const curve = (steps: readonly number[], values: readonly number[]): Curve => ({ steps, values });

describe('sample efficiency curves', () => {
  it('are the aggregate of what each run had last measured at each step, by hand', () => {
    const curves = {
      Ant: [curve([100, 200, 300], [0, 10, 20]), curve([150, 300], [4, 8])],
      Hopper: [curve([100, 300], [1, 3])],
    };
    // At 150: 0, 4 and 1; at 200: 10, 4, 1; at 300: 20, 8, 3. At 100 the second run has measured nothing yet, at 400 all
    // have ended.
    const { estimate } = sampleEfficiency(curves, [100, 150, 200, 300, 400], { aggregate: meanScore });
    expect(estimate).toEqual(Float64Array.of(Number.NaN, (2 + 1) / 2, (7 + 1) / 2, (14 + 3) / 2, Number.NaN));
  });

  it('have at each step the interval of the scores there', () => {
    const runs = [
      [0, 3, 9],
      [1, 2, 5],
      [4, 4, 4],
      [2, 8, 7],
    ];
    const steps = [10, 20, 30];
    const curves = {
      Ant: runs.map((values) => curve(steps, values)),
      Hopper: runs.map((values) => curve(steps, values.toReversed())),
    };
    const options = { seed: 2, resamples: 400 };
    const band = sampleEfficiency(curves, steps, options);
    steps.forEach((_, point) => {
      const scores = {
        Ant: runs.map((values) => values[point]!),
        Hopper: runs.map((values) => values[2 - point]!),
      };
      expect(intervalAt(band, point)).toEqual(aggregateInterval(scores, interquartileMean, options));
    });
  });

  it('say nothing where a run has no value, and keep the other steps', () => {
    const curves = { Ant: [curve([1, 2, 3], [1, 2, 3]), curve([1, 2], [5, 6])] };
    const { estimate, low, high } = sampleEfficiency(curves, [1, 2, 3]);
    expect(estimate).toEqual(Float64Array.of(3, 4, Number.NaN));
    expect([low[1], high[1], low[2], high[2]]).toEqual([2, 6, Number.NaN, Number.NaN]);
  });

  it('draw runs that tasks have in common once', () => {
    const pair = [curve([1], [0]), curve([1], [1])];
    const names = ['scratch-s1', 'scratch-s2'];
    const options = { aggregate: meanScore, level: 0.8 };
    const of = (runs?: Record<string, string[]>) =>
      intervalAt(sampleEfficiency({ a: pair, b: pair }, [1], { ...options, runs }), 0);
    expect(of({ a: names, b: names })).toEqual({ estimate: 0.5, low: 0, high: 1 });
    expect(of()).toEqual({ estimate: 0.5, low: 0.25, high: 0.75 });
  });
});
