import {
  type Curve,
  type Interval,
  type MeasureName,
  meanAndDeviation,
  measureTransfer,
  type PairCurves,
  type TransferMeasure,
  welchInterval,
} from '@mikt/eval';
import type { Method } from './methods.js';
import type { Pair } from './pairs.js';
import type { ReportedRun } from './runs.js';

/** Probability that intervals are meant to cover. */
export const LEVEL = 0.95;

/** A method's final returns over its finished seeds. */
export interface MethodResult {
  readonly method: Method;
  readonly finals: readonly number[];
  /** Their mean, with its interval by Student's t; bounds NaN below two seeds. */
  readonly mean: Interval;
  /** Sample standard deviation; NaN below two seeds. */
  readonly standardDeviation: number;
}

/** The results of the methods that have a finished run with a return. */
export function methodResults(methods: readonly Method[]): MethodResult[] {
  return methods
    .map((method) => {
      const finals = finishedRuns(method).flatMap((run) => run.finalReturn ?? []);
      return {
        method,
        finals,
        mean: welchInterval([{ values: finals, weight: 1 }], LEVEL),
        standardDeviation: meanAndDeviation(finals).standardDeviation,
      };
    })
    .filter(({ finals }) => finals.length > 0);
}

/** A measure of transfer with the methods that it is about. */
export interface Comparison extends TransferMeasure {
  readonly pairOf: Pair | undefined;
  readonly styled: Method;
}

/** What each method of each pair gained over the pair's baseline, over finished runs of one length. */
export interface Comparisons {
  readonly byPair: ReadonlyMap<Pair, readonly Comparison[]>;
  /** Means over pairs of the differences, where there are several pairs with one baseline and one length. */
  readonly overall: readonly Comparison[];
  /** Methods that were left out, as runs of another length than the baseline's. */
  readonly ofOtherLength: readonly { readonly pair: Pair; readonly method: Method }[];
}

/** Compares by @mikt/eval's measures of transfer; bootstrap with its default seed. */
export function compareMethodsOfPairs(pairs: readonly Pair[]): Comparisons {
  const ofOtherLength: { pair: Pair; method: Method }[] = [];
  // Pairs with one baseline and one length are measured together, for the means over them.
  const groups = new Map<string, { pair: Pair; curves: PairCurves; methods: Method[] }[]>();
  for (const pair of pairs) {
    const { baseline } = pair;
    if (baseline === undefined || finishedRuns(baseline).length === 0) continue;
    const steps = lengthOf(baseline);
    const finished = pair.methods.filter((method) => finishedRuns(method).length > 0);
    const methods = finished.filter((method) => lengthOf(method) === steps);
    for (const method of finished) if (!methods.includes(method)) ofOtherLength.push({ pair, method });
    if (methods.length < 2) continue;
    const key = JSON.stringify([baseline.label, steps]);
    groups.set(key, [...(groups.get(key) ?? []), { pair, curves: curvesOf(pair, methods), methods }]);
  }
  const byPair = new Map<Pair, Comparison[]>();
  const overall: Comparison[] = [];
  for (const group of groups.values()) {
    const { pair } = group[0]!;
    const steps = lengthOf(pair.baseline!);
    const measures = measureTransfer(
      group.map(({ curves }) => curves),
      { baseline: pair.baseline!.label, steps, at: [], level: LEVEL },
    );
    for (const measure of measures) {
      const of = group.find((entry) => entry.curves.name === measure.pair);
      const styled = (of ?? group[0]!).methods.find(({ label }) => label === measure.method);
      const comparison = {
        ...measure,
        pairOf: of?.pair,
        styled:
          styled ?? group.flatMap(({ methods }) => methods).find(({ label }) => label === measure.method)!,
      };
      if (of === undefined) overall.push(comparison);
      else byPair.set(of.pair, [...(byPair.get(of.pair) ?? []), comparison]);
    }
  }
  return { byPair, overall: groups.size === 1 ? overall : [], ofOtherLength };
}

export function comparisonOf(
  comparisons: readonly Comparison[],
  method: string,
  measure: MeasureName,
): Comparison | undefined {
  return comparisons.find((each) => each.method === method && each.measure === measure);
}

export function finishedRuns({ counted }: Method): ReportedRun[] {
  return counted.filter((run) => run.finished);
}

/** Environment steps that a method's runs were planned for. */
export function lengthOf({ runs }: Method): number {
  return runs[0]!.manifest.steps;
}

export function returnCurve({ metrics }: ReportedRun): Curve {
  return { steps: metrics.steps ?? [], values: metrics.return_100 ?? [] };
}

function curvesOf({ title }: Pair, methods: readonly Method[]): PairCurves {
  return {
    name: title,
    methods: methods.map((method) => ({
      label: method.label,
      runs: finishedRuns(method).map((run) => ({ id: run.path, curve: returnCurve(run) })),
    })),
  };
}
