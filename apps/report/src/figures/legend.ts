import type { LegendEntry } from './line-panel.js';
import { textWidth } from './text-width.js';
import { INK } from './theme.js';

const FONT_SIZE = 12;
const STROKE = 26;
const LINE_HEIGHT = 20;

/** A legend for all panels of a figure, filled line by line, as a Vega-Lite chart of its own. */
export function legendChart(entries: readonly LegendEntry[], width: number): object {
  let [left, line] = [0, 0];
  const places = entries.map(({ label, style }) => {
    const needed = STROKE + 8 + textWidth(label, FONT_SIZE);
    if (left > 0 && left + needed > width) [left, line] = [0, line + 1];
    const place = { label, style, from: left, to: left + STROKE, text: left + STROKE + 7, line: line + 0.5 };
    left += needed + 22;
    return place;
  });
  const x = { type: 'quantitative', axis: null, scale: { domain: [0, width], nice: false } };
  const y = {
    field: 'line',
    type: 'quantitative',
    axis: null,
    scale: { domain: [line + 1, 0], nice: false, zero: false },
  };
  const data = { values: places.map(({ style: _, ...place }) => place) };
  const scale = (range: unknown[]) => ({
    field: 'label',
    type: 'nominal',
    sort: null,
    legend: null,
    scale: { domain: entries.map(({ label }) => label), range },
  });
  return {
    name: 'legend',
    width,
    height: (line + 1) * LINE_HEIGHT,
    layer: [
      {
        name: 'legend_lines',
        data,
        mark: { type: 'rule', strokeWidth: 2.5 },
        encoding: {
          x: { ...x, field: 'from' },
          x2: { field: 'to' },
          y,
          color: scale(entries.map(({ style }) => style.colour)),
          strokeDash: scale(entries.map(({ style }) => [...style.dash])),
        },
      },
      {
        name: 'legend_words',
        data,
        mark: { type: 'text', align: 'left', fontSize: FONT_SIZE, color: INK },
        encoding: { x: { ...x, field: 'text' }, y, text: { field: 'label' } },
      },
    ],
  };
}
