import type { PerformanceObserver } from 'node:perf_hooks';
import { isNode } from '@mikt/core';

/** Counts the time in which this thread stood still for garbage collection, from its first `take()` on. */
export class GarbageClock {
  #observer: PerformanceObserver | undefined;
  #milliseconds = 0;

  /**
   * Seconds of garbage collection since the last call, 0 at the first one.
   * @returns undefined where the host does not tell (browsers)
   */
  async take(): Promise<number | undefined> {
    if (!isNode()) return undefined;
    const hooks = process.getBuiltinModule('node:perf_hooks');
    // Node hands over what it observed in two rounds of the event loop, from its own code to JavaScript's queue and
    // from there to the observer.
    for (let round = 0; round < 3; round++) await new Promise((resolve) => setImmediate(resolve));
    if (!this.#observer) {
      this.#observer = new hooks.PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) this.#milliseconds += duration;
      });
      this.#observer.observe({ entryTypes: ['gc'] });
    }
    const seconds = this.#milliseconds / 1000;
    this.#milliseconds = 0;
    return seconds;
  }

  stop(): void {
    this.#observer?.disconnect();
    this.#observer = undefined;
  }
}
