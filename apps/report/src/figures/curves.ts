import { aggregate, type Curve, resample, stepGrid } from '@mikt/eval';
import { formatCount, listOf, plural } from '../format.js';
import type { Method } from '../methods.js';
import type { ReportedRun } from '../runs.js';
import { progressText } from '../runs.js';
import type { LegendEntry, Line, LinePanel } from './line-panel.js';

/**
 * Points that curves are drawn at: about one per two pixels of a small panel. At each stands what the last row at or
 * before it says.
 */
const GRID_POINTS = 161;

/** What the vertical rules of phase changes are. */
export const PHASES_TEXT =
  'Vertical lines: where the coupling loss sets in, and the hand-over, from which the student acts without its teacher.';

/** How to read a line and its band. */
export function bandText(severalSeeds: boolean): string {
  return severalSeeds
    ? 'line: mean over seeds, band: ± 1 standard deviation'
    : 'one seed: a line without a band';
}

/** Runs under one line, each with its curve. */
export interface CurveGroup extends LegendEntry {
  readonly curves: readonly Curve[];
}

/** From 0 to the last step that any of these curves has. */
export function gridOf(curves: readonly Curve[]): Float64Array {
  const lastStep = Math.max(1, ...curves.map(({ steps }) => steps[steps.length - 1] ?? 0));
  return stepGrid(lastStep, GRID_POINTS);
}

/** Mean over curves with a band of one standard deviation; those without a value are left out. */
export function meanLines(groups: readonly CurveGroup[], grid: Float64Array): Line[] {
  return groups
    .filter(({ curves }) => curves.some(hasValue))
    .map(({ label, style, curves }) => {
      const statistics = aggregate(curves.map((curve) => resample(curve, grid)));
      const { mean, standardDeviation, count } = statistics;
      const band = (sign: 1 | -1) => mean.map((value, i) => value + sign * standardDeviation[i]!);
      return { label, style, value: mean, count, ...(curves.length > 1 && { low: band(-1), high: band(1) }) };
    });
}

/** A run's column as a curve; empty where it has none. */
export function columnCurve(run: ReportedRun, column: string): Curve {
  const values = run.metrics[column];
  return values === undefined ? { steps: [], values: [] } : { steps: run.metrics.steps ?? [], values };
}

function hasValue({ values }: Curve): boolean {
  return Array.from(values).some((value) => !Number.isNaN(value));
}

/** Numbers of seeds, and what is not finished, to stand on a panel. */
export function seedNotes(methods: readonly Method[], nameOf = (method: Method) => method.label): string[] {
  const counts = [...new Set(methods.map(({ counted }) => counted.length))];
  const seeds =
    counts.length === 1
      ? `${plural(counts[0]!, 'seed')}${methods.length > 1 ? ' each' : ''}`
      : `seeds: ${methods.map((method) => `${nameOf(method)} ${method.counted.length}`).join('; ')}`;
  const unfinished = methods.flatMap((method) =>
    method.counted.filter((run) => !run.finished).map((run) => ({ run, name: nameOf(method) })),
  );
  if (unfinished.length === 0) return [seeds];
  const shown = unfinished
    .slice(0, 2)
    .map(
      ({ run, name }) =>
        `${methods.length > 1 ? `${name} ` : ''}seed ${run.manifest.seed} (${progressText(run)})`,
    );
  const more = unfinished.length > 2 ? [`${formatCount(unfinished.length - 2)} more`] : [];
  return [seeds, `unfinished: ${listOf([...shown, ...more])}`];
}

/** The numbers behind panels of lines as CSV. @param value what the lines are of, e.g. `return` */
export function linesCsv(panels: readonly LinePanel[], x: string, value: string): string {
  const rows = panels.flatMap((panel) =>
    panel.lines.flatMap((line) =>
      Array.from(panel.grid, (at, i) =>
        csvRow([panel.title, line.label, at, line.value[i], line.low?.[i], line.high?.[i], line.count?.[i]]),
      ),
    ),
  );
  return csvRow(['panel', 'line', x, value, 'low', 'high', 'seeds']) + rows.join('');
}

/** One line of a CSV file; nothing for a number that is not there. */
export function csvRow(cells: readonly (string | number | undefined)[]): string {
  const texts = cells.map((cell) => {
    if (cell === undefined || (typeof cell === 'number' && Number.isNaN(cell))) return '';
    if (typeof cell === 'number') return String(Number(cell.toPrecision(8)));
    return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  });
  return `${texts.join(',')}\n`;
}
