import { InvalidInputError } from './errors.js';

/** A generator as plain data: enough to continue it exactly. */
export interface RngState {
  readonly key: readonly [number, number];
  /** Number of blocks drawn so far. */
  readonly counter: number;
}

const PARITY = 0x1bd11bda;
const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

/**
 * Threefry-2x32 with 20 rounds (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
 * Writes the two output words to `out`.
 */
export function threefry2x32(
  key0: number,
  key1: number,
  counter0: number,
  counter1: number,
  out: Uint32Array,
): void {
  const keys = [key0, key1, key0 ^ key1 ^ PARITY] as const;
  let x0 = (counter0 + key0) | 0;
  let x1 = (counter1 + key1) | 0;
  for (let group = 0; group < 5; group++) {
    for (const rotation of ROTATIONS[(group & 1) as 0 | 1]) {
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << rotation) | (x1 >>> (32 - rotation))) ^ x0;
    }
    x0 = (x0 + keys[((group + 1) % 3) as 0 | 1 | 2]) | 0;
    x1 = (x1 + keys[((group + 2) % 3) as 0 | 1 | 2] + group + 1) | 0;
  }
  out[0] = x0;
  out[1] = x1;
}

// The upper counter word keeps draws and forks apart, so that a fork never repeats a draw.
const DRAW = 0;
const FORK_BY_NUMBER = 1;
const FORK_BY_NAME = 2;

/**
 * A counter-based, splittable random generator: draw n is a pure function of (key, n), so its state is two
 * numbers and a count, and a fork is independent of how much was drawn before it.
 *
 * Every draw of any kind consumes one block of 64 bits.
 */
export class Rng {
  readonly #key: readonly [number, number];
  readonly #block = new Uint32Array(2);
  #counter: number;

  private constructor(state: RngState) {
    this.#key = [state.key[0] | 0, state.key[1] | 0];
    this.#counter = state.counter;
  }

  /** @param seed integer in [0, 2^53) */
  static fromSeed(seed: number): Rng {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new InvalidInputError(
        `a seed is a whole number from 0 to ${Number.MAX_SAFE_INTEGER}, got ${seed}.`,
      );
    }
    return new Rng({ key: [Math.floor(seed / 2 ** 32), seed | 0], counter: 0 });
  }

  static fromState(state: RngState): Rng {
    return new Rng(state);
  }

  state(): RngState {
    return { key: [this.#key[0] >>> 0, this.#key[1] >>> 0], counter: this.#counter };
  }

  /** An independent generator for `label`; the same label gives the same one whatever was drawn before. */
  fork(label: string | number): Rng {
    const [kind, words] =
      typeof label === 'number' ? [FORK_BY_NUMBER, [label]] : [FORK_BY_NAME, wordsOf(label)];
    let key = this.#key;
    for (const word of words) {
      threefry2x32(key[0], key[1], word, kind, this.#block);
      key = [this.#block[0]! | 0, this.#block[1]! | 0];
    }
    return new Rng({ key, counter: 0 });
  }

  /** Uniform on the integers [0, 2^32). */
  uint32(): number {
    this.#next();
    return this.#block[0]!;
  }

  /** Uniform on [low, high), with 53 random bits. */
  uniform(low = 0, high = 1): number {
    this.#next();
    const unit = ((this.#block[0]! >>> 5) * 2 ** 26 + (this.#block[1]! >>> 6)) / 2 ** 53;
    return low + (high - low) * unit;
  }

  /** Standard normal (Box-Muller on the two words of one block). */
  normal(): number {
    this.#next();
    const radius = Math.sqrt(-2 * Math.log((this.#block[0]! + 0.5) / 2 ** 32));
    return radius * Math.cos((2 * Math.PI * this.#block[1]!) / 2 ** 32);
  }

  /** Uniform on the integers [0, bound); the bias is below bound / 2^53. */
  integer(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  /** Fills `out` with independent standard normals and returns it. */
  fillNormal<T extends Float32Array | Float64Array>(out: T): T {
    for (let i = 0; i < out.length; i++) out[i] = this.normal();
    return out;
  }

  /** Shuffles `items` in place (Fisher-Yates) and returns it. */
  shuffle<T extends Uint32Array | unknown[]>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const swapped = items[i];
      items[i] = items[j];
      items[j] = swapped;
    }
    return items;
  }

  #next(): void {
    threefry2x32(
      this.#key[0],
      this.#key[1],
      this.#counter >>> 0,
      DRAW + 4 * Math.floor(this.#counter / 2 ** 32),
      this.#block,
    );
    this.#counter++;
  }
}

/** A label's letters and its length, so that no label's key is on the way to another's. */
function wordsOf(label: string): number[] {
  const letters = [...label].map((letter) => letter.codePointAt(0)!);
  return [...letters, 0x80000000 | letters.length];
}
