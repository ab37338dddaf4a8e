import { escapeText, formatCount, formatReturn, formatSeconds, formatSigned, MISSING } from '../format.js';
import type { Method } from '../methods.js';
import type { Pair } from '../pairs.js';
import { type Comparison, LEVEL, lengthOf, type MethodResult } from '../results.js';
import { progressText, type ReportedRun } from '../runs.js';
import { intervalText, type Standing, standingOf } from '../verdict.js';
import { labelled, number, table, text } from './html.js';

const PERCENT = 100 * LEVEL;

/** Final returns of a pair's methods with their intervals. */
export function resultTable(pair: Pair, results: readonly MethodResult[]): string {
  const rows = results.map(({ method, finals, mean, standardDeviation }) => [
    labelled(method),
    formatCount(finals.length),
    formatCount(lengthOf(method)),
    formatReturn(mean.estimate),
    Number.isNaN(mean.low) ? MISSING : `${formatReturn(mean.low)} to ${formatReturn(mean.high)}`,
    formatReturn(standardDeviation),
    formatReturn(Math.min(...finals)),
    formatReturn(Math.max(...finals)),
  ]);
  return table(
    `Final returns: ${pair.title}. Finished runs, one per seed; the interval is Student’s t for the mean over seeds, the deviation the sample’s (divisor n − 1).`,
    [
      text('Method'),
      number('Seeds'),
      number('Steps'),
      number('Mean'),
      number(`${PERCENT}% interval`),
      number('Standard deviation'),
      number('Lowest'),
      number('Highest'),
    ],
    rows,
  );
}

/** Every measure of transfer of a pair's methods. */
export function transferTable(title: string, comparisons: readonly Comparison[], baseline: string): string {
  const rows = comparisons.map((each) => {
    const digits = digitsOf(each);
    const show = (value: number) =>
      each.measure === 'steps to threshold' && !Number.isNaN(value)
        ? formatCount(value)
        : formatReturn(value);
    const reached = (count: number | undefined, runs: number) =>
      count === undefined ? '' : ` <span class="soft">(${count} of ${runs} got there)</span>`;
    return [
      labelled(each.styled),
      escapeText(measureTitle(each)),
      `${each.runs} / ${each.baselineRuns}`,
      show(each.value) + reached(each.reached?.method, each.runs),
      show(each.baselineValue) + reached(each.reached?.baseline, each.baselineRuns),
      formatSigned(each.difference, digits),
      intervalText(each.welch, digits),
      intervalText(each.bootstrap, digits),
    ];
  });
  return table(
    `Transfer: ${title}. Difference to ${baseline} with ${PERCENT}% intervals over seeds. With few seeds read Welch’s; the bootstrap’s is too narrow.`,
    [
      text('Method'),
      text('Measure'),
      number('Seeds'),
      number('Its mean'),
      number(baseline),
      number('Difference'),
      number('Welch’s t'),
      number('Bootstrap'),
    ],
    rows,
  );
}

/** What a table of standings says of one method of one pair. */
export interface StandingRow {
  readonly pair: Pair;
  /** By final return. */
  readonly of: Comparison;
}

export function standingTable(rows: readonly StandingRow[]): string {
  return table(
    `Final return of every method beside its baseline, with ${PERCENT}% intervals over seeds (Welch’s t).`,
    [
      text('Pair'),
      text('Method'),
      text('Beside'),
      number('Seeds'),
      number('Difference'),
      number(`${PERCENT}% interval`),
      text('Standing'),
    ],
    rows.map(({ pair, of }) => [
      escapeText(pair.title),
      labelled(of.styled),
      labelled(pair.baseline!),
      `${of.runs} / ${of.baselineRuns}`,
      formatSigned(of.difference),
      intervalText(of.welch),
      standingHtml(standingOf(of)),
    ]),
  );
}

export const STANDING_WORDS: Readonly<Record<Standing, string>> = {
  ahead: 'ahead',
  behind: 'behind',
  'not told apart': 'cannot be told apart',
  unknown: 'too few seeds to say',
};

export function standingHtml(standing: Standing): string {
  return `<span class="standing ${standing.replaceAll(' ', '-')}">${STANDING_WORDS[standing]}</span>`;
}

export function runTable(methods: readonly Method[], csvOf: (run: ReportedRun) => string): string {
  const rows = methods.flatMap((method) =>
    method.runs.map((run) => {
      const { manifest, stepsDone, seconds } = run;
      const speed = seconds !== undefined && seconds > 0 ? formatCount(stepsDone / seconds) : MISSING;
      return [
        escapeText(run.name),
        escapeText(run.env),
        labelled(method),
        escapeText(manifest.teachers.map(({ source }) => source).join(' + ') || MISSING),
        String(manifest.seed),
        formatCount(stepsDone),
        formatReturn(run.finalReturn),
        formatCount(run.episodes.steps.length),
        formatSeconds(seconds),
        speed,
        `<span class="status ${run.status}">${escapeText(progressText(run))}</span>`,
        `<a href="${escapeText(csvOf(run))}" aria-label="Metrics of ${escapeText(run.name)} as CSV">CSV</a>`,
      ];
    }),
  );
  return table(
    'Every run. Steps are environment steps.',
    [
      text('Run'),
      text('Environment'),
      text('Method'),
      text('Teacher'),
      number('Seed'),
      number('Steps'),
      number('Final return'),
      number('Episodes'),
      number('Wall-clock time'),
      number('Steps/s'),
      text('Status'),
      text('Metrics'),
    ],
    rows,
  );
}

function measureTitle({ measure, threshold }: Comparison): string {
  return threshold === undefined ? measure : `steps to a return of ${formatCount(threshold)}`;
}

/** Of a ratio two decimals are worth reading, of a number of steps none. */
function digitsOf({ measure }: Comparison): number {
  if (measure === 'steps to threshold') return 0;
  return measure === 'transfer ratio' ? 2 : 1;
}
