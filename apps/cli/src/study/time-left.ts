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
  const measured = [...runs, ...known].filter(({ stepsPerSecond }) => stepsPerSecond !== undefined);
  const mean = (of: typeof measured) =>
    of.reduce((sum, { stepsPerSecond }) => sum + stepsPerSecond!, 0) / of.length;
  const speed = ({ kind, stepsPerSecond }: OpenRun): number => {
    if (stepsPerSecond !== undefined) return stepsPerSecond;
    const alike = measured.filter((other) => other.kind === kind);
    if (alike.length > 0) return mean(alike);
    return measured.length > 0 ? mean(measured) : 0;
  };
  const busyUntil = new Array<number>(workers).fill(0);
  for (const run of runs) {
    const earliest = busyUntil.indexOf(Math.min(...busyUntil));
    busyUntil[earliest]! += run.stepsLeft / speed(run);
  }
  return Math.max(...busyUntil);
}
