import { parse, resetSVGDefIds, View } from 'vega';
import { type Config, compile, type TopLevelSpec } from 'vega-lite';
import { escapeText } from './format.js';

/** A figure drawn twice, since text that is scaled down to a telephone's width cannot be read. */
export interface Figure {
  /** Letters, digits and hyphens; unique in a report, and the name of its file. */
  readonly id: string;
  readonly title: string;
  /** What it shows, in words, for those who cannot see it. */
  readonly description: string;
  readonly caption: string;
  /** SVG elements to put into a page; they take the page's text colour. */
  readonly wide: string;
  readonly narrow: string;
  /** The wide one as a file of its own. */
  readonly file: string;
}

/** How much room a figure has. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly isNarrow: boolean;
}

const WIDE: Layout = { width: 660, height: 330, isNarrow: false };
const NARROW: Layout = { width: 268, height: 250, isNarrow: true };

const INK = 'currentColor';

const THEME: Config = {
  aria: false,
  background: 'transparent',
  font: 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
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
    titleFontWeight: 500,
    titlePadding: 10,
    labelFlush: false,
  },
  axisX: { grid: false, format: '~s', labelOverlap: true },
  legend: {
    labelColor: INK,
    labelFontSize: 12,
    labelLimit: 0,
    orient: 'top',
    title: null,
    symbolType: 'stroke',
    symbolSize: 360,
    symbolStrokeWidth: 3,
    columnPadding: 20,
    rowPadding: 4,
  },
};

/** Draws a figure without a browser. The same arguments give the same bytes. */
export async function drawFigure(
  words: Pick<Figure, 'id' | 'title' | 'description' | 'caption'>,
  specFor: (layout: Layout) => TopLevelSpec,
): Promise<Figure> {
  const wide = await draw(specFor(WIDE));
  const narrow = await draw(specFor(NARROW));
  return {
    ...words,
    wide: finish(wide, `${words.id}-wide`, words),
    narrow: finish(narrow, `${words.id}-narrow`, words),
    file: finish(wide, words.id, words, STANDALONE_STYLE),
  };
}

async function draw(spec: TopLevelSpec): Promise<string> {
  // Vega numbers its definitions through the life of the process.
  resetSVGDefIds();
  const view = new View(parse(compile({ ...spec, config: THEME }).spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

const STANDALONE_STYLE =
  '<style>svg{color:#1c2128;background:#fff}' +
  '@media(prefers-color-scheme:dark){svg{color:#e6e9ee;background:#14181e}}</style>';

/** Gives the drawing its name and description, a size that fits its place, and ids of its own in the page. */
function finish(
  svg: string,
  id: string,
  { title, description }: Pick<Figure, 'title' | 'description'>,
  style = '',
): string {
  const opening = /^<svg[^>]*?viewBox="([^"]*)"[^>]*>/.exec(svg);
  if (opening === null) throw new Error('the drawing is not an SVG element with a viewBox.');
  const [, , width, height] = opening[1]!.split(' ');
  const root =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${opening[1]}" width="${width}" height="${height}" ` +
    `role="img" aria-labelledby="${id}-title ${id}-description">` +
    `<title id="${id}-title">${escapeText(title)}</title>` +
    `<desc id="${id}-description">${escapeText(description)}</desc>${style}`;
  return (root + svg.slice(opening[0].length))
    .replaceAll(/ id="(clip\d+)"/g, ` id="${id}-$1"`)
    .replaceAll(/url\(#(clip\d+)\)/g, `url(#${id}-$1)`);
}
