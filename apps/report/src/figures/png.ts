import fs from 'node:fs/promises';
import { createRequire } from 'node:module';
import { initWasm, Resvg } from '@resvg/resvg-wasm';
import { builtFile } from '../built-files.js';

const require = createRequire(import.meta.url);
const WASM = '@resvg/resvg-wasm/index_bg.wasm';
// A font of its own: bare machines have none, and others would draw another picture.
const FONTS = ['fonts/Inter_400Regular.ttf', 'fonts/Inter_600SemiBold.ttf'] as const;

const PAPER = '#ffffff';
const INK = '#1c2128';

let renderer: Promise<readonly Uint8Array[]> | undefined;

/**
 * A figure's SVG file as PNG on white, without a browser: the same bytes on every machine.
 * @param scale pixels per pixel of the SVG
 */
export async function toPng(svg: string, scale = 2): Promise<Uint8Array> {
  renderer ??= start();
  const fontBuffers = [...(await renderer)];
  const picture = new Resvg(svg.replace(/<style>.*?<\/style>/s, '').replaceAll('currentColor', INK), {
    background: PAPER,
    fitTo: { mode: 'zoom', value: scale },
    font: { loadSystemFonts: false, fontBuffers, defaultFontFamily: 'Inter' },
  });
  try {
    const image = picture.render();
    try {
      return image.asPng();
    } finally {
      image.free();
    }
  } finally {
    picture.free();
  }
}

/** A picture without text as its pixels, in the size it has: red, green, blue and opacity. [height, width, 4] */
export async function toPixels(svg: string): Promise<Uint8Array> {
  renderer ??= start();
  await renderer;
  const picture = new Resvg(svg, { font: { loadSystemFonts: false } });
  try {
    const image = picture.render();
    try {
      return image.pixels;
    } finally {
      image.free();
    }
  } finally {
    picture.free();
  }
}

async function start(): Promise<readonly Uint8Array[]> {
  await initWasm(await fs.readFile(require.resolve(WASM)));
  return Promise.all(FONTS.map((font) => fs.readFile(builtFile(font))));
}
