import { InvalidInputError, UnknownNameError } from '@mikt/core';
import { type Curve, finalReturn, resample } from './curves.js';
import {
  type BootstrapOptions,
  bootstrapInterval,
  type Interval,
  welchInterval,
} from './statistics/intervals.js';

/** What transfer is measured by. Returns are `return_100` or whatever the curves hold. */
export type MeasureName =
  | 'jumpstart'
  | `return at ${number}`
  | 'mean return'
  | 'transfer ratio'
  | 'final return'
  | 'steps to threshold';

/** Runs of one method that differ in their seed only. */
export interface MethodCurves {
  readonly label: string;
  readonly runs: readonly MeasuredRun[];
}

export interface MeasuredRun {
  /** Two entries with one id are one run, e.g. training from scratch that two pairs have in common. */
  readonly id: string;
  readonly curve: Curve;
}

/** A teacher's and a student's robot, with the methods tried on them. */
export interface PairCurves {
  readonly name: string;
  readonly methods: readonly MethodCurves[];
}

export interface TransferOptions extends BootstrapOptions {
  /** Label of the method that the others are compared with. */
  readonly baseline: string;
  /** Environment steps of a run. */
  readonly steps: number;
  /** Step counts at which returns are compared. */
  readonly at: readonly number[];
  /** The share of a run, from its start, that the jumpstart is taken over. Default 0.1. */
  readonly earlyShare?: number;
  /** Return whose reaching is timed. Default: for each pair, the baseline's mean final return. */
  readonly threshold?: number;
}

/** One measure of one method beside the baseline's. NaN where a run has no value, or an interval cannot be given. */
export interface TransferMeasure {
  /** `all pairs` for the mean of differences over pairs. */
  readonly pair: string;
  readonly method: string;
  readonly measure: MeasureName;
  /** Number of runs behind `value` and `baselineValue`. */
  readonly runs: number;
  readonly baselineRuns: number;
  /** Mean over the method's runs. */
  readonly value: number;
  /** Mean over the baseline's runs. */
  readonly baselineValue: number;
  /** Method minus baseline; of the transfer ratio, the ratio itself. */
  readonly difference: number;
  /** Of `difference`, by Student's t; undefined for the transfer ratio, which is not a difference of means. */
  readonly welch: Interval | undefined;
  /** Of `difference`, by the percentile bootstrap over runs: too narrow with few runs. */
  readonly bootstrap: Interval;
  /** For steps to threshold: how many runs got there. */
  readonly reached?: { readonly method: number; readonly baseline: number };
  /** For steps to threshold. */
  readonly threshold?: number;
}

export const ALL_PAIRS = 'all pairs';

/**
 * Measures of transfer after Taylor & Stone, "Transfer Learning for Reinforcement Learning Domains: A Survey",
 * JMLR 10 (2009), of every method against a baseline that learned from scratch:
 *
 * - jumpstart: there the initial performance, before learning; as a return over 100 episodes does not exist before
 *   learning, here the mean return over the first `earlyShare` of the steps
 * - return at given steps: the curve's value there
 * - mean return: the area under the curve ("total reward") divided by the steps
 * - transfer ratio: (area with transfer − area without) / area without; undefined where the latter is not positive,
 *   and like it dependent on where a reward's zero lies
 * - final return: "asymptotic performance", as far as the run went
 * - steps to threshold: "time to threshold"; a run that never gets there counts as its whole length, so that a mean
 *   over such runs is a lower bound
 *
 * With several pairs, the measures in units of return are also given for all pairs together: the mean over pairs of
 * the differences, with the runs drawn within each pair and method; a run that pairs have in common is drawn once.
 * @throws UnknownNameError where no method has the baseline's label; InvalidInputError for steps beyond the runs
 */
export function measureTransfer(pairs: readonly PairCurves[], options: TransferOptions): TransferMeasure[] {
  const beyond = options.at.find((at) => !(at > 0 && at <= options.steps));
  if (beyond !== undefined) {
    throw new InvalidInputError(`returns can be compared at 1 to ${options.steps} steps, got ${beyond}.`);
  }
  const comparisons = pairs.flatMap((pair) => comparePair(pair, options));
  const rows = comparisons.map((comparison) => measure(comparison.pair, [comparison], options));
  if (pairs.length < 2) return rows;
  const alike = new Map<string, Comparison[]>();
  for (const comparison of comparisons) {
    if (!IN_RETURNS.test(comparison.measure)) continue;
    const key = JSON.stringify([comparison.method.label, comparison.measure]);
    alike.set(key, [...(alike.get(key) ?? []), comparison]);
  }
  return rows.concat([...alike.values()].map((group) => measure(ALL_PAIRS, group, options)));
}

/** Measures that one can average over pairs whose rewards have one unit. */
const IN_RETURNS = /^(jumpstart|return at .*|mean return|final return)$/;

/** One measure of a method's runs and a baseline's. */
interface Comparison {
  readonly pair: string;
  readonly measure: MeasureName;
  readonly method: MethodCurves;
  readonly baseline: MethodCurves;
  readonly threshold?: number;
  value(curve: Curve): number;
}

function comparePair({ name, methods }: PairCurves, options: TransferOptions): Comparison[] {
  const { baseline: label, steps, at, earlyShare = 0.1 } = options;
  const baseline = methods.find((method) => method.label === label);
  if (!baseline) {
    throw new UnknownNameError(
      'baseline',
      label,
      methods.map((method) => method.label),
    );
  }
  const threshold =
    options.threshold ?? mean(baseline.runs.map(({ curve }) => finalReturn(curve.values) ?? Number.NaN));
  const measures: Pick<Comparison, 'measure' | 'value' | 'threshold'>[] = [
    { measure: 'jumpstart', value: (curve) => meanReturn(curve, earlyShare * steps) },
    ...at.map((count) => ({
      measure: `return at ${count}` as const,
      value: (curve: Curve) => resample(curve, [count])[0]!,
    })),
    { measure: 'mean return', value: (curve) => meanReturn(curve, steps) },
    { measure: 'transfer ratio', value: (curve) => meanReturn(curve, steps) },
    { measure: 'final return', value: (curve) => finalReturn(curve.values) ?? Number.NaN },
    {
      measure: 'steps to threshold',
      threshold,
      value: (curve) => Math.min(stepsToThreshold(curve, threshold), steps),
    },
  ];
  return methods
    .filter((method) => method !== baseline)
    .flatMap((method) => measures.map((each) => ({ pair: name, method, baseline, ...each })));
}

/** @param comparisons of one measure and method on different pairs, over which the differences are averaged */
function measure(
  pair: string,
  comparisons: readonly Comparison[],
  { resamples, seed, level }: TransferOptions,
): TransferMeasure {
  const [first] = comparisons as [Comparison];
  // By the runs in them, so that those that pairs have in common are one group.
  const groups = new Map<string, { values: number[]; weight: number }>();
  const addGroup = ({ label, runs }: MethodCurves, value: Comparison['value'], weight: number) => {
    const key = JSON.stringify(runs.length > 0 ? runs.map(({ id }) => id) : label);
    const group = groups.get(key) ?? { values: runs.map(({ curve }) => value(curve)), weight: 0 };
    group.weight += weight;
    groups.set(key, group);
    return mean(group.values);
  };
  const sides = comparisons.map(({ method, baseline, value }) => ({
    method: addGroup(method, value, 1 / comparisons.length),
    baseline: addGroup(baseline, value, -1 / comparisons.length),
  }));
  const weighted = [...groups.values()];
  const isRatio = first.measure === 'transfer ratio';
  const statistic = (samples: readonly (readonly number[])[]) =>
    isRatio
      ? transferRatio(mean(samples[0]!), mean(samples[1]!))
      : samples.reduce((sum, values, group) => sum + weighted[group]!.weight * mean(values), 0);
  const bootstrap = bootstrapInterval(
    weighted.map(({ values }) => values),
    statistic,
    {
      ...(resamples === undefined ? {} : { resamples }),
      ...(seed === undefined ? {} : { seed }),
      ...(level === undefined ? {} : { level }),
    },
  );
  return {
    pair,
    method: first.method.label,
    measure: first.measure,
    runs: countRuns(comparisons.map(({ method }) => method)),
    baselineRuns: countRuns(comparisons.map(({ baseline }) => baseline)),
    value: mean(sides.map((side) => side.method)),
    baselineValue: mean(sides.map((side) => side.baseline)),
    difference: bootstrap.estimate,
    welch: isRatio ? undefined : welchInterval(weighted, level),
    bootstrap,
    ...(first.threshold === undefined
      ? {}
      : {
          threshold: first.threshold,
          reached: {
            method: countReached(first.method, first.threshold),
            baseline: countReached(first.baseline, first.threshold),
          },
        }),
  };
}

/**
 * Mean of a curve over its first `steps` steps: the area under it, divided by them. Each measurement stands for the
 * steps since the one before it, of which it is made; where nothing was measured, the next measurement stands for
 * those steps too, and after the last one that one does.
 * @returns NaN where nothing was measured by then
 */
export function meanReturn({ steps: at, values }: Curve, steps: number): number {
  let [area, covered, last] = [0, 0, Number.NaN];
  for (let i = 0; i < at.length && at[i]! <= steps; i++) {
    if (Number.isNaN(values[i])) continue;
    last = values[i]!;
    area += last * (at[i]! - covered);
    covered = at[i]!;
  }
  return (area + last * (steps - covered)) / steps;
}

/** The first step count at which a curve is at or above a threshold; Infinity where it never is. */
export function stepsToThreshold({ steps, values }: Curve, threshold: number): number {
  for (let i = 0; i < steps.length; i++) if (values[i]! >= threshold) return steps[i]!;
  return Number.POSITIVE_INFINITY;
}

/**
 * (area with transfer − area without) / area without (Taylor & Stone 2009).
 * @returns NaN where the area without is not positive: the ratio would change its sign
 */
export function transferRatio(withTransfer: number, without: number): number {
  return without > 0 ? (withTransfer - without) / without : Number.NaN;
}

function countReached({ runs }: MethodCurves, threshold: number): number {
  return runs.filter(({ curve }) => Number.isFinite(stepsToThreshold(curve, threshold))).length;
}

function countRuns(methods: readonly MethodCurves[]): number {
  return new Set(methods.flatMap(({ runs }) => runs.map(({ id }) => id))).size;
}

/** NaN of none. */
function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
