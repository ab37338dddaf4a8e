/** Bits that are kept of each part of a colour while colours are counted and looked up. */
const BITS = 5;
const LEVELS = 1 << BITS;

/** Index of a colour among 32,768. */
function cellOf(red: number, green: number, blue: number): number {
  const shift = 8 - BITS;
  return ((red >> shift) << (2 * BITS)) | ((green >> shift) << BITS) | (blue >> shift);
}

interface Cell {
  /** Mean colour of its pixels. */
  readonly colour: readonly [number, number, number];
  readonly count: number;
}

/**
 * A few colours that stand for all: median cut (Heckbert 1982). The box of colours whose pixels differ most along one
 * side is cut at the median there, until there are enough boxes; each gives its mean colour.
 * @param pictures red, green, blue, opacity of every pixel
 * @param count colours at most
 */
export function reduceColours(pictures: readonly Uint8Array[], count: number): Uint8Array {
  const boxes = [cellsOf(pictures)];
  while (boxes.length < count) {
    const widest = boxes
      .map((cells, index) => ({ index, ...longestSide(cells) }))
      .reduce((a, b) => (b.spread > a.spread ? b : a));
    if (widest.spread === 0) break;
    const cells = boxes[widest.index]!.sort((a, b) => a.colour[widest.side]! - b.colour[widest.side]!);
    const half = cells.reduce((sum, cell) => sum + cell.count, 0) / 2;
    let [at, seen] = [0, 0];
    while (at < cells.length - 1 && seen + cells[at]!.count <= half) seen += cells[at++]!.count;
    at = Math.max(at, 1);
    boxes.splice(widest.index, 1, cells.slice(0, at), cells.slice(at));
  }
  return Uint8Array.from(boxes.flatMap(meanColour));
}

/** Finds the nearest colour of a table, remembering what it found. */
export class ColourTable {
  readonly #table: Uint8Array;
  readonly #known = new Int16Array(LEVELS ** 3).fill(-1);

  /** @param table red, green and blue of each colour */
  constructor(table: Uint8Array) {
    this.#table = table;
  }

  /** Indices of the pixels' nearest colours. */
  indices(pixels: Uint8Array): Uint8Array {
    const indices = new Uint8Array(pixels.length / 4);
    for (let i = 0; i < indices.length; i++) {
      const [red, green, blue] = [pixels[4 * i]!, pixels[4 * i + 1]!, pixels[4 * i + 2]!];
      const cell = cellOf(red, green, blue);
      if (this.#known[cell]! < 0) this.#known[cell] = this.#nearest(red, green, blue);
      indices[i] = this.#known[cell]!;
    }
    return indices;
  }

  #nearest(red: number, green: number, blue: number): number {
    let [best, least] = [0, Number.POSITIVE_INFINITY];
    for (let i = 0; i < this.#table.length / 3; i++) {
      const distance =
        (this.#table[3 * i]! - red) ** 2 +
        (this.#table[3 * i + 1]! - green) ** 2 +
        (this.#table[3 * i + 2]! - blue) ** 2;
      if (distance < least) [best, least] = [i, distance];
    }
    return best;
  }
}

function cellsOf(pictures: readonly Uint8Array[]): Cell[] {
  const counts = new Uint32Array(LEVELS ** 3);
  const sums = new Float64Array(3 * LEVELS ** 3);
  for (const pixels of pictures) {
    for (let i = 0; i < pixels.length; i += 4) {
      const cell = cellOf(pixels[i]!, pixels[i + 1]!, pixels[i + 2]!);
      counts[cell]!++;
      for (let k = 0; k < 3; k++) sums[3 * cell + k]! += pixels[i + k]!;
    }
  }
  return Array.from(counts.keys())
    .filter((cell) => counts[cell]! > 0)
    .map((cell) => {
      const count = counts[cell]!;
      return {
        colour: [sums[3 * cell]! / count, sums[3 * cell + 1]! / count, sums[3 * cell + 2]! / count],
        // Large plain areas would take all colours: what is rare, such as the robot, counts for more than its share.
        count: Math.sqrt(count),
      };
    });
}

function longestSide(cells: readonly Cell[]): { side: number; spread: number } {
  let [side, spread] = [0, 0];
  for (let k = 0; k < 3; k++) {
    let [low, high] = [255, 0];
    for (const { colour } of cells) {
      low = Math.min(low, colour[k]!);
      high = Math.max(high, colour[k]!);
    }
    if (high - low > spread) [side, spread] = [k, high - low];
  }
  return { side, spread };
}

function meanColour(cells: readonly Cell[]): number[] {
  const total = cells.reduce((sum, { count }) => sum + count, 0);
  return [0, 1, 2].map((k) =>
    Math.round(cells.reduce((sum, { colour, count }) => sum + count * colour[k]!, 0) / total),
  );
}
