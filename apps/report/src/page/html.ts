import { escapeText } from '../format.js';
import type { SeriesStyle } from '../method-styles.js';

/** A table's column; numbers stand to the right. */
export interface Column {
  readonly title: string;
  readonly isNumber?: boolean;
}

export const text = (title: string): Column => ({ title });
export const number = (title: string): Column => ({ title, isNumber: true });

/** @param rows cells as HTML, the first naming its row */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const aligned = (index: number) => (columns[index]!.isNumber ? ' class="number"' : '');
  const head = columns.map(
    ({ title }, index) => `<th scope="col"${aligned(index)}>${escapeText(title)}</th>`,
  );
  const body = rows.map((cells) => {
    const [first, ...rest] = cells;
    const others = rest.map((cell, index) => `<td${aligned(index + 1)}>${cell}</td>`);
    return `<tr><th scope="row"${aligned(0)}>${first}</th>${others.join('')}</tr>`;
  });
  // Scrollable by keyboard too, where it is wider than the screen.
  return `<div class="scroll" role="region" tabindex="0" aria-label="${escapeText(caption)}">
<table>
<caption>${escapeText(caption)}</caption>
<thead><tr>${head.join('')}</tr></thead>
<tbody>
${body.join('\n')}
</tbody>
</table>
</div>`;
}

/** Keys and values. @param rows keys as text, values as HTML */
export function definitions(rows: readonly (readonly [key: string, value: string])[]): string {
  const items = rows.map(([key, value]) => `<div><dt>${escapeText(key)}</dt><dd>${value}</dd></div>`);
  return `<dl>${items.join('')}</dl>`;
}

/** A section of the page with its heading. @param id of the heading */
export function section(id: string, title: string, content: string, level: 2 | 3 = 2): string {
  return `<section aria-labelledby="${id}">
<h${level} id="${id}">${escapeText(title)}</h${level}>
${content}
</section>`;
}

/** Something that opens where it stands. @param content HTML */
export function details(summary: string, content: string, id?: string): string {
  return `<details${id === undefined ? '' : ` id="${id}"`}>
<summary>${summary}</summary>
${content}
</details>`;
}

/** A piece of the line that stands for a method in figures. */
export function swatch({ colour, dash }: SeriesStyle): string {
  const dashes = dash.length > 0 ? ` stroke-dasharray="${dash.join(' ')}"` : '';
  return (
    '<svg class="swatch" viewBox="0 0 26 8" width="26" height="8" aria-hidden="true">' +
    `<path d="M0 4h26" stroke="${colour}" stroke-width="3"${dashes}/></svg>`
  );
}

/** A method's label with its line. */
export function labelled({ label, style }: { readonly label: string; readonly style: SeriesStyle }): string {
  return `<span class="method">${swatch(style)}${escapeText(label)}</span>`;
}

/** Data for the page's script. @param json text without `<` */
export function dataScript(id: string, json: string): string {
  return `<script type="application/json" id="${id}">${json}</script>`;
}

/** JSON that may stand in a page. */
export function pageJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}
