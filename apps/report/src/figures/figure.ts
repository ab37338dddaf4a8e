import type { TopLevelSpec } from 'vega-lite';
import { draw, standalone, withTheme } from './draw.js';
import { describeIntervals, type IntervalPanel, intervalLayers, rowHeight } from './interval-panel.js';
import { legendChart } from './legend.js';
import {
  hasBand,
  type Layers,
  type LegendEntry,
  type LinePanel,
  lineLayers,
  type PlotSize,
} from './line-panel.js';
import { wrapText } from './text-width.js';

export type Panel = LinePanel | IntervalPanel;

/** A figure before it is drawn. */
export interface FigurePlan {
  /** Letters, digits and hyphens; unique in a report, and the name of its files. */
  readonly id: string;
  readonly title: string;
  /** What lines, bands and points are, in a few words; on the figure itself. */
  readonly subtitle: string;
  /** What it shows, in words, for those who cannot see it. */
  readonly description: string;
  readonly caption: string;
  readonly legend: readonly LegendEntry[];
  readonly panels: readonly Panel[];
  /** Its numbers, as the text of a CSV file. */
  readonly csv: string;
}

/** One of a figure's panels for the page, where the figure's title and legend are text. */
export interface DrawnPanel {
  readonly title: string;
  /** SVG element for a third of a wide page, or for a telephone. */
  readonly narrow: string;
  /** SVG element for the width of a page, since text that is scaled cannot be read; of a single panel only. */
  readonly wide?: string;
  /** What the page's script shows on hover; undefined where all numbers are written in the panel. */
  readonly values?: PanelValues;
}

/** Numbers of a panel of lines, four digits each; null where there is none. */
export interface PanelValues {
  readonly xTitle: string;
  readonly yTitle: string;
  readonly x: readonly (number | null)[];
  /** What the axes span. */
  readonly xDomain: readonly [number, number];
  readonly yDomain: readonly [number, number];
  readonly lines: readonly {
    /** Place in the figure's legend. */
    readonly entry: number;
    /** Place of its band among the bands; absent where it has none. */
    readonly band?: number;
    readonly value: readonly (number | null)[];
    readonly low?: readonly (number | null)[];
    readonly high?: readonly (number | null)[];
    readonly count?: readonly number[];
  }[];
  readonly references: readonly { readonly label: string; readonly value: number | null }[];
}

export interface Figure extends FigurePlan {
  readonly drawn: readonly DrawnPanel[];
  /** All panels with title and legend, as an SVG file of its own. */
  readonly file: string;
  /** The Vega-Lite specification of that file. */
  readonly spec: TopLevelSpec;
}

const WIDE: PlotSize = { width: 680, height: 330 };
const NARROW: PlotSize = { width: 316, height: 250 };
const SMALL: PlotSize = { width: 330, height: 216 };
/** In the file, where panels stand in a grid and the sizes are those of the plots alone. */
const FILE_SINGLE: PlotSize = { width: 620, height: 300 };
const FILE_SMALL: PlotSize = { width: 270, height: 170 };

/** Draws a figure without a browser. The same plan gives the same bytes. */
export async function drawFigure(plan: FigurePlan): Promise<Figure> {
  const spec = fileSpec(plan);
  const drawn: DrawnPanel[] = [];
  for (const index of plan.panels.keys()) drawn.push(await drawPanel(plan, index));
  const file = await draw(spec, plan);
  return { ...plan, drawn, spec: withTheme(spec), file: standalone(file.svg) };
}

async function drawPanel(plan: FigurePlan, index: number): Promise<DrawnPanel> {
  const panel = plan.panels[index]!;
  const isOnly = plan.panels.length === 1;
  const title = isOnly ? plan.title : `${plan.title}: ${panel.title}`;
  const drawAt = (size: PlotSize, name: string) =>
    draw(panelSpec(plan, index, size), {
      id: `${plan.id}-${index + 1}-${name}`,
      title,
      description:
        panel.kind === 'intervals' ? describeIntervals(panel) : (panel.description ?? plan.description),
    });
  const narrow = await drawAt(isOnly ? NARROW : SMALL, 'narrow');
  const wide = isOnly ? await drawAt(WIDE, 'wide') : undefined;
  return {
    title: panel.title,
    narrow: narrow.svg,
    ...(wide && { wide: wide.svg }),
    ...(panel.kind === 'lines' && narrow.domains && { values: valuesOf(panel, plan.legend, narrow.domains) }),
  };
}

/** Lines above the plot, as many in each panel of a figure, so that plots stand in rows. */
interface Heading {
  readonly titles: readonly string[];
  readonly notes: readonly string[];
}

function headingsOf({ panels }: FigurePlan, width: number): Heading[] {
  const isOnly = panels.length === 1;
  const headings = panels.map(({ title, notes }) => ({
    titles: isOnly ? [] : wrapText(title, TITLE_SIZE, width / BOLD),
    notes: notes.flatMap((note) => wrapText(note, NOTE_SIZE, width)),
  }));
  const most = (key: keyof Heading) => Math.max(...headings.map((heading) => heading[key].length));
  const filled = (lines: readonly string[], count: number) => [
    ...lines,
    ...Array<string>(count - lines.length).fill(' '),
  ];
  const [titles, notes] = [most('titles'), most('notes')];
  return headings.map((heading) => ({
    titles: filled(heading.titles, titles),
    notes: filled(heading.notes, notes),
  }));
}

const TITLE_SIZE = 13;
const NOTE_SIZE = 12;
/** How much wider bold letters are. */
const BOLD = 1.08;

function headed({ titles, notes }: Heading): object {
  if (titles.length === 0 && notes.length === 0) return {};
  if (titles.length === 0) return { title: { text: [...notes], fontSize: NOTE_SIZE, fontWeight: 400 } };
  return {
    title: {
      text: [...titles],
      fontSize: TITLE_SIZE,
      ...(notes.length > 0 && { subtitle: [...notes], subtitleFontSize: NOTE_SIZE }),
    },
  };
}

/** For the page: as wide as it is told, axes included. */
function panelSpec(plan: FigurePlan, index: number, size: PlotSize): TopLevelSpec {
  const panel = plan.panels[index]!;
  const heading = headingsOf(plan, size.width - 8)[index]!;
  const { plot, layers } = chartOf(plan, panel, size);
  const axis = panel.kind === 'lines' ? 0 : AXIS_HEIGHT;
  return {
    width: plot.width,
    height: plot.height + axis + LINE_HEIGHT * (heading.notes.length + heading.titles.length),
    autosize: { type: 'fit', contains: 'padding' },
    padding: { left: 2, right: 12, top: 4, bottom: 2 },
    ...headed(heading),
    layer: layers,
    resolve: INDEPENDENT,
  } as TopLevelSpec;
}

const LINE_HEIGHT = 16;
/** Pixels of an axis with its labels and title. */
const AXIS_HEIGHT = 44;

/** Colours are named by every layer for itself. */
const INDEPENDENT = { scale: { color: 'independent', strokeDash: 'independent' } } as const;

/** A panel's layers, and the room for them; of intervals that is as high as their rows. */
function chartOf(
  { panels }: FigurePlan,
  panel: Panel,
  size: PlotSize,
): { readonly plot: PlotSize; readonly layers: Layers } {
  if (panel.kind === 'lines') return { plot: size, layers: lineLayers(panel) };
  const words = size.width - 8;
  const height = rowHeight(
    panels.filter((each) => each.kind === 'intervals'),
    words,
  );
  return {
    plot: { ...size, height: height * panel.rows.length },
    layers: intervalLayers(panel, words, height),
  };
}

/** All panels with title and legend. */
function fileSpec(plan: FigurePlan): TopLevelSpec {
  const { title, subtitle, panels, legend } = plan;
  const isOnly = panels.length === 1;
  const columns = isOnly ? 1 : panels.length === 2 || panels.length === 4 ? 2 : 3;
  const size = isOnly ? FILE_SINGLE : FILE_SMALL;
  const width = columns * (size.width + 56);
  const headings = headingsOf(plan, size.width + 40);
  const charts = panels.map((panel, index) => {
    const { plot, layers } = chartOf(plan, panel, size);
    return {
      ...plot,
      ...headed(headings[index]!),
      layer: renamed(layers, `panel${index + 1}`),
      resolve: INDEPENDENT,
    };
  });
  return {
    padding: 10,
    title: { text: wrapText(title, 15, width), subtitle: wrapText(subtitle, 12, width) },
    vconcat: [
      ...(legend.length > 0 ? [legendChart(legend, width)] : []),
      { concat: charts, columns, spacing: { row: 28, column: 20 } },
    ],
    spacing: 14,
    resolve: INDEPENDENT,
  } as unknown as TopLevelSpec;
}

/** Vega-Lite names scales after layers, which in several plots must not have one name. */
function renamed(layers: Layers, prefix: string): Layers {
  return layers.map((layer, index) => ({ ...layer, name: `${prefix}_${layer.name ?? index}` }));
}

function valuesOf(
  panel: LinePanel,
  legend: readonly LegendEntry[],
  domains: { readonly x: readonly [number, number]; readonly y: readonly [number, number] },
): PanelValues {
  const banded = panel.lines.filter(hasBand);
  return {
    xTitle: panel.x.title,
    yTitle: panel.y.title,
    x: numbers(panel.grid),
    xDomain: domains.x,
    yDomain: domains.y,
    lines: panel.lines.map((line) => ({
      entry: legend.findIndex(({ label }) => label === line.label),
      value: numbers(line.value),
      ...(banded.includes(line) && {
        band: banded.indexOf(line),
        low: numbers(line.low!),
        high: numbers(line.high!),
      }),
      ...(line.count && { count: Array.from(line.count) }),
    })),
    references: panel.references.map(({ label, value }) => ({ label, value: numbers([value])[0]! })),
  };
}

function numbers(values: ArrayLike<number>): (number | null)[] {
  return Array.from(values, (value) => (Number.isFinite(value) ? Number(value.toPrecision(5)) : null));
}
