import {
  aggregateInterval,
  type Curve,
  type Interval,
  improvementInterval,
  interquartileMean,
  meanScore,
  medianScore,
  normaliseCurves,
  optimalityGap,
  performanceProfile,
  type ScoreAggregate,
  sampleEfficiency,
  stepGrid,
} from '@mikt/eval';
import type { ScoredMethod, ScoreTable } from '../aggregates.js';
import { listOf, plural } from '../format.js';
import { finishedRuns, LEVEL, lengthOf, returnCurve } from '../results.js';
import { csvRow, linesCsv } from './curves.js';
import type { FigurePlan } from './figure.js';
import { describeIntervals, type IntervalPanel } from './interval-panel.js';
import type { Line, LinePanel } from './line-panel.js';

const AGGREGATES: readonly { readonly title: string; readonly of: ScoreAggregate }[] = [
  { title: 'interquartile mean (IQM)', of: interquartileMean },
  { title: 'median', of: medianScore },
  { title: 'mean', of: meanScore },
  { title: 'optimality gap (less is better)', of: optimalityGap },
];

const POINTS = 61;
const PERCENT = 100 * LEVEL;
const INTERVALS = `${PERCENT}% intervals by stratified bootstrap over runs (Agarwal et al. 2021); with few seeds they are too narrow`;

/** Statistics over all pairs of a table, none where there is only a reason; bootstraps with their default seed. */
export function aggregateFigures(table: ScoreTable | string): FigurePlan[] {
  if (typeof table === 'string') return [];
  return [aggregateScores(table), improvement(table), profiles(table), efficiency(table)];
}

/** What scores are, or why there are none, in sentences. */
export function scoresText(table: ScoreTable | string): string {
  if (typeof table === 'string') return `Scores in one number are left out. ${table}`;
  const { pairs, baseline, methods, remarks } = table;
  const over = pairs.length === 1 ? pairs[0]!.title : plural(pairs.length, 'pair');
  return [
    `Scores are final returns of finished runs on ${over}, normalised pair by pair: 0 is doing nothing, 1 the mean final return of ${baseline}.`,
    `Runs: ${listOf(methods.map(({ method, runs }) => `${method.label} ${runs}`))}.`,
    ...remarks,
  ].join(' ');
}

/** The same on a figure. */
function scaleNote({ baseline }: ScoreTable): string {
  return `normalised: 0 is doing nothing, 1 the mean final return of ${baseline}`;
}

function aggregateScores(table: ScoreTable): FigurePlan {
  const panels = AGGREGATES.map(
    ({ title, of }): IntervalPanel => ({
      kind: 'intervals',
      title,
      notes: [],
      x: { title: 'normalised score', format: 'number' },
      rows: table.methods.map(({ method, scores, names }) =>
        rowOf(method, aggregateInterval(scores, of, { runs: names, level: LEVEL })),
      ),
    }),
  );
  return {
    id: 'aggregate-scores',
    title: 'Scores in one number',
    subtitle: `${scaleNote(table)}; bars: ${INTERVALS}`,
    legend: [],
    panels,
    csv: intervalsCsv(panels),
    description: panels.map(describeIntervals).join(' '),
    caption: `Bars are ${INTERVALS}. The interquartile mean is the mean of the middle half of all scores; the optimality gap is how far scores fall short of 1 on average.`,
  };
}

function improvement({ methods }: ScoreTable): FigurePlan {
  const [baseline, ...others] = methods as [ScoredMethod, ...ScoredMethod[]];
  const panel: IntervalPanel = {
    kind: 'intervals',
    title: `probability of improvement over ${baseline.method.label}`,
    notes: [],
    x: { title: `P(method > ${baseline.method.label})`, format: 'number', domain: [0, 1] },
    rule: 0.5,
    rows: others.map(({ method, scores, names }) =>
      rowOf(
        method,
        improvementInterval(scores, baseline.scores, { xRuns: names, yRuns: baseline.names, level: LEVEL }),
      ),
    ),
  };
  return {
    id: 'probability-of-improvement',
    title: `Probability of improvement over ${baseline.method.label}`,
    subtitle: `bars: ${INTERVALS}`,
    legend: [],
    panels: [panel],
    csv: intervalsCsv([panel]),
    description: describeIntervals(panel),
    caption: `How likely a run of the method ends above one of ${baseline.method.label} on the same pair; it says nothing about by how much. The rule at 0.5 is no improvement. Bars are ${INTERVALS}.`,
  };
}

/** Shares of runs above each score (the performance profiles of Agarwal et al. 2021). */
function profiles(table: ScoreTable): FigurePlan {
  const all = table.methods.flatMap(({ scores }) => Object.values(scores).flat());
  const [low, high] = [Math.min(0, ...all), Math.max(1, ...all)];
  const grid = Float64Array.from({ length: POINTS }, (_, i) => low + ((high - low) * i) / (POINTS - 1));
  const panel = linePanel(
    'performance profile',
    { title: 'normalised score τ', format: 'number' },
    grid,
    { title: 'share of runs above τ', domain: [0, 1] },
    table.methods.map(({ method, scores, names }) => {
      const { estimate, low, high } = performanceProfile(scores, grid, { runs: names, level: LEVEL });
      return { label: method.label, style: method.style, value: estimate, low, high };
    }),
    [runsNote(table)],
  );
  return {
    id: 'performance-profiles',
    title: 'Performance profiles',
    subtitle: `${scaleNote(table)}; bands: pointwise ${INTERVALS}`,
    legend: table.methods.map(({ method }) => ({ label: method.label, style: method.style })),
    panels: [panel],
    csv: linesCsv([panel], 'tau', 'share'),
    description: `The share of runs with a score above each threshold, for ${listOf(table.methods.map(({ method }) => method.label))}.`,
    caption: `For each score τ, the share of runs that end above it, mean over pairs: a method whose line is nowhere below another’s is better. Bands are pointwise ${INTERVALS}.`,
  };
}

/** The interquartile mean of normalised returns over the steps. */
function efficiency(table: ScoreTable): FigurePlan {
  const grid = stepGrid(lengthOf(table.methods[0]!.method), POINTS);
  const lines = table.methods.map(({ method, names }): Line => {
    const curves = normaliseCurves(curvesOf(table, method.label), table.references);
    const { estimate, low, high } = sampleEfficiency(curves, grid, { runs: names, level: LEVEL });
    return { label: method.label, style: method.style, value: estimate, low, high };
  });
  const panel = linePanel(
    'interquartile mean over steps',
    { title: 'environment steps', format: 'steps' },
    grid,
    { title: 'IQM of normalised return' },
    lines,
    [runsNote(table)],
  );
  return {
    id: 'sample-efficiency',
    title: 'Interquartile mean over steps',
    subtitle: `return_100, ${scaleNote(table)}; bands: pointwise ${INTERVALS}`,
    legend: lines.map(({ label, style }) => ({ label, style })),
    panels: [panel],
    csv: linesCsv([panel], 'steps', 'iqm'),
    description: `The interquartile mean of normalised returns over environment steps, for ${listOf(lines.map(({ label }) => label))}.`,
    caption: `The mean of the middle half of all runs’ normalised returns (return_100, the mean of the last 100 episodes) at each step. Bands are pointwise ${INTERVALS}. A line begins where every run has ended its first episode.`,
  };
}

function curvesOf({ pairs }: ScoreTable, label: string): Record<string, Curve[]> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const method = pair.methods.find((each) => each.label === label)!;
      const runs = finishedRuns(method).filter((run) => run.finalReturn !== undefined);
      return [pair.title, runs.map(returnCurve)];
    }),
  );
}

function linePanel(
  title: string,
  x: LinePanel['x'],
  grid: Float64Array,
  y: LinePanel['y'],
  lines: readonly Line[],
  notes: readonly string[],
): LinePanel {
  return { kind: 'lines', title, notes, x, grid, y, lines, references: [], changes: [] };
}

function runsNote({ methods, pairs }: ScoreTable): string {
  const counts = methods.map(({ runs }) => runs);
  const over = pairs.length === 1 ? '' : ` over ${pairs.length} pairs`;
  return new Set(counts).size === 1
    ? `${counts[0]} runs each${over}`
    : `runs${over}: ${methods.map(({ method, runs }) => `${method.label} ${runs}`).join(', ')}`;
}

function rowOf(method: ScoredMethod['method'], { estimate, low, high }: Interval) {
  const show = (value: number) => value.toFixed(2).replace('-', '−');
  const interval = Number.isNaN(low) ? '' : ` (${show(low)} to ${show(high)})`;
  return {
    entry: { label: method.label, style: method.style },
    text: `${method.label}: ${show(estimate)}${interval}`,
    ...{ estimate, low, high },
  };
}

function intervalsCsv(panels: readonly IntervalPanel[]): string {
  const rows = panels.flatMap(({ title, rows }) =>
    rows.map(({ entry, estimate, low, high }) => csvRow([title, entry.label, estimate, low, high])),
  );
  return csvRow(['statistic', 'method', 'estimate', 'low', 'high']) + rows.join('');
}
