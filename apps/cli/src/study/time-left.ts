/** A run that is not finished. */
export interface OpenRun {
  /** Runs of one kind take as long: the same method on the same environment. */
  readonly kind: string;
  readonly stepsLeft: number;
  /** Undefined where it has not been measured. */
  readonly stepsPerSecond: number | undefined;
}

/**
 * Seconds until all runs are finished: each goes to the worker that is free first, in the order given.
 * A run whose speed is unknown is taken to be as fast as its kind on average, or else as all others.
 * @param known measured speeds of runs that need not be open, by kind
 * @returns Infinity where no speed is known
 */
export function secondsLeft(
  runs: readonly OpenRun[],
  workers: number,
  known: readonly Pick<OpenRun, 'kind' | 'stepsPerSecond'>[] = [],
): number {
  const speeds = new Map<string, Mean>();
  const all = new Mean();
  for (const { kind, stepsPerSecond } of [...runs, ...known]) {
    if (stepsPerSecond === undefined) continue;
    const alike = speeds.get(kind) ?? new Mean();
    speeds.set(kind, alike);
    alike.add(stepsPerSecond);
    all.add(stepsPerSecond);
  }
  const speed = ({ kind, stepsPerSecond }: OpenRun) =>
    stepsPerSecond ?? speeds.get(kind)?.value ?? all.value ?? 0;
  const busyUntil = new Array<number>(workers).fill(0);
  for (const run of runs) {
    const earliest = busyUntil.indexOf(Math.min(...busyUntil));
    busyUntil[earliest]! += run.stepsLeft / speed(run);
  }
  return Math.max(...busyUntil);
}

class Mean {
  #sum = 0;
  #count = 0;

  get value(): number | undefined {
    return this.#count === 0 ? undefined : this.#sum / this.#count;
  }

  add(value: number): void {
    this.#sum += value;
    this.#count++;
  }
}
