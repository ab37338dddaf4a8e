import { InvalidInputError } from '@mikt/core';
import { ColourTable, reduceColours } from './gif-colours.js';

export interface GifOptions {
  readonly width: number;
  readonly height: number;
  /** Hundredths of a second for which each picture stays; browsers take 2 and more at their word. */
  readonly delay: number;
}

const COLOURS = 256;

/**
 * Writes an animated GIF that repeats for ever (CompuServe's GIF89a), a picture at a time. All share one table of 256
 * colours; opacity is ignored. The same pictures give the same bytes. A picture has the red, green, blue and opacity of
 * its pixels, row by row. [height, width, 4]
 */
export class GifWriter {
  readonly #bytes = new ByteWriter();
  readonly #table: ColourTable;
  readonly #options: GifOptions;

  /**
   * @param samples pictures out of which the colours are chosen, at least one
   * @throws InvalidInputError without one, or where one has another size
   */
  constructor(samples: readonly Uint8Array[], options: GifOptions) {
    if (samples.length === 0) throw new InvalidInputError('a GIF needs at least one picture, got none.');
    this.#options = options;
    for (const pixels of samples) this.#check(pixels);
    const colours = reduceColours(samples, COLOURS);
    this.#table = new ColourTable(colours);
    const bytes = this.#bytes;
    bytes.text('GIF89a');
    bytes.words(options.width, options.height);
    // A table of 2^(7 + 1) colours for all pictures, no background, square pixels.
    bytes.bytes(0xf7, 0, 0);
    bytes.all(colours, COLOURS * 3 - colours.length);
    // Any number of repetitions, as Netscape began it.
    bytes.bytes(0x21, 0xff, 11);
    bytes.text('NETSCAPE2.0');
    bytes.bytes(3, 1, 0, 0, 0);
  }

  /** @throws InvalidInputError where the picture has another size */
  add(pixels: Uint8Array): void {
    this.#check(pixels);
    const { width, height, delay } = this.#options;
    const bytes = this.#bytes;
    bytes.bytes(0x21, 0xf9, 4, 0);
    bytes.words(delay);
    bytes.bytes(0, 0, 0x2c);
    bytes.words(0, 0, width, height);
    bytes.bytes(0, CODE_BITS);
    bytes.blocks(compress(this.#table.indices(pixels)));
  }

  /** The file. */
  finish(): Uint8Array {
    this.#bytes.bytes(0x3b);
    return this.#bytes.finish();
  }

  #check({ length }: Uint8Array): void {
    const { width, height } = this.#options;
    if (length === 4 * width * height) return;
    throw new InvalidInputError(
      `a picture of ${width} x ${height} has ${4 * width * height} bytes, got ${length}.`,
    );
  }
}

const CODE_BITS = 8;
const CLEAR = 1 << CODE_BITS;
const END = CLEAR + 1;
const MOST_CODES = 4096;

/** LZW with codes that grow from 9 to 12 bits, as GIF has it. @param indices below 256 */
function compress(indices: Uint8Array): Uint8Array {
  const out = new ByteWriter();
  // Code of (code of a sequence, next index); 0 where there is none yet.
  const codes = new Uint16Array(MOST_CODES * 256);
  let [size, next] = [CODE_BITS + 1, END + 1];
  let [pending, bits] = [0, 0];
  const emit = (code: number) => {
    pending |= code << bits;
    bits += size;
    while (bits >= 8) {
      out.bytes(pending & 255);
      pending >>>= 8;
      bits -= 8;
    }
  };
  emit(CLEAR);
  let sequence = indices[0]!;
  for (let i = 1; i < indices.length; i++) {
    const index = indices[i]!;
    const key = sequence * 256 + index;
    if (codes[key] !== 0) {
      sequence = codes[key]!;
      continue;
    }
    emit(sequence);
    if (next < MOST_CODES) {
      codes[key] = next;
      // The reader is one code behind: it needs another bit only for the code after this one.
      if (next === 1 << size) size++;
      next++;
    } else {
      emit(CLEAR);
      codes.fill(0);
      [size, next] = [CODE_BITS + 1, END + 1];
    }
    sequence = index;
  }
  emit(sequence);
  // The reader adds a code for this one too, and may count a bit more by then.
  if (next === 1 << size && size < 12) size++;
  emit(END);
  if (bits > 0) out.bytes(pending & 255);
  return out.finish();
}

/** Bytes in the order in which a file has them; numbers with their lower byte first. */
class ByteWriter {
  #bytes = new Uint8Array(1 << 16);
  #length = 0;

  bytes(...values: readonly number[]): void {
    this.#grow(values.length);
    for (const value of values) this.#bytes[this.#length++] = value;
  }

  words(...values: readonly number[]): void {
    for (const value of values) this.bytes(value & 255, value >> 8);
  }

  text(text: string): void {
    this.bytes(...[...text].map((letter) => letter.charCodeAt(0)));
  }

  /** @param zeros to be put behind */
  all(values: Uint8Array, zeros = 0): void {
    this.#grow(values.length + zeros);
    this.#bytes.set(values, this.#length);
    this.#length += values.length + zeros;
  }

  /** In blocks of at most 255 bytes, each with its length in front, and an empty one at the end. */
  blocks(values: Uint8Array): void {
    for (let at = 0; at < values.length; at += 255) {
      const block = values.subarray(at, at + 255);
      this.bytes(block.length);
      this.all(block);
    }
    this.bytes(0);
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #grow(by: number): void {
    if (this.#length + by <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * (this.#length + by));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
