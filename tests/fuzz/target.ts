import { MiktError } from '@mikt/core';
import fc from 'fast-check';

/** Something that takes data from outside, and the data to try it with. */
export interface FuzzTarget<T> {
  readonly name: string;
  readonly cases: fc.Arbitrary<T>;
  /**
   * Takes a case in, all the way. It may throw a MiktError: that is a refusal; everything else is a crash.
   * @returns how it was refused, where it was without an error of ours (a command line's status)
   */
  feed(value: T): undefined | string | Promise<undefined | string>;
}

export interface FuzzResult {
  readonly target: string;
  readonly cases: number;
  readonly accepted: number;
  readonly refused: number;
  readonly crashes: number;
  /** In words: the smallest case that was found, and what it did. */
  readonly crash?: string;
  /** Of one case, garbage collection and whatever else ran included. */
  readonly slowestMilliseconds: number;
  /** Largest growth of the process's memory seen after a case, in MiB. */
  readonly memoryGrowth: number;
  readonly seconds: number;
}

/** Longest message that a person is shown. */
const LONGEST_SENTENCE = 20_000;

/** Feeds cases to a target one by one, and keeps count. */
export interface Measured {
  /** @throws what is no refusal: a crash */
  feed(take: () => undefined | string | Promise<undefined | string>): Promise<void>;
  result(crash?: string): FuzzResult;
}

export function measureFeeding(target: string): Measured {
  const startedAt = performance.now();
  const before = memory();
  let [accepted, refused, slowest, largest] = [0, 0, 0, 0];
  return {
    async feed(take) {
      const begun = performance.now();
      try {
        if ((await take()) === undefined) accepted++;
        else refused++;
      } catch (error) {
        checkRefusal(error);
        refused++;
      }
      slowest = Math.max(slowest, performance.now() - begun);
      largest = Math.max(largest, memory() - before);
    },
    result: (crash) => ({
      target,
      cases: accepted + refused + (crash === undefined ? 0 : 1),
      accepted,
      refused,
      crashes: crash === undefined ? 0 : 1,
      ...(crash === undefined ? {} : { crash }),
      slowestMilliseconds: Math.round(10 * slowest) / 10,
      memoryGrowth: Math.round(largest / 2 ** 20),
      seconds: Math.round((performance.now() - startedAt) / 100) / 10,
    }),
  };
}

/**
 * Feeds `cases` random cases to a target. A crash ends it, and its case is made as small as it can be.
 * @param seed the same one gives the same cases
 */
export async function fuzz<T>(
  { name, cases: arbitrary, feed }: FuzzTarget<T>,
  { cases, seed }: { readonly cases: number; readonly seed: number },
): Promise<FuzzResult> {
  const measured = measureFeeding(name);
  const property = fc.asyncProperty(arbitrary, (value) => measured.feed(() => feed(value)));
  const details = await fc.check(property, { numRuns: cases, seed });
  if (!details.failed) return measured.result();
  return measured.result(`${fc.defaultReportMessage(details)}\n${describe(details.errorInstance)}`);
}

/** @throws what is no refusal: another kind of error, or one without a sentence that can be read */
function checkRefusal(error: unknown): void {
  if (!(error instanceof MiktError)) throw error;
  const { message } = error;
  if (!/[.!?)]$/.test(message.trim())) throw new Error(`no sentence: ${message.slice(0, 500)}`);
  if (message.length > LONGEST_SENTENCE) throw new Error(`a sentence of ${message.length} characters`);
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Bytes of JavaScript's heap and of the buffers beside it, the garbage included. */
function memory(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
