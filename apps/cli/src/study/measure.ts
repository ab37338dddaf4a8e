import { InvalidInputError, parseNumber } from '@mikt/core';
import {
  type Interval,
  type MeasuredRun,
  measureTransfer,
  type PairCurves,
  type TransferMeasure,
} from '@mikt/eval';
import { readRun } from '@mikt/runs';
import { InvalidArgumentError } from 'commander';
import { formatNumber, table } from '../options.js';
import type { LoadedStudy } from './load.js';
import type { StudyRunState } from './run-state.js';

export interface MeasureChoices {
  readonly baseline?: string;
  readonly at?: readonly number[];
  readonly threshold?: number;
}

export interface StudyMeasures {
  readonly baseline: string;
  readonly measures: readonly TransferMeasure[];
}

const LEVEL = 0.95;

/** The transfer measures of a study's finished runs. @throws InvalidInputError, FileError */
export async function measureStudy(
  study: LoadedStudy,
  states: readonly StudyRunState[],
  { baseline = defaultBaseline(study), at, threshold }: MeasureChoices,
): Promise<StudyMeasures> {
  const runs = new Map<string, MeasuredRun>();
  for (const { status, folder, run } of states) {
    if (status !== 'finished') continue;
    const { metrics } = await readRun(folder);
    runs.set(run.folder, { id: run.folder, curve: { steps: metrics.steps!, values: metrics.return_100! } });
  }
  const pairs = study.plan.pairs
    .map(
      (pair): PairCurves => ({
        name: pair.name,
        methods: pair.methods.map(({ label, runs: planned }) => ({
          label,
          runs: planned.flatMap(({ folder }) => runs.get(folder) ?? []),
        })),
      }),
    )
    // Those that were not begun would leave no mean over all pairs.
    .filter(({ methods }) => methods.some((method) => method.runs.length > 0));
  const { steps } = study.study;
  const measures = measureTransfer(pairs, {
    baseline,
    steps: Math.max(...study.plan.runs.map(({ config }) => config.steps)),
    at: at ?? [steps / 4, steps / 2, steps].map(Math.round),
    level: LEVEL,
    ...(threshold === undefined ? {} : { threshold }),
  });
  return { baseline, measures };
}

/** The first method that learns without a teacher. */
function defaultBaseline({ plan }: LoadedStudy): string {
  const fromScratch = plan.runs.find(({ teachers }) => teachers.length === 0);
  if (fromScratch) return fromScratch.method;
  throw new InvalidInputError(
    'no method of this study trains from scratch; name the one to compare with: --baseline LABEL.',
  );
}

/** Step counts as people write them: `250k,500k,1M`, `2e5,1_000_000`. For commander's options. */
export function stepCounts(text: string): number[] {
  const UNITS: Readonly<Record<string, number>> = { k: 1e3, K: 1e3, M: 1e6 };
  return text.split(',').map((word) => {
    const trimmed = word.trim();
    const unit = UNITS[trimmed.at(-1) ?? ''];
    const number = parseNumber(unit === undefined ? trimmed : trimmed.slice(0, -1));
    const count = (number ?? Number.NaN) * (unit ?? 1);
    if (!Number.isSafeInteger(count) || count < 1) {
      throw new InvalidArgumentError('It takes step counts with commas between, such as 250k,500k,1M.');
    }
    return count;
  });
}

/** One table per pair: a row for each method and measure, with the difference to the baseline and its intervals. */
export function measureTables({ baseline, measures }: StudyMeasures): string {
  const header = ['method', 'measure', 'runs', baseline, 'its mean', 'difference', "Welch's t", 'bootstrap'];
  const sections = [...new Set(measures.map(({ pair }) => pair))].map((pair) => {
    const rows = measures.filter((each) => each.pair === pair);
    const cells = rows.map((row) => [
      row.method,
      measureTitle(row),
      `${row.runs}/${row.baselineRuns}`,
      withReached(row.baselineValue, row.reached?.baseline, row.baselineRuns),
      withReached(row.value, row.reached?.method, row.runs),
      signed(row.difference, digitsOf(row)),
      row.welch ? interval(row.welch, digitsOf(row)) : '',
      interval(row.bootstrap, digitsOf(row)),
    ]);
    return `${pair}\n${table(header, cells)}`;
  });
  return (
    `${sections.join('\n\n')}\n\n` +
    `Runs: of the method / of ${baseline}. Differences with ${100 * LEVEL}% intervals over runs; the bootstrap's is too narrow with few runs.\n` +
    'Steps to a return count a run that never gets there as its whole length.\n'
  );
}

function measureTitle({ measure, threshold }: TransferMeasure): string {
  if (threshold !== undefined) return `steps to a return of ${formatNumber(threshold)}`;
  return measure.replace(/\d+$/, (steps) => formatNumber(Number(steps)));
}

/** Of a ratio two decimals are worth reading, of a number of steps none. */
function digitsOf({ measure }: TransferMeasure): number {
  if (measure === 'steps to threshold') return 0;
  return measure === 'transfer ratio' ? 2 : 1;
}

function withReached(value: number, reached: number | undefined, runs: number): string {
  return reached === undefined ? show(value) : `${show(value, 0)} (${reached}/${runs} got there)`;
}

function interval({ low, high }: Interval, digits: number): string {
  return Number.isNaN(low) ? '-' : `[${show(low, digits)}, ${show(high, digits)}]`;
}

function signed(value: number, digits: number): string {
  return `${value > 0 ? '+' : ''}${show(value, digits)}`;
}

function show(value: number, digits = 1): string {
  return Number.isNaN(value) ? '-' : formatNumber(value, digits);
}
