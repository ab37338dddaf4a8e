import { Rng } from '@mikt/core';
import { createReferenceEngine, input } from '@mikt/graph';
import { describe, expect, it } from 'vitest';
import { normalise, RunningMoments } from './index.js';

describe('RunningMoments', () => {
  it('agrees with mean and population variance of all rows, however they were divided', () => {
    const rows = Rng.fromSeed(1)
      .fillNormal(new Float64Array(300))
      .map((x, i) => 5 * x + (i % 3));
    const whole = new RunningMoments(3);
    whole.merge(rows);
    const parts = new RunningMoments(3);
    for (const [begin, end] of [
      [0, 30],
      [30, 33],
      [33, 300],
    ] as const)
      parts.merge(rows.subarray(begin, end));
    for (let entry = 0; entry < 3; entry++) {
      const column = rows.filter((_, i) => i % 3 === entry);
      const mean = column.reduce((a, b) => a + b, 0) / 100;
      const variance = column.reduce((a, b) => a + (b - mean) ** 2, 0) / 100;
      // The start (mean 0, variance 1) weighs 1e-4 rows of 100.
      expect(Math.abs(whole.mean[entry]! / mean - 1)).toBeLessThan(1e-5);
      expect(Math.abs(whole.variance[entry]! / variance - 1)).toBeLessThan(1e-5);
      expect(parts.mean[entry]).toBeCloseTo(whole.mean[entry]!, 10);
      expect(parts.variance[entry]).toBeCloseTo(whole.variance[entry]!, 10);
    }
    expect(parts.count).toBeCloseTo(100.0001, 10);
  });

  it('goes on from its state', () => {
    const moments = new RunningMoments(1);
    moments.merge([1, 2, 3]);
    const copy = new RunningMoments(1);
    copy.restore(moments.state());
    copy.merge([4]);
    moments.merge([4]);
    expect(copy.state()).toEqual(moments.state());
  });
});

it('normalises by mean and variance and limits to ±10', () => {
  const result = normalise(input('x', [1, 3]), input('mean', [3]), input('variance', [3]));
  const program = createReferenceEngine().compile({ outputs: { result } });
  program.inputs.x!.set([3, 0, -9]);
  program.inputs.mean!.set([1, 0, 0]);
  program.inputs.variance!.set([4, 0, 1e-6]);
  program.run();
  // (3 − 1)/√4 = 1; an entry that never varied stays 0; −9/0.001 is limited.
  expect([...program.outputs.result!].map((x) => Number(x.toFixed(6)))).toEqual([1, 0, -10]);
});
