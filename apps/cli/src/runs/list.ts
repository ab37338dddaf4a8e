import { formatNumber } from '../options.js';
import { formatDuration } from '../progress.js';
import type { DamagedRun, RunSummary } from './summary.js';
import { formatReturn, layOut, shortCount, shorten, type TextColumn, totalWidth, wrapWords } from './text.js';

interface ListColumn {
  readonly title: string;
  readonly alignRight?: boolean;
  /** Characters at most, where the width is limited. */
  readonly limit?: number;
  cell(run: RunSummary): string;
}

/** In the order in which they stand. */
const COLUMNS = {
  state: { title: 'state', cell: ({ state }) => state },
  return: { title: 'return_100', alignRight: true, cell: ({ return100 }) => formatReturn(return100) },
  best: { title: 'best', alignRight: true, cell: ({ best }) => formatReturn(best?.return100) },
  steps: { title: 'steps', alignRight: true, cell: stepsCell },
  env: { title: 'env', cell: ({ manifest }) => manifest.env, limit: 20 },
  method: { title: 'method', cell: ({ method }) => method, limit: 30 },
  teacher: { title: 'teacher', cell: teacherCell, limit: 30 },
  seed: { title: 'seed', alignRight: true, cell: ({ manifest }) => String(manifest.seed) },
  time: { title: 'time', alignRight: true, cell: ({ seconds }) => formatDuration(seconds) },
  speed: { title: 'steps/s', alignRight: true, cell: speedCell },
  started: { title: 'started (UTC)', cell: startedCell },
} satisfies Record<string, ListColumn>;

type ColumnName = keyof typeof COLUMNS;

/** What a narrow terminal shows, the most important first; a run's default name says its environment, method and seed. */
const KEPT: readonly ColumnName[] = [
  ...(['state', 'return', 'steps', 'method', 'env', 'seed'] as const),
  ...(['time', 'best', 'teacher', 'started', 'speed'] as const),
];
/** Columns for which the names of runs are cut, so many characters of them being left. */
const ALWAYS_KEPT: readonly ColumnName[] = ['state', 'return'];
const SHORTEST_NAME = 16;

/**
 * Runs as a table, then why some of them failed or cannot be read. Lines without an end.
 * @param width characters of the terminal, in which nothing is wrapped: columns for which there is no room are left
 * out. Undefined: all of them
 */
export function listRuns(runs: readonly (RunSummary | DamagedRun)[], width?: number): string[] {
  const reasons = runs.flatMap((run) => reasonOf(run) ?? []);
  const folders = { title: 'run', cells: runs.map(({ folder }) => folder) };
  const all = Object.values(COLUMNS).map((column) => fill(column, runs));
  const lines = width === undefined ? layOut([folders, ...all]) : fit(runs, folders, width);
  if (reasons.length === 0) return lines;
  return [
    ...lines,
    '',
    ...reasons.flatMap((line) => (width === undefined ? [line] : wrapWords(line, width))),
  ];
}

function fit(runs: readonly (RunSummary | DamagedRun)[], folders: TextColumn, width: number): string[] {
  const columns = Object.entries(COLUMNS).map(([name, column]) => ({ name, ...fill(column, runs, true) }));
  const short = { ...folders, cells: folders.cells.map((folder) => folder.slice(0, SHORTEST_NAME)) };
  const kept = new Set<string>();
  const shown = (also?: string) => columns.filter(({ name }) => kept.has(name) || name === also);
  for (const name of KEPT) {
    const first = ALWAYS_KEPT.includes(name) ? short : folders;
    if (totalWidth([first, ...shown(name)]) <= width) kept.add(name);
  }
  const room = width - totalWidth([{ title: '', cells: [] }, ...shown()]);
  const cells = folders.cells.map((folder) => shorten(folder, room, 'beginning'));
  return layOut([{ ...folders, cells }, ...shown()]);
}

function fill(column: ListColumn, runs: readonly (RunSummary | DamagedRun)[], isLimited = false): TextColumn {
  const { title, alignRight = false, limit } = column;
  const cells = runs.map((run) => {
    if (run.state !== 'damaged') return column.cell(run);
    return title === 'state' ? run.state : '-';
  });
  return {
    title,
    alignRight,
    cells: isLimited && limit !== undefined ? cells.map((cell) => shorten(cell, limit)) : cells,
  };
}

/** Those asked for, in parts where the run was given more; before them those taken, where they are not all. */
function stepsCell({ steps, totals }: RunSummary): string {
  const asked = totals.map((total, i) => shortCount(total - (totals[i - 1] ?? 0))).join('+');
  return steps === totals.at(-1) ? asked : `${shortCount(steps)}/${asked}`;
}

function teacherCell({ manifest }: RunSummary): string {
  return manifest.teachers.map(({ env }) => env).join(' + ') || '-';
}

function speedCell({ stepsPerSecond }: RunSummary): string {
  return stepsPerSecond === undefined ? '-' : formatNumber(stepsPerSecond, 0);
}

function startedCell({ manifest }: RunSummary): string {
  return manifest.createdAt.slice(0, 16).replace('T', ' ');
}

function reasonOf(run: RunSummary | DamagedRun): string | undefined {
  if (run.state === 'damaged') return run.reason;
  return run.state === 'failed' && run.manifest.reason
    ? `${run.folder} failed: ${run.manifest.reason}`
    : undefined;
}
