import { formatNumber } from '../options.js';
import { formatDuration } from '../progress.js';
import { type Difference, differInSeedsOnly, type RunComparison } from './compare.js';
import { methodAndTeachers, type RunSummary } from './summary.js';
import { formatReturn, GAP, layOut, shorten, type TextColumn, totalWidth, wrapWords } from './text.js';

/** A row of a table that has a column for each run. */
interface Row {
  readonly title: string;
  readonly cells: readonly string[];
}

/** Where the width is limited, the characters of a cell, fewer the more runs there are. */
const CELL = { least: 14, most: 32 };

/**
 * A comparison for people to read. Lines without an end.
 * @param width characters of the terminal: tables with more columns are written in parts. Undefined: no limit
 */
export function describeComparison(comparison: RunComparison, width?: number): string[] {
  const { runs } = comparison;
  const sections = [
    legend(runs, width),
    configuration(comparison, width),
    returns(comparison, width),
    ['Cost', ...table(runs.length, costRows(runs), width)],
    ...(comparison.versions.length > 0
      ? [['Versions', ...table(runs.length, comparison.versions.map(versionRow), width)]]
      : []),
  ];
  return sections.flatMap((lines, i) => (i === 0 ? lines : ['', ...lines]));
}

/** A, B, …, Z, AA, AB, … */
export function label(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : label(Math.floor(index / 26) - 1) + letter;
}

function legend(runs: readonly RunSummary[], width: number | undefined): string[] {
  const columns: TextColumn[] = [
    { title: '', cells: runs.map((_, i) => label(i)) },
    { title: '', cells: runs.map(({ folder }) => folder) },
    {
      title: '',
      cells: runs.map(
        (run) => `${methodAndTeachers(run)} on ${run.manifest.env}, seed ${run.manifest.seed}, ${run.state}`,
      ),
    },
  ];
  if (width === undefined || totalWidth(columns) <= width) return layOut(columns);
  return runs.flatMap((_, i) => {
    const [own, folder, what] = columns.map(({ cells }) => cells[i]!);
    return [shorten(`${own}  ${folder}`, width), ...wrapWords(what!, width - 3).map((line) => `   ${line}`)];
  });
}

function configuration(comparison: RunComparison, width: number | undefined): string[] {
  const { runs, configuration: keys } = comparison;
  if (differInSeedsOnly(comparison)) {
    const seeds = runs.map(({ manifest }) => manifest.seed);
    return wrap(
      keys.length > 0
        ? `The same configuration, seeds ${seeds.join(', ')}.`
        : `The same configuration and the same seed, ${seeds[0]}.`,
      width,
    );
  }
  const told = keys.filter(({ isDefaultOfSome }) => !isDefaultOfSome);
  const untold = keys.length - told.length;
  const more =
    untold === 0
      ? []
      : wrap(
          `${formatNumber(untold)} more ${untold === 1 ? 'key, which only some of the runs have, is at its default' : 'keys, which only some of the runs have, are at their defaults'}; --json lists ${untold === 1 ? 'it' : 'them'}.`,
          width,
        );
  return [
    ...wrap('Configuration, where it differs', width),
    ...table(runs.length, told.map(configRow), width),
    ...more,
  ];
}

function returns({ runs, steps, returns }: RunComparison, width: number | undefined): string[] {
  const rows: Row[] = [
    ...steps.map((at, i) => ({
      title: formatNumber(at),
      cells: returns.map((values) => formatReturn(values[i])),
    })),
    { title: 'last', cells: runs.map(({ return100 }) => formatReturn(return100)) },
    { title: 'best', cells: runs.map(({ best }) => formatReturn(best?.return100)) },
    { title: 'best at', cells: runs.map(({ best }) => (best ? formatNumber(best.steps) : '-')) },
  ];
  return [
    ...wrap('Mean return of the last 100 episodes by steps', width),
    ...table(runs.length, rows, width),
  ];
}

function costRows(runs: readonly RunSummary[]): Row[] {
  const row = (title: string, cell: (run: RunSummary) => string) => ({ title, cells: runs.map(cell) });
  return [
    row('steps', ({ steps }) => formatNumber(steps)),
    row('planned', ({ totals }) => formatNumber(totals.at(-1)!)),
    row('time', ({ seconds }) => formatDuration(seconds)),
    row('steps/s', ({ stepsPerSecond }) => (stepsPerSecond ? formatNumber(stepsPerSecond, 0) : '-')),
  ];
}

function configRow({ key, values }: Difference): Row {
  return { title: key, cells: values.map((value) => show(key, value)) };
}

function versionRow({ key, values }: Difference): Row {
  // Commits are told apart by less than all of their 40 digits.
  const short = (value: unknown) => show(key, value).replaceAll(/\b([0-9a-f]{8})[0-9a-f]{32}\b/g, '$1');
  return { title: key, cells: values.map(short) };
}

function show(key: string, value: unknown): string {
  if (value === undefined) return '-';
  if (key === 'fingerprint' || key === 'robot') {
    return String(value).replaceAll(/[0-9a-f]{64}/g, (fingerprint) => fingerprint.slice(0, 8));
  }
  if (key === 'steps' && typeof value === 'number') return formatNumber(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A table with a column for each run, as many beside each other as there is room for. */
function table(runs: number, rows: readonly Row[], width: number | undefined): string[] {
  const titles: TextColumn = { title: '', cells: rows.map(({ title }) => title) };
  const share = Math.floor(((width ?? 0) - totalWidth([titles])) / runs) - GAP;
  const limit = Math.min(Math.max(share, CELL.least), CELL.most);
  const columns = Array.from({ length: runs }, (_, run): TextColumn => {
    const cells = rows.map(({ cells }) => cells[run]!);
    return {
      title: label(run),
      alignRight: true,
      cells: width === undefined ? cells : cells.map((cell) => shorten(cell, limit, 'beginning')),
    };
  });
  const parts: TextColumn[][] = [];
  for (const column of columns) {
    const part = parts.at(-1);
    const fits = part && (width === undefined || totalWidth([titles, ...part, column]) <= width);
    if (fits) part.push(column);
    else parts.push([column]);
  }
  return parts.flatMap((part, i) => [
    ...(i > 0 ? [''] : []),
    ...layOut([titles, ...part]).map((line) => (width === undefined ? line : shorten(line, width))),
  ]);
}

function wrap(sentence: string, width: number | undefined): string[] {
  return width === undefined ? [sentence] : wrapWords(sentence, width);
}
