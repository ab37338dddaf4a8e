import type { Figure } from '../figures/figure.js';
import type { LinePanel } from '../figures/line-panel.js';
import { escapeText, formatCount, formatReturn, MISSING } from '../format.js';
import { dataScript, details, labelled, number, pageJson, table, text } from './html.js';

/** Class of a figure by its number of panels: others fill rows as they fit. */
const ARRANGEMENTS: Readonly<Record<number, string>> = { 1: ' single', 2: ' double', 4: ' double' };

/** Steps at which the table below a figure gives its values. */
const TABLE_ROWS = 5;

/**
 * A figure with its legend, caption, files and numbers. Legends and plots come alive with the page's script; without
 * it they are a picture with a text beside it.
 */
export function figureHtml(figure: Figure, { hasPng }: { readonly hasPng: boolean }): string {
  const { id, title, caption, legend, drawn, panels } = figure;
  const heading = `${id}-heading`;
  const values = drawn.map((panel) => panel.values ?? null);
  const isAlive = values.some((value) => value !== null);
  const files = [
    `<a href="figures/${id}.svg">SVG</a>`,
    ...(hasPng ? [`<a href="figures/${id}.png">PNG</a>`] : []),
    `<a href="figures/${id}.csv">CSV</a>`,
    `<a href="figures/${id}.vl.json">Vega-Lite</a>`,
  ];
  return `<figure id="${id}" aria-labelledby="${heading}">
<h3 id="${heading}">${escapeText(title)}</h3>
${legendHtml(legend)}
<div class="panels${ARRANGEMENTS[drawn.length] ?? ''}">
${drawn.map((panel, index) => panelHtml(figure, index, panel)).join('\n')}
</div>
<figcaption>${escapeText(caption)} <span class="files">${files.join(' · ')}</span></figcaption>
${isAlive ? details('Values as a table', panels.map((panel) => (panel.kind === 'lines' ? valueTable(figure.title, panel) : '')).join('\n')) : ''}
${isAlive ? dataScript(`${id}-values`, pageJson(values)) : ''}
</figure>`;
}

function legendHtml(legend: Figure['legend']): string {
  if (legend.length === 0) return '';
  const items = legend.map(
    (entry, index) =>
      `<li><button type="button" aria-pressed="true" data-entry="${index}">${labelled(entry)}</button></li>`,
  );
  return `<ul class="legend" aria-label="Legend">${items.join('')}</ul>`;
}

function panelHtml({ id }: Figure, index: number, panel: Figure['drawn'][number]): string {
  const { narrow, wide, title, values } = panel;
  const withClass = (svg: string, name: string) => svg.replace('<svg ', `<svg class="${name}" `);
  const pictures = wide ? `${withClass(wide, 'wide')}${withClass(narrow, 'narrow')}` : narrow;
  const plot = values
    ? ` tabindex="0" role="group" aria-roledescription="plot" aria-label="${escapeText(title)}: values with the arrow keys"`
    : '';
  return `<div class="panel" data-panel="${index}"${plot} id="${id}-panel-${index + 1}">${pictures}</div>`;
}

/** The lines' values at a few steps, for those who do not see them. */
function valueTable(title: string, { grid, lines, x, y, title: panel, references }: LinePanel): string {
  const last = grid.length - 1;
  const points = Array.from({ length: TABLE_ROWS }, (_, i) => Math.round((last * (i + 1)) / TABLE_ROWS));
  const show = (value: number | undefined) =>
    x.format === 'steps' && y.domain === undefined
      ? formatReturn(value)
      : value === undefined || Number.isNaN(value)
        ? MISSING
        : value.toFixed(3);
  const cell = (value: number | undefined, low: number | undefined, high: number | undefined) =>
    low === undefined || high === undefined || Number.isNaN(low) || value === undefined
      ? show(value)
      : `${show(value)} <span class="soft">(${show(low)} to ${show(high)})</span>`;
  const rows = lines.map((line) => [
    labelled(line),
    ...points.map((i) => cell(line.value[i], line.low?.[i], line.high?.[i])),
  ]);
  const compared = references.map(({ label, value }) => [
    escapeText(label),
    ...points.map(() => show(value)),
  ]);
  const columns = points.map((i) =>
    number(x.format === 'steps' ? formatCount(grid[i]!) : String(Number(grid[i]!.toPrecision(3)))),
  );
  const caption = `${title}${panel === title ? '' : `, ${panel}`}: ${y.title} by ${x.title}, with the band in brackets.`;
  return table(caption, [text('Line'), ...columns], [...rows, ...compared]);
}
