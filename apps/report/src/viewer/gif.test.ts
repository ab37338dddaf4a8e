import { InvalidInputError, Rng } from '@mikt/core';
import { describe, expect, it } from 'vitest';
import { toPixels } from '../figures/png.js';
import { type GifOptions, GifWriter } from './gif.js';

const [WIDTH, HEIGHT] = [70, 50];
const options = { width: WIDTH, height: HEIGHT, delay: 5 };

function picture(colourAt: (x: number, y: number) => readonly [number, number, number]): Uint8Array {
  return Uint8Array.from({ length: 4 * WIDTH * HEIGHT }, (_, i) => {
    const [pixel, part] = [Math.floor(i / 4), i % 4];
    return part === 3 ? 255 : colourAt(pixel % WIDTH, Math.floor(pixel / WIDTH))[part]!;
  });
}

/** What another reader of GIFs, that of resvg, makes of the first picture. */
function read(gif: Uint8Array): Promise<Uint8Array> {
  const address = `data:image/gif;base64,${Buffer.from(gif).toString('base64')}`;
  return toPixels(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}"><image href="${address}" width="${WIDTH}" height="${HEIGHT}"/></svg>`,
  );
}

function encodeGif(pictures: readonly Uint8Array[], size: GifOptions): Uint8Array {
  const writer = new GifWriter(pictures, size);
  for (const picture of pictures) writer.add(picture);
  return writer.finish();
}

describe('GifWriter', () => {
  it('keeps a picture of few colours exactly', async () => {
    const stripes = picture((x, y) => [x % 2 ? 250 : 10, y < 20 ? 200 : 40, (8 * x) & 64]);
    expect(await read(encodeGif([stripes], options))).toEqual(stripes);
  });

  it('comes near to a picture of many colours, past the point where the codes are all taken', async () => {
    const rng = Rng.fromSeed(1);
    // Noise does not compress: some 3,500 codes of 9 bits and more, and a gradient that does.
    const noise = picture((x) => [Math.floor(rng.uniform(0, 256)), 3 * x, 128]);
    const result = await read(encodeGif([noise], options));
    const errors = noise.map((value, i) => Math.abs(value - result[i]!));
    expect(errors.reduce((sum, error) => sum + error, 0) / noise.length).toBeLessThan(6);
    expect(Math.max(...errors)).toBeLessThan(40);
  });

  it('fills the table of codes more than once', async () => {
    const rng = Rng.fromSeed(2);
    const size = { width: 300, height: 200, delay: 5 };
    const grey = new Uint8Array(4 * 300 * 200);
    for (let i = 0; i < grey.length; i += 4) {
      const value = 8 * rng.integer(32);
      grey.set([value, value, value, 255], i);
    }
    const gif = encodeGif([grey], size);
    const address = `data:image/gif;base64,${Buffer.from(gif).toString('base64')}`;
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200"><image href="${address}" width="300" height="200"/></svg>`;
    expect(await toPixels(svg)).toEqual(grey);
  });

  it('has every picture, its time, and begins again at the end', () => {
    const gif = encodeGif(
      [0, 100, 200].map((red) => picture(() => [red, 0, 0])),
      options,
    );
    const text = Buffer.from(gif).toString('latin1');
    expect(text.startsWith('GIF89a')).toBe(true);
    expect(text).toContain('NETSCAPE2.0\u0003\u0001\u0000\u0000\u0000');
    // Each picture's extension, with its time of 5 hundredths.
    expect(text.split('!\u00f9\u0004\u0000\u0005\u0000')).toHaveLength(4);
    expect(gif.at(-1)).toBe(0x3b);
  });

  it('refuses nothing, and pictures of another size', () => {
    expect(() => encodeGif([], options)).toThrow(InvalidInputError);
    expect(() => encodeGif([new Uint8Array(8)], options)).toThrow('has 14000 bytes, got 8');
    const writer = new GifWriter([picture(() => [0, 0, 0])], options);
    expect(() => writer.add(new Uint8Array(8))).toThrow('has 14000 bytes, got 8');
  });
});
