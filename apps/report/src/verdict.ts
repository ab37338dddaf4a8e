import { meanAndDeviation } from '@mikt/eval';
import type { Reference } from './figures.js';
import { formatCount, formatReturn, listOf, plural } from './format.js';
import { isTransfer, type Method, type ReportedRun } from './methods.js';

/** A method's final returns over its finished seeds. */
export interface MethodResult {
  readonly method: Method;
  readonly finals: readonly number[];
  readonly mean: number;
  /** Sample standard deviation; NaN below two seeds. */
  readonly standardDeviation: number;
}

/** The results of the methods that have a finished run with a return. */
export function methodResults(methods: readonly Method[]): MethodResult[] {
  return methods
    .map((method) => {
      const finals = method.counted
        .filter((run) => run.finished)
        .map((run) => run.finalReturn)
        .filter((value) => value !== undefined);
      return { method, finals, ...meanAndDeviation(finals) };
    })
    .filter(({ finals }) => finals.length > 0);
}

/** What happened on one environment, in numbers and no further: no test is made, and none is claimed. */
export function verdict(env: string, methods: readonly Method[], references: readonly Reference[]): string {
  const results = methodResults(methods);
  const sentences: string[] = [];
  if (results.length > 0) sentences.push(describeResults(env, results));
  const comparison = compare(results);
  if (comparison !== undefined) sentences.push(comparison);
  for (const { label, value } of references)
    sentences.push(`For comparison, ${label}: ${formatReturn(value)}.`);
  sentences.push(...describeGaps(env, methods, results));
  if (results.length > 1) sentences.push(caution(results));
  return sentences.join(' ');
}

function describeResults(env: string, results: readonly MethodResult[]): string {
  const parts = results.map(({ method, finals, mean, standardDeviation }) => {
    const over =
      finals.length > 1
        ? `mean of ${finals.length} seeds, standard deviation ${formatReturn(standardDeviation)}`
        : '1 seed';
    const length = listOf(distinctSteps([{ method }]).map(formatCount));
    return `${method.label} ended at ${formatReturn(mean)} (${over}, ${length} steps)`;
  });
  return `On ${env}, ${listOf(parts)}.`;
}

/** The difference to training from scratch, for methods of the same length. */
function compare(results: readonly MethodResult[]): string | undefined {
  const scratch = results.filter(({ method }) => !isTransfer(method.runs[0]!));
  const transfers = results.filter(({ method }) => isTransfer(method.runs[0]!));
  const [baseline] = scratch;
  if (baseline === undefined || scratch.length > 1 || transfers.length === 0) return undefined;
  const comparable = transfers.filter((result) => distinctSteps([result, baseline]).length === 1);
  const sentences = comparable.map((result) => {
    const difference = result.mean - baseline.mean;
    const ratio =
      result.mean > 0 && baseline.mean > 0
        ? ` (${(result.mean / baseline.mean).toFixed(1)} times as much)`
        : '';
    const direction = difference < 0 ? 'below' : 'above';
    return (
      `${result.method.label} ended ${formatReturn(Math.abs(difference))} ${direction} ${baseline.method.label}${ratio}` +
      `${overlap(result, baseline)}.`
    );
  });
  if (comparable.length < transfers.length) {
    sentences.push(
      'Runs of different lengths are not compared: schedules of learning rate and coupling stretch with the length.',
    );
  }
  return sentences.join(' ');
}

function overlap(a: MethodResult, b: MethodResult): string {
  if (a.finals.length < 2 || b.finals.length < 2) return '';
  const apart =
    Math.min(...a.finals) > Math.max(...b.finals) || Math.max(...a.finals) < Math.min(...b.finals);
  return apart ? '; their seeds’ ranges do not overlap' : '; their seeds’ ranges overlap';
}

function describeGaps(env: string, methods: readonly Method[], results: readonly MethodResult[]): string[] {
  const unfinished = methods.flatMap(({ counted }) => counted.filter((run) => !run.finished));
  const uncounted = methods.flatMap(({ runs, counted }) => runs.filter((run) => !counted.includes(run)));
  const sentences: string[] = [];
  if (unfinished.length > 0) {
    const names = listOf(unfinished.map((run) => `${run.manifest.name} (${statusText(run)})`));
    const which = results.length > 0 ? 'left out of these numbers' : 'no final return yet';
    sentences.push(
      results.length > 0 ? `Not finished and ${which}: ${names}.` : `On ${env} there is ${which}: ${names}.`,
    );
  }
  if (uncounted.length > 0) {
    sentences.push(
      `A seed counts once: ${listOf(uncounted.map((run) => run.manifest.name))} repeat${uncounted.length === 1 ? 's' : ''} a seed.`,
    );
  }
  return sentences;
}

function caution(results: readonly MethodResult[]): string {
  const fewest = Math.min(...results.map(({ finals }) => finals.length));
  return (
    `No test of significance was made (${plural(fewest, 'seed')} ${results.every(({ finals }) => finals.length === fewest) ? 'per method' : 'or more per method'}): ` +
    'seeds of one method can differ by more than methods do.'
  );
}

function statusText({ manifest: { status, steps }, stepsDone }: ReportedRun): string {
  return `${status} at ${formatCount(stepsDone)} of ${formatCount(steps)} steps`;
}

function distinctSteps(results: readonly Pick<MethodResult, 'method'>[]): number[] {
  const runs = results.flatMap(({ method }) => method.counted.filter((run) => run.finished));
  return [...new Set(runs.map((run) => run.manifest.steps))].sort((a, b) => a - b);
}
