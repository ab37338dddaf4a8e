import type { PanelValues } from '../../figures/figure.js';
import type { Legend } from './plot.js';
import { type Range, shortNumber, ticks } from './ticks.js';
import { svgElement } from './values.js';

/** The plot area of a picture. */
export interface Frame {
  readonly picture: SVGSVGElement;
  /** Whose coordinates begin at the area's upper left corner. */
  readonly group: SVGGElement;
  /** Of the area, in the group's coordinates. */
  readonly width: number;
  readonly height: number;
  /** Of the area, in the window. */
  readonly rect: DOMRect;
}

const MOST_ZOOM = 50;
const LEAST_DRAG = 8;

/**
 * A closer look at a part of the x axis, with the y axis fitted to what is seen there: by dragging over it with a
 * mouse, and back by a button, a double click or Escape. What was drawn is moved and scaled, not drawn again.
 */
export class Zoom {
  readonly #element: HTMLElement;
  readonly #values: () => PanelValues;
  readonly #legend: Legend;
  readonly #onChange: () => void;
  readonly #button = document.createElement('button');
  #x: Range | undefined;
  #drag: { readonly from: number; readonly mark: SVGElement } | undefined;

  constructor(element: HTMLElement, values: () => PanelValues, legend: Legend, onChange: () => void) {
    this.#element = element;
    this.#values = values;
    this.#legend = legend;
    this.#onChange = onChange;
    this.#button.type = 'button';
    this.#button.className = 'zoomed-out';
    this.#button.textContent = 'Whole plot';
    this.#button.addEventListener('click', () => {
      this.reset();
      element.focus();
    });
    element.addEventListener('pointerdown', (event) => this.#begin(event));
    element.addEventListener('pointermove', (event) => this.#move(event));
    element.addEventListener('pointerup', (event) => this.#end(event));
    element.addEventListener('pointercancel', () => this.#stop());
    element.addEventListener('dblclick', () => this.reset());
  }

  get isDragging(): boolean {
    return this.#drag !== undefined;
  }

  /** What the axes span now. */
  get domain(): { readonly x: Range; readonly y: Range } {
    const values = this.#values();
    if (this.#x === undefined) return { x: values.xDomain, y: values.yDomain };
    return { x: this.#x, y: this.#fittedY(this.#x) };
  }

  /** The plot area of the picture that is seen. */
  frame(): Frame | undefined {
    for (const picture of this.#element.querySelectorAll<SVGSVGElement>(':scope > svg')) {
      if (picture.getClientRects().length === 0) continue;
      const area = picture.querySelector<SVGPathElement>('.root path.background');
      const group = area?.parentElement as SVGGElement | null | undefined;
      if (!area || !group) continue;
      const { width, height } = area.getBBox();
      return { picture, group, width, height, rect: area.getBoundingClientRect() };
    }
    return undefined;
  }

  /** Scales the range that is seen by a factor around a place. */
  by(factor: number, around: number): void {
    const [low, high] = this.domain.x;
    this.#set([around - factor * (around - low), around + factor * (high - around)]);
  }

  reset(): void {
    this.#set(undefined);
  }

  /** Fits the y axis again, after lines were shown or hidden. */
  refresh(): void {
    if (this.#x !== undefined) this.#apply();
  }

  #set(range: Range | undefined): void {
    const [low, high] = this.#values().xDomain;
    const wanted = range && ([Math.max(low, range[0]), Math.min(high, range[1])] as const);
    const isWhole = !wanted || wanted[1] - wanted[0] >= 0.999 * (high - low);
    if (wanted && !isWhole && wanted[1] - wanted[0] < (high - low) / MOST_ZOOM) return;
    this.#x = isWhole ? undefined : wanted;
    this.#apply();
    this.#onChange();
  }

  #fittedY([low, high]: Range): Range {
    const { x, lines, yDomain } = this.#values();
    const seen = lines
      .filter(({ entry }) => this.#legend.isShown(entry))
      .flatMap(({ value, low: below, high: above }) => [value, below ?? [], above ?? []])
      .flatMap((values) => values.filter((_, i) => x[i]! >= low && x[i]! <= high))
      .filter((value) => value !== null);
    if (seen.length === 0) return yDomain;
    const [least, most] = [Math.min(...seen), Math.max(...seen)];
    const margin = 0.05 * (most - least) || 0.5;
    return [least - margin, most + margin];
  }

  #apply(): void {
    for (const picture of this.#element.querySelectorAll<SVGSVGElement>(':scope > svg')) {
      picture.querySelector('.zoom-axes')?.remove();
      const area = picture.querySelector<SVGPathElement>('.root path.background');
      if (!area?.parentElement) continue;
      const { width, height } = sizeOf(area);
      const isZoomed = this.#x !== undefined;
      for (const axis of picture.querySelectorAll('.role-axis-label, .role-axis-tick, .role-axis-grid')) {
        axis.classList.toggle('off', isZoomed);
      }
      for (const words of picture.querySelectorAll('.role-mark.mark-text')) {
        // They stand by pixels and would be stretched.
        words.classList.toggle('off', isZoomed);
      }
      const { x, y } = this.domain;
      this.#moveMarks(clippedMarks(picture, area, { width, height }), { width, height, x, y });
      if (isZoomed) area.parentElement.append(axesOf({ width, height, x, y }));
    }
    if (this.#x === undefined) this.#button.remove();
    else this.#element.append(this.#button);
  }

  #moveMarks(marks: SVGElement, { width, height, x, y }: PlotArea): void {
    if (this.#x === undefined) {
      marks.removeAttribute('transform');
      return;
    }
    const { xDomain, yDomain } = this.#values();
    const scaleX = (xDomain[1] - xDomain[0]) / (x[1] - x[0]);
    const scaleY = (yDomain[1] - yDomain[0]) / (y[1] - y[0]);
    const moveX = (-scaleX * width * (x[0] - xDomain[0])) / (xDomain[1] - xDomain[0]);
    const moveY = (-scaleY * height * (yDomain[1] - y[1])) / (yDomain[1] - yDomain[0]);
    marks.setAttribute('transform', `matrix(${scaleX} 0 0 ${scaleY} ${moveX} ${moveY})`);
  }

  #begin(event: PointerEvent): void {
    const frame = this.frame();
    // A finger scrolls the page.
    if (frame === undefined || event.pointerType !== 'mouse' || event.button !== 0) return;
    if (event.target instanceof HTMLButtonElement) return;
    const share = (event.clientX - frame.rect.left) / frame.rect.width;
    if (share < 0 || share > 1) return;
    const mark = svgElement('rect', {
      ...{ x: share * frame.width, y: 0, width: 0, height: frame.height },
      ...{ fill: 'currentColor', 'fill-opacity': 0.1 },
    });
    frame.group.append(mark);
    this.#drag = { from: share, mark };
    this.#element.setPointerCapture(event.pointerId);
  }

  #move(event: PointerEvent): void {
    const frame = this.frame();
    if (this.#drag === undefined || frame === undefined) return;
    const [low, high] = this.#dragged(event, frame, this.#drag.from);
    this.#drag.mark.setAttribute('x', String(low * frame.width));
    this.#drag.mark.setAttribute('width', String((high - low) * frame.width));
  }

  #end(event: PointerEvent): void {
    const frame = this.frame();
    const drag = this.#drag;
    this.#stop();
    if (drag === undefined || frame === undefined) return;
    const [low, high] = this.#dragged(event, frame, drag.from);
    if ((high - low) * frame.rect.width < LEAST_DRAG) return;
    const [from, to] = this.domain.x;
    this.#set([from + low * (to - from), from + high * (to - from)]);
  }

  #stop(): void {
    this.#drag?.mark.remove();
    this.#drag = undefined;
  }

  #dragged({ clientX }: PointerEvent, { rect }: Frame, from: number): Range {
    const to = Math.min(1, Math.max(0, (clientX - rect.left) / rect.width));
    return from < to ? [from, to] : [to, from];
  }
}

interface PlotArea {
  readonly width: number;
  readonly height: number;
  readonly x: Range;
  readonly y: Range;
}

/** What moves with a zoom: lines, bands and rules, put into a group that ends at the plot area's edges. */
function clippedMarks(
  picture: SVGSVGElement,
  area: SVGPathElement,
  { width, height }: { readonly width: number; readonly height: number },
): SVGElement {
  const known = picture.querySelector<SVGElement>('.zoom-marks');
  if (known) return known;
  const marks = [...picture.querySelectorAll<SVGElement>('.role-frame > g > g > g')].filter((mark) => {
    const name = mark.getAttribute('class') ?? '';
    return !/role-axis|role-title|mark-text|cursor/.test(name);
  });
  const id = `${picture.querySelector('title')?.id}-zoom`;
  const clip = svgElement('clipPath', { id });
  clip.append(svgElement('rect', { x: 0, y: 0, width, height }));
  const outer = svgElement('g', { 'clip-path': `url(#${id})` });
  const inner = svgElement('g', { class: 'zoom-marks' });
  outer.append(clip, inner);
  (marks[0]?.parentElement ?? area.parentElement)?.insertBefore(outer, marks[0] ?? null);
  inner.append(...marks);
  for (const shape of inner.querySelectorAll('path, line')) {
    shape.setAttribute('vector-effect', 'non-scaling-stroke');
  }
  return inner;
}

/** Of the plot area, also where the picture is not shown and has no box. */
function sizeOf(area: SVGPathElement): { width: number; height: number } {
  const [, width, height] = /h([\d.]+)v([\d.]+)/.exec(area.getAttribute('d') ?? '') ?? [];
  return { width: Number(width), height: Number(height) };
}

/** Ticks and labels in place of those that were drawn. */
function axesOf({ width, height, x, y }: PlotArea): SVGElement {
  const axes = svgElement('g', { class: 'zoom-axes', 'font-size': 12, fill: 'currentColor' });
  const add = (name: string, attributes: Record<string, string | number>, words?: string) => {
    const element = svgElement(name, attributes);
    if (words !== undefined) element.textContent = words;
    axes.append(element);
  };
  const stroke = { stroke: 'currentColor', 'stroke-opacity': 0.5 };
  for (const value of ticks(x, width / 80)) {
    const at = (width * (value - x[0])) / (x[1] - x[0]);
    add('line', { x1: at, x2: at, y1: height, y2: height + 5, ...stroke });
    add('text', { x: at, y: height + 17, 'text-anchor': 'middle' }, shortNumber(value));
  }
  for (const value of ticks(y, height / 50)) {
    const at = height * (1 - (value - y[0]) / (y[1] - y[0]));
    add('line', { x1: 0, x2: width, y1: at, y2: at, stroke: 'currentColor', 'stroke-opacity': 0.12 });
    add('text', { x: -7, y: at + 4, 'text-anchor': 'end' }, value.toLocaleString('en-US'));
  }
  return axes;
}
