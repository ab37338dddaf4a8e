import { listOf } from '../format.js';
import type { Layers, LegendEntry } from './line-panel.js';
import { wrapText } from './text-width.js';
import { INK, STEPS_LABEL } from './theme.js';

/** An estimate with its interval. */
export interface IntervalRow {
  readonly entry: LegendEntry;
  /** Above the interval, in words: what it is, and its numbers. */
  readonly text: string;
  readonly estimate: number;
  /** NaN where there is no saying. */
  readonly low: number;
  readonly high: number;
}

/** Estimates with their intervals, one below the other. */
export interface IntervalPanel {
  readonly kind: 'intervals';
  readonly title: string;
  readonly notes: readonly string[];
  readonly x: {
    readonly title: string;
    readonly format: 'steps' | 'number';
    /** From the data where it is not given. */
    readonly domain?: readonly [number, number];
  };
  readonly rows: readonly IntervalRow[];
  /** Where a vertical rule stands, such as at no difference. */
  readonly rule?: number;
}

const FONT_SIZE = 12;
const LINE_HEIGHT = 15;

/** A row's words as lines that fit. */
function linesOf(text: string, width: number): string[] {
  return wrapText(text, FONT_SIZE, width);
}

/** What a panel shows, in words. */
export function describeIntervals({ title, rows }: Pick<IntervalPanel, 'title' | 'rows'>): string {
  return `${title}: ${listOf(rows.map(({ text }) => text))}.`;
}

/** Pixels of a row: its words, as many lines as the longest of these panels takes, and its interval. */
export function rowHeight(panels: readonly IntervalPanel[], width: number): number {
  const lines = panels.flatMap(({ rows }) => rows.map(({ text }) => linesOf(text, width).length));
  return LINE_HEIGHT * Math.max(1, ...lines) + 25;
}

/** A panel's layers, for a plot of this width whose rows have this height. */
export function intervalLayers(panel: IntervalPanel, width: number, height: number): Layers {
  const rows = panel.rows.map(({ entry, text, estimate, low, high }, index) => ({
    key: String(index),
    label: entry.label,
    text: linesOf(text, width),
    estimate,
    low: Number.isNaN(low) ? null : low,
    high: Number.isNaN(high) ? null : high,
  }));
  const y = {
    field: 'key',
    type: 'nominal' as const,
    sort: null,
    axis: null,
    scale: { padding: 0, domain: rows.map(({ key }) => key) },
  };
  const x = {
    type: 'quantitative' as const,
    title: panel.x.title,
    scale: panel.x.domain
      ? { domain: [...panel.x.domain], nice: false }
      : { domain: [...spanOf(panel)], nice: true, zero: false },
    axis: {
      tickCount: { signal: 'max(3, ceil(width / 80))' },
      ...(panel.x.format === 'steps' ? { labelExpr: STEPS_LABEL } : {}),
    },
  };
  const styles = [...new Map(panel.rows.map(({ entry }) => [entry.label, entry.style]))];
  const color = {
    field: 'label',
    type: 'nominal' as const,
    sort: null,
    legend: null,
    scale: { domain: styles.map(([label]) => label), range: styles.map(([, style]) => style.colour) },
  };
  const strokeDash = {
    ...color,
    scale: { domain: styles.map(([label]) => label), range: styles.map(([, style]) => [...style.dash]) },
  };
  const data = { values: rows };
  return [
    ...(panel.rule === undefined
      ? []
      : [
          {
            data: { values: [{ estimate: panel.rule }] },
            mark: { type: 'rule', color: INK, opacity: 0.3, strokeWidth: 1 },
            encoding: { x: { ...x, field: 'estimate' } },
          } as Layers[number],
        ]),
    {
      name: 'intervals',
      data,
      mark: { type: 'rule', strokeWidth: 2, yOffset: height / 2 - 11 },
      transform: [{ filter: 'isValid(datum.low) && isValid(datum.high)' }],
      encoding: { x: { ...x, field: 'low' }, x2: { field: 'high' }, y, color, strokeDash },
    },
    {
      name: 'estimates',
      data,
      mark: { type: 'point', filled: true, size: 70, opacity: 1, yOffset: height / 2 - 11 },
      encoding: { x: { ...x, field: 'estimate' }, y, color },
    },
    {
      name: 'words',
      data,
      mark: {
        ...{ type: 'text', align: 'left', baseline: 'top', color: INK },
        ...{ yOffset: 4 - height / 2, fontSize: FONT_SIZE, lineHeight: LINE_HEIGHT },
      },
      encoding: { x: { value: 0 }, y, text: { field: 'text' } },
    },
  ];
}

function spanOf({ rows, rule }: IntervalPanel): readonly [number, number] {
  const values = rows
    .flatMap(({ estimate, low, high }) => [estimate, low, high])
    .concat(rule ?? [])
    .filter((value) => !Number.isNaN(value));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low < high ? [low, high] : [low - 1, high + 1];
}
