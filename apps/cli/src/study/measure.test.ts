import type { TransferMeasure } from '@mikt/eval';
import { expect, it } from 'vitest';
import { measureTables, stepCounts } from './measure.js';

it('reads step counts as people write them', () => {
  expect(stepCounts('250k, 0.5M,1_000_000,2e6')).toEqual([250_000, 500_000, 1_000_000, 2_000_000]);
  for (const wrong of ['', '250k,', 'k', '1.5', '-1k', '3G'])
    expect(() => stepCounts(wrong)).toThrow('250k,500k,1M');
});

it('writes one table per pair, with what is not known as a dash', () => {
  const unknown = { estimate: 20, low: Number.NaN, high: Number.NaN };
  const row: TransferMeasure = {
    pair: 'Four-to-Six',
    method: 'MIKT',
    measure: 'return at 250000',
    runs: 3,
    baselineRuns: 2,
    value: 120.04,
    baselineValue: 100,
    difference: 20.04,
    welch: { estimate: 20.04, low: -5.25, high: 45.33 },
    bootstrap: unknown,
  };
  const time: TransferMeasure = {
    ...row,
    pair: 'Four-to-Eight',
    measure: 'steps to threshold',
    value: 1500,
    baselineValue: 2000.4,
    difference: -500.4,
    threshold: 99.5,
    reached: { method: 3, baseline: 1 },
  };
  const ratio: TransferMeasure = { ...row, measure: 'transfer ratio', difference: 0.204, welch: undefined };
  const text = measureTables({ baseline: 'VPG', measures: [row, ratio, time] });
  expect(text.split('\n').slice(0, 8)).toEqual([
    'Four-to-Six',
    "method  measure            runs  VPG  its mean  difference  Welch's t     bootstrap",
    'MIKT    return at 250,000  3/2   100  120       +20         [-5.3, 45.3]  -',
    'MIKT    transfer ratio     3/2   100  120       +0.2                      -',
    '',
    'Four-to-Eight',
    "method  measure                    runs  VPG                    its mean               difference  Welch's t  bootstrap",
    'MIKT    steps to a return of 99.5  3/2   2,000 (1/2 got there)  1,500 (3/3 got there)  -500        [-5, 45]   -',
  ]);
});
