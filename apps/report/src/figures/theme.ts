import type { Config } from 'vega-lite';

/** The colour of text and axes: that of the page around an SVG element. */
export const INK = 'currentColor';

const FONT = 'Inter, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

export const THEME: Config = {
  aria: false,
  background: 'transparent',
  font: FONT,
  view: { stroke: null },
  title: {
    color: INK,
    subtitleColor: INK,
    anchor: 'start',
    frame: 'bounds',
    fontSize: 15,
    fontWeight: 600,
    subtitleFontSize: 12,
    subtitlePadding: 4,
    offset: 12,
  },
  axis: {
    labelColor: INK,
    titleColor: INK,
    domainColor: INK,
    tickColor: INK,
    gridColor: INK,
    domainOpacity: 0.5,
    tickOpacity: 0.5,
    gridOpacity: 0.12,
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 400,
    titlePadding: 8,
    labelFlush: false,
  },
  axisX: { grid: false, labelOverlap: true },
  legend: {
    labelColor: INK,
    labelFontSize: 12,
    labelLimit: 0,
    orient: 'top',
    title: null,
    symbolType: 'stroke',
    symbolSize: 360,
    symbolStrokeWidth: 2.5,
    columnPadding: 20,
    rowPadding: 4,
    offset: 8,
  },
};

/** Labels of axes in steps: 500, 250k, −1.5M. */
export const STEPS_LABEL =
  "replace(abs(datum.value) >= 1e6 ? datum.value / 1e6 + 'M' : abs(datum.value) >= 1e3 ? datum.value / 1e3 + 'k' : '' + datum.value, '-', '−')";
