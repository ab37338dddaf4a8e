import { aggregate, type Curve, resample, stepGrid } from '@mikt/eval';
import type { TopLevelSpec } from 'vega-lite';
import type { PositionFieldDef } from 'vega-lite/types_unstable/channeldef.js';
import type { Layout } from './figure.js';
import type { SeriesStyle } from './methods.js';
import type { PhaseChange } from './phases.js';

/** One line: the mean over its runs, and a band of one standard deviation where there are several. */
export interface Series {
  readonly label: string;
  readonly style: SeriesStyle;
  /** One curve per run. */
  readonly curves: readonly Curve[];
}

export interface LineChart {
  readonly title: string;
  readonly subtitle: readonly string[];
  readonly yTitle: string;
  /** Lowest and highest value of the y axis; from the data where it is not given. */
  readonly yDomain?: readonly [number, number];
  readonly series: readonly Series[];
  /** Horizontal lines to compare with, labelled in place. */
  readonly references: readonly { readonly label: string; readonly value: number }[];
  readonly changes: readonly PhaseChange[];
}

type Layers = Extract<TopLevelSpec, { layer: unknown }>['layer'];

/** Intervals of the grid that curves are put on: about one per three pixels. */
const GRID_INTERVALS = 240;

/** Characters of a series' label of which two fit side by side. */
const LONGEST_LABEL = 45;

/** A chart of values over environment steps, as a Vega-Lite specification. */
export function lineChart(chart: LineChart, { width, height, isNarrow }: Layout): TopLevelSpec {
  const { title, subtitle, series, references, changes } = chart;
  const curves = series.flatMap((line) => line.curves);
  const lastStep = Math.max(1, ...curves.map(({ steps }) => steps[steps.length - 1] ?? 0));
  const labels = series.map(({ label }) => label);
  const x: PositionFieldDef<string> = {
    field: 'step',
    type: 'quantitative',
    title: 'environment steps',
    scale: { domain: [0, lastStep], nice: false },
    // Vega gives zero the unit of the other ticks.
    axis: { tickCount: isNarrow ? 4 : 8, labelExpr: "datum.value === 0 ? '0' : datum.label" },
  };
  const y: PositionFieldDef<string> = {
    type: 'quantitative',
    title: chart.yTitle,
    scale: chart.yDomain ? { domain: [...chart.yDomain], nice: false } : { zero: false, nice: true },
    axis: { tickCount: 6 },
  };
  const colour = {
    field: 'series',
    type: 'nominal' as const,
    sort: null,
    scale: { domain: labels, range: series.map(({ style }) => style.colour) },
  };
  // Above the labels of the phases, which stand above the plot so that no curve runs through them.
  // Two columns of long labels would be wider than the chart, and shrink it.
  const isCrowded = isNarrow || labels.some((label) => label.length > LONGEST_LABEL);
  const legend = { columns: isCrowded ? 1 : 2, labelLimit: 0, offset: changes.length > 0 ? 24 : 10 };
  const points = { values: series.flatMap((line) => pointsOf(line, stepGrid(lastStep, GRID_INTERVALS + 1))) };
  const bandLayer: Layers = [
    {
      data: points,
      mark: { type: 'area', opacity: 0.16, interpolate: 'linear' },
      encoding: {
        x,
        y: { ...y, field: 'low' },
        y2: { field: 'high' },
        color: { ...colour, legend: null },
      },
    },
  ];
  const lineLayer: Layers = [
    {
      data: points,
      mark: { type: 'line', strokeWidth: 2, strokeCap: 'butt' },
      encoding: {
        x,
        y: { ...y, field: 'mean' },
        color: { ...colour, legend },
        strokeDash: {
          field: 'series',
          type: 'nominal',
          sort: null,
          scale: { domain: labels, range: series.map(({ style }) => [...style.dash]) },
          legend,
        },
      },
    },
  ];
  const hasBand = series.some((line) => line.curves.length > 1);
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: { text: title, subtitle: [...subtitle] },
    width,
    height,
    padding: { left: 4, right: isNarrow ? 8 : 16, top: 4, bottom: 4 },
    layer: [
      ...changeLayers(changes, x, lastStep),
      ...referenceLayers(references, y),
      ...(hasBand ? bandLayer : []),
      ...lineLayer,
    ],
    resolve: { scale: { color: 'independent', strokeDash: 'independent' } },
  };
}

/** Rows for the plot; `null` where there is no value, so that the line breaks there. */
function pointsOf({ label, curves }: Series, grid: Float64Array): Record<string, unknown>[] {
  const { mean, standardDeviation } = aggregate(curves.map((curve) => resample(curve, grid)));
  const orNull = (value: number) => (Number.isNaN(value) ? null : value);
  return Array.from(grid, (step, index) => {
    const deviation = standardDeviation[index]!;
    return {
      step,
      series: label,
      mean: orNull(mean[index]!),
      low: orNull(mean[index]! - deviation),
      high: orNull(mean[index]! + deviation),
    };
  });
}

function changeLayers(
  changes: readonly PhaseChange[],
  x: PositionFieldDef<string>,
  lastStep: number,
): Layers {
  if (changes.length === 0) return [];
  // A label stands on the side of its rule where there is room.
  const text = (align: 'left' | 'right'): Layers[number] => ({
    data: { values: changes.filter(({ step }) => step > lastStep * 0.4 === (align === 'right')) },
    mark: {
      type: 'text',
      align,
      dx: align === 'left' ? -1 : 1,
      fontSize: 11,
      color: 'currentColor',
      opacity: 0.7,
    },
    encoding: { x, y: { value: -8 }, text: { field: 'label' } },
  });
  return [
    {
      data: { values: [...changes] },
      mark: { type: 'rule', color: 'currentColor', opacity: 0.3, strokeWidth: 1 },
      encoding: { x },
    },
    text('left'),
    text('right'),
  ];
}

function referenceLayers(references: LineChart['references'], y: PositionFieldDef<string>): Layers {
  if (references.length === 0) return [];
  const data = { values: references.map(({ label, value }) => ({ label, value })) };
  const encodeValue = { ...y, field: 'value' };
  return [
    {
      data,
      mark: { type: 'rule', color: 'currentColor', opacity: 0.6, strokeWidth: 1, strokeDash: [4, 4] },
      encoding: { y: encodeValue },
    },
    {
      data,
      mark: { type: 'text', align: 'left', dx: 4, dy: -7, fontSize: 11, color: 'currentColor', opacity: 0.8 },
      encoding: { x: { value: 0 }, y: encodeValue, text: { field: 'label' } },
    },
  ];
}
