import type { SeriesStyle } from '../../method-styles.js';
import { type Range, shortNumber, ticks } from '../../page/browser/ticks.js';
import { show, showPlace, svgElement } from '../../page/browser/values.js';
import type { PhaseChange } from '../../phases.js';
import { create } from '../../viewer/browser/elements.js';

/** A line with its points in ascending order of x; it breaks where y is undefined. */
export interface PlotLine {
  readonly label: string;
  readonly style: SeriesStyle;
  readonly points: readonly (readonly [x: number, y: number | undefined])[];
}

export interface PlotContent {
  readonly lines: readonly PlotLine[];
  /** Right end of the x axis, which begins at 0. */
  readonly end: number;
  /** What the y axis spans; by default what the lines do. */
  readonly y?: Range;
  /** Moments that a vertical rule marks. */
  readonly changes: readonly PhaseChange[];
}

export interface PlotOptions {
  readonly title: string;
  /** Pixels. */
  readonly height: number;
  /** What stands there while there is nothing to draw. */
  readonly empty: string;
  /** Says below which line is which. */
  readonly legend?: boolean;
  /** Says aloud what the keys have found. */
  announce(words: string): void;
}

const MARGIN = { top: 20, right: 14, bottom: 38 };
/** Pixels per character of a label, about. */
const CHARACTER = 7;
/** Distance of the values' box from the pointer, in pixels. */
const GAP = 14;

/**
 * Curves over environment steps that are drawn anew as they grow, in the look of the report's figures. It tells its
 * values under the pointer and by the arrow keys, Home and End.
 */
export class GrowingPlot {
  readonly element: HTMLElement;
  readonly #panel: HTMLElement;
  readonly #empty: HTMLElement;
  readonly #options: PlotOptions;
  readonly #values = create('div', { class: 'values', hidden: true });
  readonly #legend = create('ul', { class: 'legend' });
  #content: PlotContent = { lines: [], end: 1, changes: [] };
  #picture: SVGElement | undefined;
  #frame = { left: 0, width: 1, height: 1, x: [0, 1] as Range, y: [0, 1] as Range };
  #requested = 0;
  /** The x that the values are told of. */
  #at: number | undefined;

  constructor(options: PlotOptions) {
    this.#options = options;
    const { title, height, empty } = options;
    this.#panel = create('div', { class: 'plot', tabindex: 0, role: 'group', 'aria-label': title });
    this.#panel.style.height = `${height}px`;
    this.#empty = create('p', { class: 'empty' }, empty);
    this.#panel.append(this.#empty, this.#values);
    this.element = create('figure', {}, create('h3', {}, title), this.#panel, this.#legend);
    new ResizeObserver(() => this.#request()).observe(this.#panel);
    this.#panel.addEventListener('pointermove', (event) => this.#point(event));
    this.#panel.addEventListener('pointerleave', () => this.#tell(undefined));
    this.#panel.addEventListener('blur', () => this.#tell(undefined));
    this.#panel.addEventListener('keydown', (event) => this.#press(event));
  }

  show(content: PlotContent): void {
    this.#content = content;
    this.#request();
  }

  #request(): void {
    cancelAnimationFrame(this.#requested);
    this.#requested = requestAnimationFrame(() => this.#draw());
  }

  /** The lines that have a point. */
  get #drawn(): PlotLine[] {
    return this.#content.lines.filter(({ points }) => points.some(([, y]) => y !== undefined));
  }

  #draw(): void {
    const width = this.#panel.clientWidth;
    this.#picture?.remove();
    this.#picture = undefined;
    const lines = this.#drawn;
    this.#empty.hidden = lines.length > 0;
    if (this.#options.legend) this.#nameLines(lines);
    if (lines.length === 0 || width === 0) {
      this.#tell(undefined);
      return;
    }
    const { title, height } = this.#options;
    const y = this.#content.y ?? spanOf(lines);
    const labels = ticks(y, height / 50).map((value) => value.toLocaleString('en-US').replace('-', '−'));
    const left = 12 + CHARACTER * Math.max(...labels.map(({ length }) => length));
    this.#frame = {
      left,
      width: width - left - MARGIN.right,
      height: height - MARGIN.top - MARGIN.bottom,
      x: [0, this.#content.end],
      y,
    };
    const last = lines.map(({ label, points }) => `${label}: ${show(points.findLast(isThere)![1]!)}`);
    this.#picture = svgElement('svg', {
      ...{ width, height, viewBox: `0 0 ${width} ${height}`, role: 'img' },
      'aria-label': `${title}, over environment steps. Last values: ${last.join('; ')}.`,
    });
    this.#picture.append(this.#axes(labels), ...this.#rules(), ...lines.map((line) => this.#line(line)));
    this.#panel.prepend(this.#picture);
    this.#tell(this.#at);
  }

  #nameLines(lines: readonly PlotLine[]): void {
    const labels = lines.map(({ label }) => label);
    if (labels.join() === [...this.#legend.children].map(({ textContent }) => textContent).join()) return;
    this.#legend.replaceChildren(...lines.map(({ label, style }) => create('li', {}, swatch(style), label)));
  }

  #px(x: number): number {
    return this.#frame.left + (this.#frame.width * x) / this.#frame.x[1];
  }

  #py(y: number): number {
    const [low, high] = this.#frame.y;
    return MARGIN.top + this.#frame.height * (1 - (y - low) / (high - low));
  }

  #axes(labels: readonly string[]): SVGElement {
    const { left, width, height, x, y } = this.#frame;
    const bottom = MARGIN.top + height;
    const axes = svgElement('g', { 'font-size': 12, fill: 'currentColor' });
    const text = (words: string, attributes: Record<string, string | number>) => {
      const element = svgElement('text', attributes);
      element.textContent = words;
      axes.append(element);
    };
    const rule = (attributes: Record<string, number>, opacity: number) =>
      axes.append(svgElement('line', { ...attributes, stroke: 'currentColor', 'stroke-opacity': opacity }));
    for (const [i, value] of ticks(y, this.#options.height / 50).entries()) {
      const at = this.#py(value);
      rule({ x1: left, x2: left + width, y1: at, y2: at }, 0.12);
      text(labels[i]!, { x: left - 7, y: at + 4, 'text-anchor': 'end' });
    }
    rule({ x1: left, x2: left + width, y1: bottom, y2: bottom }, 0.5);
    for (const value of ticks(x, width / 80)) {
      const at = this.#px(value);
      rule({ x1: at, x2: at, y1: bottom, y2: bottom + 5 }, 0.5);
      text(shortNumber(value), { x: at, y: bottom + 17, 'text-anchor': 'middle' });
    }
    text('environment steps', { x: left + width, y: bottom + 33, 'text-anchor': 'end' });
    return axes;
  }

  #rules(): SVGElement[] {
    const { left, width, height } = this.#frame;
    return this.#content.changes.map(({ step, label }) => {
      const at = this.#px(step);
      const isRight = at > left + 0.4 * width;
      const group = svgElement('g', { 'font-size': 11, fill: 'currentColor' });
      const words = svgElement('text', {
        ...{ x: at, y: MARGIN.top - 7, 'text-anchor': isRight ? 'end' : 'start', opacity: 0.75 },
      });
      words.textContent = label;
      group.append(
        svgElement('line', {
          ...{ x1: at, x2: at, y1: MARGIN.top, y2: MARGIN.top + height },
          ...{ stroke: 'currentColor', 'stroke-opacity': 0.3 },
        }),
        words,
      );
      return group;
    });
  }

  #line({ style, points }: PlotLine): SVGElement {
    let path = '';
    let isDown = false;
    for (const [x, y] of points) {
      if (y !== undefined) path += `${isDown ? 'L' : 'M'}${this.#px(x).toFixed(1)} ${this.#py(y).toFixed(1)}`;
      isDown = y !== undefined;
    }
    return svgElement('path', {
      ...{ class: 'curve', d: path, fill: 'none', stroke: style.colour, 'stroke-width': 2 },
      // A point without neighbours is a line of no length, which only a round end shows.
      ...(style.dash.length > 0
        ? { 'stroke-dasharray': style.dash.join(' ') }
        : { 'stroke-linecap': 'round' }),
      'stroke-linejoin': 'round',
    });
  }

  #point({ clientX }: PointerEvent): void {
    const { left, width, x } = this.#frame;
    const share = (clientX - this.#panel.getBoundingClientRect().left - left) / width;
    this.#tell(share < -0.02 || share > 1.02 ? undefined : share * x[1]);
  }

  #press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const places = [...new Set(this.#drawn.flatMap(({ points }) => points.map(([x]) => x)))].sort(
      (a, b) => a - b,
    );
    if (places.length === 0) return;
    const here = this.#at === undefined ? -1 : nearestIndex(places, this.#at);
    const far = event.shiftKey ? 10 : 1;
    const last = places.length - 1;
    const to: Readonly<Record<string, number>> = {
      ArrowLeft: here < 0 ? last : here - far,
      ArrowRight: here + far,
      Home: 0,
      End: last,
    };
    if (event.key === 'Escape') this.#tell(undefined);
    else if (event.key in to) this.#tell(places[Math.min(Math.max(to[event.key]!, 0), last)], true);
    else return;
    event.preventDefault();
  }

  /** Shows the lines' values at the points that are nearest to a place. */
  #tell(at: number | undefined, isSpoken = false): void {
    this.#at = at;
    this.#picture?.querySelector('.cursor')?.remove();
    const lines = at === undefined ? [] : this.#drawn;
    this.#values.hidden = lines.length === 0;
    if (at === undefined || lines.length === 0) return;
    const rows = lines.map((line) => ({
      line,
      point:
        line.points[
          nearestIndex(
            line.points.map(([x]) => x),
            at,
          )
        ]!,
    }));
    const place = rows.reduce(
      (best, { point: [x] }) => (Math.abs(x - at) < Math.abs(best - at) ? x : best),
      rows[0]!.point[0],
    );
    // A training that has not come as far has nothing to say there.
    const told = rows.filter(
      ({ point: [x, y] }) => y !== undefined && Math.abs(x - place) < 0.02 * this.#frame.x[1],
    );
    told.sort((a, b) => b.point[1]! - a.point[1]!);
    this.#mark(place, told);
    this.#box(place, told);
    if (!isSpoken) return;
    const words = told.map(({ line, point }) => `${line.label} ${show(point[1]!)}`);
    this.#options.announce(`${showPlace(place)} environment steps: ${words.join(', ') || 'no value'}`);
  }

  #mark(place: number, told: readonly Told[]): void {
    const at = this.#px(place);
    const cursor = svgElement('g', { class: 'cursor' });
    cursor.append(
      svgElement('line', {
        ...{ x1: at, x2: at, y1: MARGIN.top, y2: MARGIN.top + this.#frame.height },
        ...{ stroke: 'currentColor', 'stroke-opacity': 0.5 },
      }),
      ...told.map(({ line: { style }, point: [x, y] }) =>
        svgElement('circle', { cx: this.#px(x), cy: this.#py(y!), r: 3.5, fill: style.colour }),
      ),
    );
    this.#picture?.append(cursor);
  }

  #box(place: number, told: readonly Told[]): void {
    this.#values.replaceChildren(
      create('strong', {}, `${showPlace(place)} environment steps`),
      ...told.map(({ line: { label, style }, point }) =>
        create(
          'span',
          { class: 'told' },
          swatch(style),
          create('span', {}, label),
          create('b', {}, show(point[1]!)),
        ),
      ),
    );
    const { offsetWidth, offsetHeight } = this.#values;
    const [at, width] = [this.#px(place), this.#panel.clientWidth];
    const left = at + GAP + offsetWidth > width ? at - GAP - offsetWidth : at + GAP;
    this.#values.style.left = `${Math.max(0, left)}px`;
    this.#values.style.top = `${Math.max(0, MARGIN.top + (this.#frame.height - offsetHeight) / 2)}px`;
  }
}

interface Told {
  readonly line: PlotLine;
  readonly point: readonly [x: number, y: number | undefined];
}

/** A piece of a line, for those who see it. */
export function swatch({ colour, dash }: SeriesStyle): SVGElement {
  const picture = svgElement('svg', {
    ...{ class: 'line', viewBox: '0 0 26 8', width: 26, height: 8, 'aria-hidden': 'true' },
  });
  const dashes = dash.length > 0 ? { 'stroke-dasharray': dash.join(' ') } : {};
  picture.append(svgElement('path', { d: 'M0 4h26', stroke: colour, 'stroke-width': 3, ...dashes }));
  return picture;
}

function isThere(point: readonly [number, number | undefined]): boolean {
  return point[1] !== undefined;
}

/** What the lines span, with a little room. */
function spanOf(lines: readonly PlotLine[]): Range {
  const values = lines.flatMap(({ points }) => points.filter(isThere).map(([, y]) => y!));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = 0.05 * (high - low) || 1;
  return [low - margin, high + margin];
}

/** @param places ascending */
function nearestIndex(places: readonly number[], wanted: number): number {
  let best = 0;
  for (const [i, place] of places.entries()) {
    if (Math.abs(place - wanted) < Math.abs(places[best]! - wanted)) best = i;
  }
  return best;
}
