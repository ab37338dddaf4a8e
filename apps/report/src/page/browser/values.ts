import type { PanelValues } from '../../figures/figure.js';

export type Line = PanelValues['lines'][number];

const SVG = 'http://www.w3.org/2000/svg';

/** Creates an SVG element with attributes. */
export function svgElement(name: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

const FEW = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });
const MANY = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1, minimumFractionDigits: 1 });
const COUNT = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** A value as a reader wants it: more digits where it is small. */
export function show(value: number): string {
  return (Math.abs(value) < 10 ? FEW : MANY).format(value).replace('-', '−');
}

/** A place on the x axis. */
export function showPlace(value: number): string {
  return (Math.abs(value) < 100 ? FEW : COUNT).format(value).replace('-', '−');
}

/** A line's value, and what its band spans. */
export function describeValue(line: Line, index: number): { value: string; band: string } | undefined {
  const value = line.value[index];
  if (value === null || value === undefined) return undefined;
  const [low, high] = [line.low?.[index], line.high?.[index]];
  return { value: show(value), band: low == null || high == null ? '' : `${show(low)} to ${show(high)}` };
}

/** How many seeds are behind these lines, where it is the same of all of them. */
export function commonSeeds(lines: readonly Line[], index: number): number | undefined {
  const counts = new Set(lines.map(({ count }) => count?.[index]));
  return counts.size === 1 ? [...counts][0] : undefined;
}

export function showSeeds(count: number): string {
  return `${count} ${count === 1 ? 'seed' : 'seeds'}`;
}
