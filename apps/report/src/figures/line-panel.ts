import type { TopLevelSpec } from 'vega-lite';
import type { PositionFieldDef } from 'vega-lite/types_unstable/channeldef.js';
import type { SeriesStyle } from '../method-styles.js';
import type { PhaseChange } from '../phases.js';
import { INK, STEPS_LABEL } from './theme.js';

/** What a legend says of a line, the same in all panels of a figure. */
export interface LegendEntry {
  readonly label: string;
  readonly style: SeriesStyle;
}

/** One line at every point of its panel's grid, with a band around it; NaN where there is nothing to draw. [G] */
export interface Line extends LegendEntry {
  readonly value: ArrayLike<number>;
  readonly low?: ArrayLike<number>;
  readonly high?: ArrayLike<number>;
  /** How many runs are behind each value. */
  readonly count?: ArrayLike<number>;
}

export interface Axis {
  readonly title: string;
  /** In thousands and millions, or as they are. */
  readonly format: 'steps' | 'number';
}

/** Values over steps or thresholds. */
export interface LinePanel {
  readonly kind: 'lines';
  /** What sets it apart from the figure's other panels; not drawn where it is the only one. */
  readonly title: string;
  /** Below the title, such as numbers of seeds. */
  readonly notes: readonly string[];
  /** What it shows, in words; where it is not given, what the figure shows. */
  readonly description?: string;
  readonly x: Axis;
  readonly grid: Float64Array;
  readonly y: { readonly title: string; readonly domain?: readonly [number, number] };
  readonly lines: readonly Line[];
  /** Horizontal lines to compare with, labelled in place. */
  readonly references: readonly { readonly label: string; readonly value: number }[];
  readonly changes: readonly PhaseChange[];
}

/** Room for a plot without its axes. */
export interface PlotSize {
  readonly width: number;
  readonly height: number;
}

export type Layers = Extract<TopLevelSpec, { layer: unknown }>['layer'];

/**
 * A panel's layers. Their names become classes of the SVG element: the page's script finds lines and bands by them,
 * in the order of `panel.lines`.
 */
export function lineLayers(panel: LinePanel): Layers {
  const lastX = panel.grid[panel.grid.length - 1]!;
  const x: PositionFieldDef<string> = {
    field: 'x',
    type: 'quantitative',
    title: panel.x.title,
    scale: { domain: [panel.grid[0]!, lastX], nice: false },
    axis: {
      tickCount: { signal: 'max(3, ceil(width / 80))' },
      ...(panel.x.format === 'steps' ? { labelExpr: STEPS_LABEL } : { format: '~g' }),
    },
  };
  const y: PositionFieldDef<string> = {
    type: 'quantitative',
    title: panel.y.title,
    scale: panel.y.domain
      ? { domain: [...panel.y.domain], nice: false }
      : { domain: [...spanOf(panel)], nice: true, zero: false },
    axis: { tickCount: { signal: 'max(3, ceil(height / 50))' } },
  };
  return [
    ...changeLayers(panel.changes, x),
    ...referenceLayers(panel, y),
    ...bandLayers(panel.lines.filter(hasBand), panel.grid, x, y),
    ...valueLayers(panel, x, y),
  ];
}

/** Lowest and highest value of lines, bands and references. */
function spanOf({ lines, references }: LinePanel): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const include = (values: ArrayLike<number>) => {
    for (let i = 0; i < values.length; i++) {
      if (Number.isNaN(values[i])) continue;
      low = Math.min(low, values[i]!);
      high = Math.max(high, values[i]!);
    }
  };
  for (const line of lines) for (const values of [line.value, line.low, line.high]) include(values ?? []);
  include(references.map(({ value }) => value));
  return low < high ? [low, high] : [low - 1, high + 1];
}

/** Rows for the plot; `null` where there is no value, so that the line breaks there. */
function rowsOf(lines: readonly Line[], grid: Float64Array): Record<string, unknown>[] {
  const orNull = (value: number | undefined) => (value === undefined || Number.isNaN(value) ? null : value);
  return lines.flatMap((line) =>
    Array.from(grid, (x, i) => ({
      x,
      series: line.label,
      value: orNull(line.value[i]),
      low: orNull(line.low?.[i]),
      high: orNull(line.high?.[i]),
    })),
  );
}

/** How the lines' labels become something to see; the legend is drawn apart. */
function byLabel(lines: readonly LegendEntry[], range: (style: SeriesStyle) => unknown) {
  return {
    field: 'series',
    type: 'nominal' as const,
    sort: null,
    legend: null,
    scale: {
      domain: lines.map(({ label }) => label),
      range: lines.map(({ style }) => range(style)) as string[],
    },
  };
}

function valueLayers(
  { lines, grid }: LinePanel,
  x: PositionFieldDef<string>,
  y: PositionFieldDef<string>,
): Layers {
  return [
    {
      name: 'lines',
      data: { values: rowsOf(lines, grid) },
      mark: { type: 'line', strokeWidth: 2, strokeCap: 'butt' },
      encoding: {
        x,
        y: { ...y, field: 'value' },
        color: byLabel(lines, ({ colour }) => colour),
        strokeDash: byLabel(lines, ({ dash }) => [...dash]),
      },
    },
  ];
}

/** A line without a band has none here either, and takes no place among them. */
export function hasBand({ low, high }: Line): boolean {
  return low !== undefined && high !== undefined && Array.from(low).some((value) => !Number.isNaN(value));
}

function bandLayers(
  lines: readonly Line[],
  grid: Float64Array,
  x: PositionFieldDef<string>,
  y: PositionFieldDef<string>,
): Layers {
  if (lines.length === 0) return [];
  return [
    {
      name: 'bands',
      data: { values: rowsOf(lines, grid) },
      mark: { type: 'area', opacity: 0.16, interpolate: 'linear' },
      encoding: {
        x,
        y: { ...y, field: 'low' },
        y2: { field: 'high' },
        color: byLabel(lines, ({ colour }) => colour),
      },
    },
  ];
}

function changeLayers(changes: readonly PhaseChange[], x: PositionFieldDef<string>): Layers {
  if (changes.length === 0) return [];
  const [low, high] = (x.scale as { domain: [number, number] }).domain;
  // A label stands on the side of its rule where there is room, above the plot so that no curve runs through it.
  const text = (align: 'left' | 'right'): Layers[number] => ({
    data: {
      values: changes
        .filter(({ step }) => step - low > (high - low) * 0.4 === (align === 'right'))
        .map(({ step, label }) => ({ x: step, label })),
    },
    mark: { type: 'text', align, dx: align === 'left' ? -1 : 1, fontSize: 11, color: INK, opacity: 0.75 },
    encoding: { x, y: { value: -8 }, text: { field: 'label' } },
  });
  const rules: Layers[number] = {
    data: { values: changes.map(({ step }) => ({ x: step })) },
    mark: { type: 'rule', color: INK, opacity: 0.3, strokeWidth: 1 },
    encoding: { x },
  };
  return [rules, text('left'), text('right')];
}

function referenceLayers(panel: LinePanel, y: PositionFieldDef<string>): Layers {
  const { references } = panel;
  if (references.length === 0) return [];
  const [low, high] = panel.y.domain ?? spanOf(panel);
  const encodeValue = { ...y, field: 'value' };
  // Above its line, but not where the labels of phases stand.
  const text = (place: 'above' | 'below'): Layers[number] => ({
    data: {
      values: references.filter(({ value }) => value - low > 0.88 * (high - low) === (place === 'below')),
    },
    mark: {
      type: 'text',
      align: 'right',
      dx: -4,
      dy: place === 'above' ? -7 : 8,
      fontSize: 11,
      color: INK,
      opacity: 0.85,
    },
    encoding: { x: { value: 'width' }, y: encodeValue, text: { field: 'label' } },
  });
  return [
    {
      data: { values: references.map(({ value }) => ({ value })) },
      mark: { type: 'rule', color: INK, opacity: 0.6, strokeWidth: 1, strokeDash: [4, 4] },
      encoding: { y: encodeValue },
    },
    text('above'),
    text('below'),
  ];
}
