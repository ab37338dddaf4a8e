import { describe, expect, it } from 'vitest';
import type { Curve } from './curves.js';
import { welchInterval } from './statistics/intervals.js';
import {
  meanReturn,
  measureTransfer,
  type PairCurves,
  stepsToThreshold,
  type TransferMeasure,
  type TransferOptions,
  transferRatio,
} from './transfer.js';

const curve = (values: readonly number[]): Curve => ({ steps: values.map((_, i) => 100 * (i + 1)), values });

describe('of one curve', () => {
  it('the mean return is the area divided by the steps', () => {
    // Nothing at 100: 20 stands for 0 to 200, 50 for 200 to 300, and 50 for what follows.
    const returns = curve([Number.NaN, 20, 50]);
    expect(meanReturn(returns, 300)).toBeCloseTo((20 * 200 + 50 * 100) / 300, 12);
    expect(meanReturn(returns, 400)).toBeCloseTo((20 * 200 + 50 * 200) / 400, 12);
    // 20 was measured by 250, 50 was not.
    expect(meanReturn(returns, 250)).toBe(20);
    expect(meanReturn(returns, 150)).toBeNaN();
  });

  it('steps to a threshold are those of the first measurement that reaches it', () => {
    expect(stepsToThreshold(curve([1, 5, 3, 9]), 5)).toBe(200);
    expect(stepsToThreshold(curve([1, Number.NaN, 3, 9]), 9.5)).toBe(Number.POSITIVE_INFINITY);
  });

  it('the transfer ratio is the gain in area, and has no value where there was no area', () => {
    expect(transferRatio(30, 20)).toBe(0.5);
    expect(transferRatio(30, 0)).toBeNaN();
    expect(transferRatio(30, -5)).toBeNaN();
  });
});

const SCRATCH = [
  [0, 10, 20, 40],
  [2, 10, 30, 60],
];
const TRANSFER = [
  [10, 30, 40, 50],
  [14, 20, 60, 70],
  [12, 40, 50, 60],
];
const runs = (name: string, curves: readonly (readonly number[])[]) =>
  curves.map((values, seed) => ({ id: `${name}/${seed}`, curve: curve(values) }));
const pair = (name: string, gain = 0): PairCurves => ({
  name,
  methods: [
    { label: 'VPG', runs: runs('scratch', SCRATCH) },
    {
      label: 'MIKT',
      runs: runs(
        name,
        TRANSFER.map((values) => values.map((value) => value + gain)),
      ),
    },
  ],
});
const options: TransferOptions = {
  baseline: 'VPG',
  steps: 400,
  at: [200, 400],
  earlyShare: 0.25,
  resamples: 300,
};
const row = (rows: readonly TransferMeasure[], measure: string, of = 'a') =>
  rows.find((each) => each.measure === measure && each.pair === of)!;

describe('of a pair', () => {
  const rows = measureTransfer([pair('a')], options);

  it('every measure has the values worked by hand', () => {
    // Means of four measurements: scratch 17.5 and 25.5; transfer 32.5, 41, 40.5. Threshold (40 + 60)/2 = 50, reached
    // by the second run of scratch only, at 400, and by those of transfer at 400, 300, 300.
    const expected = {
      jumpstart: [1, 12],
      'return at 200': [10, 30],
      'return at 400': [50, 60],
      'mean return': [21.5, 38],
      'final return': [50, 60],
      'steps to threshold': [400, 1000 / 3],
    };
    for (const [measure, [baseline, value]] of Object.entries(expected)) {
      const { difference, ...rest } = row(rows, measure);
      expect(rest).toMatchObject({ method: 'MIKT', runs: 3, baselineRuns: 2, baselineValue: baseline });
      expect(rest.value).toBeCloseTo(value!, 12);
      expect(difference).toBeCloseTo(value! - baseline!, 12);
    }
    expect(row(rows, 'transfer ratio')).toMatchObject({ value: 38, baselineValue: 21.5, welch: undefined });
    expect(row(rows, 'transfer ratio').difference).toBeCloseTo(16.5 / 21.5, 12);
    expect(row(rows, 'steps to threshold')).toMatchObject({
      threshold: 50,
      reached: { method: 3, baseline: 1 },
    });
    expect(rows).toHaveLength(7);
  });

  it('differences have both intervals', () => {
    const { welch, bootstrap, difference } = row(rows, 'final return');
    const byHand = welchInterval([
      { values: [50, 70, 60], weight: 1 },
      { values: [40, 60], weight: -1 },
    ]);
    expect(welch).toEqual(byHand);
    expect(bootstrap.low).toBeLessThan(difference);
    expect(bootstrap.high).toBeGreaterThan(difference);
    // Samples stay within the values of their runs.
    expect(bootstrap.low).toBeGreaterThanOrEqual(50 - 60);
    expect(bootstrap.high).toBeLessThanOrEqual(70 - 40);
  });

  it('takes a threshold, and says nothing where there are no runs', () => {
    expect(
      row(measureTransfer([pair('a')], { ...options, threshold: 30 }), 'steps to threshold'),
    ).toMatchObject({
      baselineValue: 350,
      reached: { method: 3, baseline: 2 },
    });
    const empty: PairCurves = { name: 'a', methods: [pair('a').methods[0]!, { label: 'MIKT', runs: [] }] };
    const { value, welch, bootstrap, runs: count } = row(measureTransfer([empty], options), 'final return');
    expect([value, welch!.low, bootstrap.low, count]).toEqual([Number.NaN, Number.NaN, Number.NaN, 0]);
    const neither = { name: 'a', methods: empty.methods.map(({ label }) => ({ label, runs: [] })) };
    for (const each of measureTransfer([neither], options)) {
      expect([each.difference, each.bootstrap.low, each.runs, each.baselineRuns], each.measure).toEqual([
        ...[Number.NaN, Number.NaN],
        ...[0, 0],
      ]);
    }
  });

  it('refuses an unknown baseline and steps that no run has taken', () => {
    expect(() => measureTransfer([pair('a')], { ...options, baseline: 'VPD' })).toThrow(
      /unknown baseline "VPD"; did you mean "VPG"\?/,
    );
    expect(() => measureTransfer([pair('a')], { ...options, at: [500] })).toThrow('1 to 400 steps, got 500');
  });
});

describe('of several pairs', () => {
  const rows = measureTransfer([pair('a'), pair('b', 100)], options);

  it('averages differences, with the runs that pairs share as one group', () => {
    const both = row(rows, 'final return', 'all pairs');
    expect(both).toMatchObject({ runs: 6, baselineRuns: 2, difference: 60, value: 110, baselineValue: 50 });
    expect(both.welch).toEqual(
      welchInterval([
        { values: [50, 70, 60], weight: 0.5 },
        { values: [40, 60], weight: -1 },
        { values: [150, 170, 160], weight: 0.5 },
      ]),
    );
  });

  it('leaves out what has no common unit', () => {
    expect(rows.filter(({ pair: name }) => name === 'all pairs').map(({ measure }) => measure)).toEqual([
      'jumpstart',
      'return at 200',
      'return at 400',
      'mean return',
      'final return',
    ]);
  });
});
