import type { View } from 'vega';
import type { TopLevelSpec } from 'vega-lite';
import { escapeText } from '../format.js';
import { textWidth } from './text-width.js';
import { THEME } from './theme.js';

/** Vega's measure of text, which its types do not name. */
interface WithTextMetrics {
  readonly textMetrics: { width(item: { readonly fontSize?: number }, words: unknown): number };
}

/** A picture as an SVG element, and what its axes span. */
export interface Drawing {
  readonly svg: string;
  /** Lowest and highest value of the axes of a single plot; undefined where there are several plots. */
  readonly domains:
    | { readonly x: readonly [number, number]; readonly y: readonly [number, number] }
    | undefined;
}

/** Name and description of a picture, for those who cannot see it. */
export interface PictureText {
  readonly id: string;
  readonly title: string;
  readonly description: string;
}

/** A specification with the project's theme, complete in itself. */
export function withTheme(spec: TopLevelSpec): TopLevelSpec {
  return { $schema: 'https://vega.github.io/schema/vega-lite/v6.json', ...spec, config: THEME };
}

/** Draws a Vega-Lite specification without a browser. The same arguments give the same bytes. */
export async function draw(spec: TopLevelSpec, text: PictureText): Promise<Drawing> {
  // Loaded here, as few commands draw, and all would take half as long again to start.
  const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  const { parse, resetSVGDefIds, View } = vega;
  const { textMetrics } = vega as object as WithTextMetrics;
  // Without a canvas Vega takes every letter for 0.8 em wide, and leaves room accordingly.
  textMetrics.width = (item, words) => textWidth(String(words ?? ''), item.fontSize ?? 11);
  // Vega numbers its definitions through the life of the process.
  resetSVGDefIds();
  const view = new View(parse(compile(withTheme(spec)).spec), { renderer: 'none' });
  try {
    const svg = await view.toSVG();
    return { svg: finish(svg, text), domains: domainsOf(view) };
  } finally {
    view.finalize();
  }
}

function domainsOf(view: View): Drawing['domains'] {
  const domain = (name: string): readonly [number, number] | undefined => {
    try {
      const scale = view.scale(name) as { domain(): number[] };
      const values = scale.domain();
      return [values[0]!, values.at(-1)!];
    } catch {
      // Vega throws where there is no such scale: several plots have scales of other names.
      return undefined;
    }
  };
  const [x, y] = [domain('x'), domain('y')];
  return x && y && { x, y };
}

/** Gives the drawing its name and description, a size that fits its place, and ids of its own in the page. */
function finish(svg: string, { id, title, description }: PictureText): string {
  const opening = /^<svg[^>]*?viewBox="([^"]*)"[^>]*>/.exec(svg);
  if (opening === null) throw new Error('the drawing is not an SVG element with a viewBox.');
  const [, , width, height] = opening[1]!.split(' ');
  const root =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${opening[1]}" width="${width}" height="${height}" ` +
    `role="img" aria-labelledby="${id}-title ${id}-description">` +
    `<title id="${id}-title">${escapeText(title)}</title>` +
    `<desc id="${id}-description">${escapeText(description)}</desc>`;
  return (root + lighten(svg.slice(opening[0].length)))
    .replaceAll(/ id="(clip\d+)"/g, ` id="${id}-$1"`)
    .replaceAll(/url\(#(clip\d+)\)/g, `url(#${id}-$1)`);
}

/** Leaves out what does not show, and digits beyond a tenth of a pixel: half of the bytes. */
function lighten(svg: string): string {
  return (
    svg
      .replaceAll(/<path class="foreground" aria-hidden="true" d=""[^>]*\/>/g, '')
      .replaceAll(/<path class="background" aria-hidden="true" d="M0,0h0v0h0Z"[^>]*\/>/g, '')
      // The picture has one name for all of it.
      .replaceAll(/ role="graphics-[^"]*" aria-roledescription="[^"]*"/g, '')
      .replaceAll(/ (?:aria-hidden="true"|pointer-events="none"|opacity="1")/g, '')
      .replaceAll(/ d="[^"]*"/g, (d) =>
        d.replaceAll(/\d+\.\d+/g, (number) => String(Math.round(10 * Number(number)) / 10)),
      )
  );
}

const STANDALONE_STYLE =
  '<style>svg{color:#1c2128;background:#fff}' +
  '@media(prefers-color-scheme:dark){svg{color:#e6e9ee;background:#14181e}}</style>';

/** A picture as a file of its own, light or dark by the reader's setting. */
export function standalone(svg: string): string {
  return svg.replace('</desc>', `</desc>${STANDALONE_STYLE}`);
}
