import { formatCount, formatSigned, slug } from '../format.js';
import type { Pair } from '../pairs.js';
import { type Comparison, LEVEL } from '../results.js';
import { csvRow } from './curves.js';
import type { FigurePlan } from './figure.js';
import { describeIntervals, type IntervalPanel, type IntervalRow } from './interval-panel.js';

/** The measures that are drawn, and what their axes say. */
const MEASURES: readonly {
  readonly measure: Comparison['measure'];
  readonly title: string;
  readonly axis: string;
  readonly format: 'steps' | 'number';
}[] = [
  {
    measure: 'jumpstart',
    title: 'jumpstart: first 10% of the steps',
    axis: 'difference in return',
    format: 'number',
  },
  {
    measure: 'mean return',
    title: 'mean return: area / steps',
    axis: 'difference in return',
    format: 'number',
  },
  { measure: 'final return', title: 'final return', axis: 'difference in return', format: 'number' },
  {
    measure: 'steps to threshold',
    title: 'steps to threshold',
    axis: 'difference in environment steps (fewer is better)',
    format: 'steps',
  },
];

/** Measures of transfer with their intervals, a panel for each measure; undefined where nothing can be compared. */
export function transferMeasures(pair: Pair, comparisons: readonly Comparison[]): FigurePlan | undefined {
  if (comparisons.length === 0 || pair.baseline === undefined) return undefined;
  const baseline = pair.baseline.label;
  const panels = MEASURES.flatMap(({ measure, title, axis, format }): IntervalPanel[] => {
    const rows = comparisons.filter((each) => each.measure === measure && Number.isFinite(each.difference));
    if (rows.length === 0) return [];
    const threshold = rows[0]!.threshold;
    const heading = threshold === undefined ? title : `${title}: return of ${formatCount(threshold)}`;
    return [
      {
        kind: 'intervals',
        title: heading,
        notes: [],
        x: { title: axis, format },
        rows: rows.map(rowOf),
        rule: 0,
      },
    ];
  });
  if (panels.length === 0) return undefined;
  const hasIntervals = panels.some(({ rows }) => rows.some(({ low }) => !Number.isNaN(low)));
  const percent = 100 * LEVEL;
  return {
    id: `transfer-${slug(pair.title)}`,
    title: `What the transfer gained over ${baseline}: ${pair.title}`,
    subtitle: hasIntervals
      ? `difference to ${baseline}, with its ${percent}% interval over seeds (Welch's t); numbers of seeds in brackets`
      : `difference to ${baseline}; one seed, so there is no interval`,
    legend: [],
    panels,
    csv: comparisonsCsv(comparisons),
    description: panels.map(describeIntervals).join(' '),
    caption:
      `Differences to ${baseline} over finished runs. ` +
      (hasIntervals
        ? `Bars are ${percent}% intervals by Welch's t over seeds: where one crosses zero, the methods cannot be told apart by it. `
        : 'There is no interval from a single seed: nothing can be said about other seeds. ') +
      'Numbers in brackets: seeds of the method and of what it is compared with. ' +
      'A run that never reaches the threshold counts as its whole length.',
  };
}

function rowOf(comparison: Comparison): IntervalRow {
  const { styled, welch, difference, runs, baselineRuns, measure } = comparison;
  const show = (value: number) =>
    measure === 'steps to threshold' ? `${formatSigned(value / 1000)}k` : formatSigned(value);
  const interval =
    welch === undefined || Number.isNaN(welch.low) ? '' : ` (${show(welch.low)} to ${show(welch.high)})`;
  return {
    entry: { label: styled.label, style: styled.style },
    text: `${styled.label}: ${show(difference)}${interval} [${runs}/${baselineRuns}]`,
    estimate: difference,
    low: welch?.low ?? Number.NaN,
    high: welch?.high ?? Number.NaN,
  };
}

/** Every measure of every method as CSV. */
function comparisonsCsv(comparisons: readonly Comparison[]): string {
  const header = [
    ...['pair', 'method', 'measure', 'threshold', 'runs', 'baseline_runs', 'value', 'baseline_value'],
    ...['difference', 'welch_low', 'welch_high', 'bootstrap_low', 'bootstrap_high'],
  ];
  const rows = comparisons.map((each) =>
    csvRow([
      ...[each.pair, each.method, each.measure, each.threshold, each.runs, each.baselineRuns],
      ...[each.value, each.baselineValue, each.difference, each.welch?.low, each.welch?.high],
      ...[each.bootstrap.low, each.bootstrap.high],
    ]),
  );
  return csvRow(header) + rows.join('');
}
