import { formatCount, formatReturn, formatSigned, listOf, MISSING, plural } from './format.js';
import type { Method } from './methods.js';
import { type Pair, splitVariants } from './pairs.js';
import {
  type Comparison,
  type Comparisons,
  comparisonOf,
  finishedRuns,
  LEVEL,
  lengthOf,
  type MethodResult,
  methodResults,
} from './results.js';

/** How a method stands against the one that it is compared with. `unknown`: from a single seed nothing follows. */
export type Standing = 'ahead' | 'behind' | 'not told apart' | 'unknown';

/** What there is to say of a pair, in numbers and no further. */
export interface Verdict {
  readonly pair: Pair;
  /** One of each of the pair's plain methods and controls, with its standing by final return. */
  readonly statements: readonly { readonly standing: Standing; readonly text: string }[];
  /** What was left out, and why. */
  readonly remarks: readonly string[];
}

/** Where the difference stands by its interval. */
export function standingOf({ welch }: Pick<Comparison, 'welch'>): Standing {
  if (welch === undefined || Number.isNaN(welch.low)) return 'unknown';
  if (welch.low > 0) return 'ahead';
  return welch.high < 0 ? 'behind' : 'not told apart';
}

export function verdictOf(pair: Pair, comparisons: Comparisons): Verdict {
  const results = methodResults(pair.methods);
  const own = comparisons.byPair.get(pair) ?? [];
  const { main } = splitVariants(pair);
  const compared = main.filter((method) => comparisonOf(own, method.label, 'final return'));
  const shown = results.filter(({ method }) => main.includes(method));
  const statements = compared.map((method) => statement(pair.baseline!, method, own, results));
  if (statements.length === 0 && shown.length > 0) {
    statements.push({ standing: 'unknown', text: describeResults(shown) });
  }
  return { pair, statements, remarks: remarksOf(pair, comparisons, results, compared.length) };
}

function statement(
  baseline: Method,
  method: Method,
  comparisons: readonly Comparison[],
  results: readonly MethodResult[],
): Verdict['statements'][number] {
  const final = comparisonOf(comparisons, method.label, 'final return')!;
  const area = comparisonOf(comparisons, method.label, 'mean return');
  const standing = standingOf(final);
  const numbers = `${formatReturn(final.value)} against ${formatReturn(final.baselineValue)}`;
  const [a, b] = [method.label, baseline.label];
  const seeds =
    final.runs === final.baselineRuns
      ? `${plural(final.runs, 'seed')} each`
      : `${final.runs} and ${plural(final.baselineRuns, 'seed')}`;
  const difference = differenceText(final);
  const opening = {
    ahead: `${a} ends ahead of ${b}: final return ${numbers}, ${difference}, ${seeds}.`,
    behind: `${a} ends behind ${b}: final return ${numbers}, ${difference}, ${seeds}.`,
    'not told apart': `${a} and ${b} cannot be told apart by their final return: ${numbers}, ${difference}, ${seeds}.`,
    unknown: `${a} ended at ${numbers} of ${b} (${difference}, ${seeds}): too few seeds for an interval, so this says nothing about other seeds.`,
  }[standing];
  return {
    standing,
    text: `${opening}${area ? ` ${areaText(area)}` : ''}${rangeText(method, baseline, results)}`,
  };
}

function differenceText({ difference, welch }: Comparison): string {
  const interval =
    welch === undefined || Number.isNaN(welch.low)
      ? ''
      : ` (${100 * LEVEL}% interval ${formatSigned(welch.low)} to ${formatSigned(welch.high)})`;
  return `${formatSigned(difference)}${interval}`;
}

/** Of the mean return over all steps: how fast it learned. */
function areaText(area: Comparison): string {
  const standing = standingOf(area);
  const numbers = differenceText(area);
  return {
    ahead: `Over all steps it earned more: mean return ${numbers}.`,
    behind: `Over all steps it earned less: mean return ${numbers}.`,
    'not told apart': `Over all steps they cannot be told apart: mean return ${numbers}.`,
    unknown: `Mean return over all steps: ${numbers}.`,
  }[standing];
}

/** With few seeds, whether the runs themselves are apart says something too. */
function rangeText(method: Method, baseline: Method, results: readonly MethodResult[]): string {
  const [a, b] = [method, baseline].map((of) => results.find((result) => result.method === of)?.finals ?? []);
  if (a === undefined || b === undefined || a.length < 2 || b.length < 2) return '';
  const apart = Math.min(...a) > Math.max(...b) || Math.max(...a) < Math.min(...b);
  return apart ? ' Their seeds’ ranges do not overlap.' : ' Their seeds’ ranges overlap.';
}

function describeResults(results: readonly MethodResult[]): string {
  const parts = results.map(({ method, finals, mean, standardDeviation }) => {
    const over =
      finals.length > 1
        ? `mean of ${finals.length} seeds, standard deviation ${formatReturn(standardDeviation)}`
        : '1 seed';
    return `${method.label} ended at ${formatReturn(mean.estimate)} (${over}, ${formatCount(lengthOf(method))} steps)`;
  });
  return `${listOf(parts)}.`;
}

function remarksOf(
  pair: Pair,
  { ofOtherLength }: Comparisons,
  results: readonly MethodResult[],
  compared: number,
): string[] {
  const remarks: string[] = [];
  const without = pair.methods.filter((method) => finishedRuns(method).length === 0);
  if (without.length > 0) {
    remarks.push(`No run is finished of ${listOf(without.map(({ label }) => label))}.`);
  }
  const others = ofOtherLength.filter((entry) => entry.pair === pair).map(({ method }) => method.label);
  if (others.length > 0) {
    remarks.push(
      `Not compared: ${listOf(others)}, whose runs have another length. Schedules of learning rate and coupling stretch with it.`,
    );
  }
  if (compared === 0 && results.length > 1 && pair.baseline === undefined) {
    remarks.push('There is no single method that the others could be compared with.');
  }
  const repeated = pair.methods.flatMap(({ runs, counted }) => runs.filter((run) => !counted.includes(run)));
  if (repeated.length > 0) {
    const verb = repeated.length === 1 ? 'repeats' : 'repeat';
    remarks.push(`A seed counts once: ${listOf(repeated.map(({ name }) => name))} ${verb} a seed.`);
  }
  return remarks;
}

/** An interval as `+101.0 to +515.4`; a dash where there is none. */
export function intervalText(
  interval: { readonly low: number; readonly high: number } | undefined,
  digits = 1,
): string {
  if (interval === undefined || Number.isNaN(interval.low)) return MISSING;
  return `${formatSigned(interval.low, digits)} to ${formatSigned(interval.high, digits)}`;
}
