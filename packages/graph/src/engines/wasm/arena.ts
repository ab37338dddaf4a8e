import { MiktError } from '@mikt/core';

/** A part of a memory, in bytes. */
export interface MemoryRange {
  readonly begin: number;
  readonly end: number;
}

/** Blocks start at cache lines. */
const ALIGNMENT = 64;

/** Hands out blocks of a range of memory, and takes them back. */
export class Arena {
  readonly range: MemoryRange;
  /** Free ranges in ascending order, never adjacent. */
  #free: MemoryRange[];

  constructor({ begin, end }: MemoryRange) {
    this.range = { begin: align(begin), end };
    this.#free = [this.range];
  }

  /** Bytes handed out. */
  get used(): number {
    const free = this.#free.reduce((total, { begin, end }) => total + end - begin, 0);
    return this.range.end - this.range.begin - free;
  }

  /** @throws MiktError where no free range is large enough */
  allocate(bytes: number): MemoryRange {
    const length = align(Math.max(bytes, 1));
    const index = this.#free.findIndex(({ begin, end }) => end - begin >= length);
    const found = this.#free[index];
    if (!found) {
      const megabytes = (value: number) => (value / 2 ** 20).toFixed(1);
      throw new MiktError(
        'memory',
        `the wasm engine needs ${megabytes(bytes)} MiB more, but ${megabytes(this.used)} of its ` +
          `${megabytes(this.range.end - this.range.begin)} MiB are in use; create it with more \`megabytes\`.`,
      );
    }
    const block = { begin: found.begin, end: found.begin + length };
    this.#free.splice(index, 1, ...(block.end < found.end ? [{ begin: block.end, end: found.end }] : []));
    return block;
  }

  free(block: MemoryRange): void {
    const merged: MemoryRange[] = [];
    for (const range of [...this.#free, block].sort((a, b) => a.begin - b.begin)) {
      const last = merged.at(-1);
      if (last && last.end === range.begin) merged[merged.length - 1] = { begin: last.begin, end: range.end };
      else merged.push(range);
    }
    this.#free = merged;
  }
}

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
