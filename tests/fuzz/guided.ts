import { type Profiler, Session } from 'node:inspector';
import { Rng } from '@mikt/core';
import { type ByteEdit, editBytes } from './mutations.js';
import { type FuzzResult, measureFeeding } from './target.js';

/** Something that reads bytes, and files that it takes. */
export interface ByteTarget {
  readonly name: string;
  readonly seeds: readonly Uint8Array[];
  /** Reads all of it. It may throw a MiktError: that is a refusal; everything else is a crash. */
  feed(bytes: Uint8Array): unknown | Promise<unknown>;
}

/** Longest file that is kept to go on from. */
const LONGEST = 100_000;
const KINDS = ['flip', 'set', 'number', 'cut', 'insert', 'repeat', 'remove'] as const;
/** Ours, and none of what the packages of others are made of. */
const OURS = /\/(packages|apps)\/[^/]+\/(src|dist)\//;

/**
 * Fuzzing that is guided by coverage: a case that makes V8 enter code of ours that no case before it did is kept,
 * and changed further.
 * @param seed the same one gives the same cases
 */
export async function fuzzGuided(
  { name, seeds, feed }: ByteTarget,
  { cases, seed }: { readonly cases: number; readonly seed: number },
): Promise<FuzzResult & { readonly kept: number }> {
  const rng = Rng.fromSeed(seed);
  const corpus = [...seeds];
  const coverage = new Coverage();
  let last: Uint8Array = new Uint8Array();
  const measured = measureFeeding(name);
  try {
    for (const each of seeds) await measured.feed(async () => void (await feed(each)));
    await coverage.hasNew();
    for (let i = 0; i < cases; i++) {
      last = change(corpus[rng.integer(corpus.length)]!, rng);
      await measured.feed(async () => void (await feed(last)));
      if ((await coverage.hasNew()) && last.length <= LONGEST) corpus.push(last);
    }
    return { ...measured.result(), kept: corpus.length - seeds.length };
  } catch (error) {
    const crash = `${String((error as Error).stack)}\nThe bytes, in base64: ${Buffer.from(last).toString('base64')}`;
    return { ...measured.result(crash), kept: corpus.length - seeds.length };
  } finally {
    coverage.stop();
  }
}

function change(bytes: Uint8Array, rng: Rng): Uint8Array {
  let changed = bytes;
  for (let edits = 1 + rng.integer(4); edits > 0; edits--) changed = editBytes(changed, drawEdit(rng));
  return changed;
}

function drawEdit(rng: Rng): ByteEdit {
  return {
    kind: KINDS[rng.integer(KINDS.length)]!,
    // Headers are at the front: half of the edits go there.
    at: rng.uniform(0, 1) * (rng.integer(2) === 0 ? 1 : 0.02),
    size: 1 + rng.integer(64),
    value: rng.uint32(),
    bytes: Uint8Array.from({ length: 1 + rng.integer(8) }, () => rng.integer(256)),
  };
}

/** Blocks of our code that have been entered in this thread, as V8 counts them. */
class Coverage {
  readonly #session = new Session();
  readonly #seen = new Set<string>();

  constructor() {
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: false, detailed: true });
  }

  /** Whether a block was entered, or left out, as it never was before. */
  async hasNew(): Promise<boolean> {
    const { result } = await new Promise<Profiler.TakePreciseCoverageReturnType>((resolve, reject) => {
      this.#session.post('Profiler.takePreciseCoverage', (error, taken) =>
        error ? reject(error) : resolve(taken),
      );
    });
    const before = this.#seen.size;
    for (const { url, functions } of result) {
      if (!OURS.test(url)) continue;
      for (const { startOffset, endOffset, count } of functions.flatMap(({ ranges }) => ranges)) {
        this.#seen.add(`${url}:${startOffset}-${endOffset}:${count}`);
      }
    }
    return this.#seen.size > before;
  }

  stop(): void {
    this.#session.post('Profiler.stopPreciseCoverage');
    this.#session.disconnect();
  }
}
