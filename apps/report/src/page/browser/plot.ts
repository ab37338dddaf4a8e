import type { PanelValues } from '../../figures/figure.js';
import { commonSeeds, describeValue, type Line, showPlace, showSeeds, svgElement } from './values.js';
import { Zoom } from './zoom.js';

/** What a legend knows of its entries. */
export interface Legend {
  /** Labels in order. */
  readonly labels: readonly string[];
  /** Swatches, as HTML. */
  readonly swatches: readonly string[];
  isShown(entry: number): boolean;
}

/** Distance of the values' box from the pointer, in pixels. */
const GAP = 14;

/**
 * A plot that tells its values: under the pointer, and by the arrow keys. Its picture stays the one that was drawn;
 * places are found by the picture's own plot area.
 */
export class Plot {
  readonly #element: HTMLElement;
  readonly #legend: Legend;
  readonly #announce: (text: string) => void;
  readonly #readValues: () => PanelValues;
  readonly #zoom: Zoom;
  readonly #box = document.createElement('div');
  #values: PanelValues | undefined;
  #index: number | undefined;

  constructor(
    element: HTMLElement,
    legend: Legend,
    readValues: () => PanelValues,
    announce: (text: string) => void,
  ) {
    this.#element = element;
    this.#legend = legend;
    this.#readValues = readValues;
    this.#announce = announce;
    this.#zoom = new Zoom(
      element,
      () => this.values,
      legend,
      () => this.hide(),
    );
    this.#box.className = 'values';
    element.addEventListener('pointermove', (event) => this.#point(event));
    element.addEventListener('pointerleave', () => this.hide());
    element.addEventListener('blur', () => this.hide());
    element.addEventListener('keydown', (event) => this.#press(event));
  }

  get values(): PanelValues {
    this.#values ??= this.#readValues();
    return this.#values;
  }

  /** Shows and hides lines and bands by the legend. */
  update(): void {
    const { lines } = this.values;
    for (const picture of this.#element.querySelectorAll('svg')) {
      const [drawnLines, drawnBands] = marksOf(picture);
      for (const [k, line] of lines.entries()) {
        const isHidden = !this.#legend.isShown(line.entry);
        drawnLines[k]?.classList.toggle('off', isHidden);
        if (line.band !== undefined) drawnBands[line.band]?.classList.toggle('off', isHidden);
      }
    }
    this.#zoom.refresh();
    if (this.#index !== undefined) this.#show(this.#index);
  }

  hide(): void {
    this.#index = undefined;
    this.#box.remove();
    for (const cursor of this.#element.querySelectorAll('.cursor')) cursor.remove();
  }

  #point(event: PointerEvent): void {
    if (this.#zoom.isDragging) return;
    const frame = this.#zoom.frame();
    if (frame === undefined) return;
    const share = (event.clientX - frame.rect.left) / frame.rect.width;
    if (share < -0.02 || share > 1.02) {
      this.hide();
      return;
    }
    const [low, high] = this.#zoom.domain.x;
    this.#show(nearest(this.values.x, low + share * (high - low)));
  }

  #press(event: KeyboardEvent): void {
    if (event.target !== this.#element || event.ctrlKey || event.metaKey || event.altKey) return;
    const last = this.values.x.length - 1;
    const from = this.#index ?? (event.key === 'ArrowRight' || event.key === 'Home' ? -1 : last + 1);
    const far = event.shiftKey ? 10 : 1;
    const to: Readonly<Record<string, number>> = {
      ArrowLeft: from - far,
      ArrowRight: from + far,
      Home: 0,
      End: last,
    };
    if (event.key in to) {
      this.#show(Math.min(Math.max(to[event.key]!, 0), last), true);
    } else if (event.key === 'Escape') {
      this.hide();
      this.#zoom.reset();
    } else if (event.key === '+' || event.key === '-') {
      this.#zoom.by(event.key === '+' ? 0.5 : 2, this.values.x[this.#index ?? Math.round(last / 2)] ?? 0);
    } else return;
    event.preventDefault();
  }

  #show(index: number, isSpoken = false): void {
    this.#index = index;
    const { values } = this;
    const at = values.x[index] ?? 0;
    const rows = values.lines
      .filter((line) => this.#legend.isShown(line.entry))
      .map((line) => ({ line, told: describeValue(line, index) }))
      .filter((row) => row.told !== undefined)
      .sort((a, b) => b.line.value[index]! - a.line.value[index]!);
    const lines = rows.map(({ line }) => line);
    this.#draw(at, lines, index);
    const place = `${showPlace(at)} ${values.xTitle}`;
    const seeds = commonSeeds(lines, index);
    const cells = rows.map(({ line, told }) => {
      const count = seeds === undefined ? line.count?.[index] : undefined;
      const detail = [told!.band, count === undefined ? '' : showSeeds(count)].filter(Boolean).join(', ');
      return (
        `<tr><td>${this.#legend.swatches[line.entry]}</td><td>${escapeText(this.#legend.labels[line.entry]!)}</td>` +
        `<td class="value">${told!.value}</td><td class="soft">${detail}</td></tr>`
      );
    });
    const references = values.references.map(
      ({ label, value }) =>
        `<tr><td></td><td>${escapeText(label)}</td><td class="value">${value === null ? '' : showPlace(value)}</td><td></td></tr>`,
    );
    const heading = seeds === undefined ? place : `${place}, ${showSeeds(seeds)}`;
    this.#box.innerHTML = `<strong>${escapeText(heading)}</strong><table role="presentation">${cells.join('')}${references.join('')}</table>`;
    this.#place(at);
    if (!isSpoken) return;
    const words = rows.map(({ line, told }) => `${this.#legend.labels[line.entry]} ${told!.value}`);
    this.#announce(`${place}: ${words.join(', ')}`);
  }

  /** A vertical line and a dot on each curve. */
  #draw(at: number, lines: readonly Line[], index: number): void {
    for (const cursor of this.#element.querySelectorAll('.cursor')) cursor.remove();
    const frame = this.#zoom.frame();
    if (frame === undefined) return;
    const { width, height, group } = frame;
    const { x, y } = this.#zoom.domain;
    const left = (width * (at - x[0])) / (x[1] - x[0]);
    if (left < -1 || left > width + 1) return;
    const cursor = svgElement('g', { class: 'cursor' });
    cursor.append(
      svgElement('line', {
        ...{ x1: left, x2: left, y1: 0, y2: height },
        ...{ stroke: 'currentColor', 'stroke-opacity': 0.5 },
      }),
    );
    const [drawn] = marksOf(frame.picture);
    for (const line of lines) {
      const top = height * (1 - (line.value[index]! - y[0]) / (y[1] - y[0]));
      if (top < -1 || top > height + 1) continue;
      const colour = drawn[this.values.lines.indexOf(line)]?.getAttribute('stroke') ?? 'currentColor';
      cursor.append(svgElement('circle', { cx: left, cy: top, r: 3.5, fill: colour }));
    }
    group.append(cursor);
  }

  #place(at: number): void {
    const frame = this.#zoom.frame();
    if (frame === undefined) return;
    this.#element.append(this.#box);
    const own = this.#element.getBoundingClientRect();
    const { x } = this.#zoom.domain;
    const left = frame.rect.left - own.left + (frame.rect.width * (at - x[0])) / (x[1] - x[0]);
    const { offsetWidth, offsetHeight } = this.#box;
    // Beside the line where there is room, and never outside of the window.
    const wanted = left + GAP + offsetWidth > own.width ? left - GAP - offsetWidth : left + GAP;
    const most = document.documentElement.clientWidth - own.left - offsetWidth - 8;
    this.#box.style.left = `${Math.max(8 - own.left, Math.min(wanted, most))}px`;
    this.#box.style.top = `${Math.max(0, frame.rect.top - own.top + (frame.rect.height - offsetHeight) / 2)}px`;
  }
}

/** The paths of lines and of bands, in the order of the panel's data. */
function marksOf(picture: SVGSVGElement): [SVGElement[], SVGElement[]] {
  const paths = (name: string) => [...picture.querySelectorAll<SVGElement>(`.${name}_marks path`)];
  return [paths('lines'), paths('bands')];
}

function nearest(values: PanelValues['x'], wanted: number): number {
  let best = 0;
  for (const [i, value] of values.entries()) {
    if (Math.abs((value ?? 0) - wanted) < Math.abs((values[best] ?? 0) - wanted)) best = i;
  }
  return best;
}

function escapeText(text: string): string {
  const element = document.createElement('span');
  element.textContent = text;
  return element.innerHTML;
}
