import { describe, expect, it } from 'vitest';
import { aggregateInterval, meanScore } from './aggregates.js';
import { improvementInterval } from './improvement.js';

const scores = { 'Four to Eight': [0, 1], 'Six to Eight': [0, 1] };
const scratch = ['scratch-s1', 'scratch-s2'];

describe('runs that tasks have in common', () => {
  it('are drawn together', () => {
    // Drawn once, the mean of both tasks is 0, ½, 1 with ¼, ½, ¼, so the middle 80% reach both ends. Drawn apart it is
    // the mean of four draws, 0 and 1 with 1/16 each: the middle 80% are ¼ to ¾.
    const options = { resamples: 4000, level: 0.8 };
    const runs = { 'Four to Eight': scratch, 'Six to Eight': scratch };
    expect(aggregateInterval(scores, meanScore, { ...options, runs })).toEqual({
      estimate: 0.5,
      low: 0,
      high: 1,
    });
    expect(aggregateInterval(scores, meanScore, options)).toEqual({ estimate: 0.5, low: 0.25, high: 0.75 });
    const own = { 'Four to Eight': ['a', 'b'], 'Six to Eight': ['c', 'd'] };
    expect(aggregateInterval(scores, meanScore, { ...options, runs: own })).toEqual(
      aggregateInterval(scores, meanScore, options),
    );
  });

  it('keep the scores of one run together, though they differ between tasks', () => {
    // The second run is better by 1 on one task and worse by 1 on the other: no sample changes the mean of both.
    const opposite = { a: [0, 1], b: [1, 0] };
    const runs = { a: scratch, b: scratch };
    expect(aggregateInterval(opposite, meanScore, { runs })).toEqual({ estimate: 0.5, low: 0.5, high: 0.5 });
  });

  it('are a matter of one side of a comparison', () => {
    // X is always 0.5. Y's runs shared: the share of wins is 0, ½, 1 with ¼, ½, ¼; apart, the middle 80% are ¼ to ¾.
    const x = { 'Four to Eight': [0.5, 0.5], 'Six to Eight': [0.5, 0.5] };
    const options = { resamples: 4000, level: 0.8 };
    const yRuns = { 'Four to Eight': scratch, 'Six to Eight': scratch };
    expect(improvementInterval(x, scores, { ...options, yRuns })).toMatchObject({ low: 0, high: 1 });
    expect(improvementInterval(x, scores, { ...options, xRuns: yRuns })).toMatchObject({
      low: 0.25,
      high: 0.75,
    });
  });

  it('are all of them, by a name each', () => {
    const of = (runs: Record<string, string[]>) => () => aggregateInterval(scores, meanScore, { runs });
    expect(of({ 'Four to Eight': scratch })).toThrow(
      'the 2 runs of the task Six to Eight need a name each, got none.',
    );
    expect(of({ 'Four to Eight': scratch, 'Six to Eight': ['a', 'a'] })).toThrow('name each, got a, a.');
    expect(of({ 'Four to Eight': scratch, 'Six to Eight': ['scratch-s2', 'other'] })).toThrow(
      'the tasks Four to Eight and Six to Eight have the run scratch-s2 in common; ' +
        'give such tasks all of their runs in common, in the same order.',
    );
  });
});
