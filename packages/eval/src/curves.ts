import { InvalidInputError } from '@mikt/core';

/** One run's curve: `values[i]` is what was measured when the run had taken `steps[i]` environment steps, [N]. */
export interface Curve {
  /** Environment steps, not decreasing. */
  readonly steps: ArrayLike<number>;
  /** NaN where nothing was measured. */
  readonly values: ArrayLike<number>;
}

/** Statistics over runs at each step of a grid, [G] each; over the runs that have a value there. */
export interface CurveStatistics {
  /** NaN where no run has a value. */
  readonly mean: Float64Array;
  /** Sample standard deviation (divisor n − 1); NaN below two runs: one run says nothing about the spread. */
  readonly standardDeviation: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  /** How many runs have a value. */
  readonly count: Uint32Array;
}

/** `points` evenly spaced steps from 0 to `lastStep`, both included, [points]. */
export function stepGrid(lastStep: number, points: number): Float64Array {
  if (!Number.isSafeInteger(points) || points < 2) {
    throw new InvalidInputError(`a grid of steps has at least 2 points, got ${points}.`);
  }
  return Float64Array.from({ length: points }, (_, index) => (lastStep * index) / (points - 1));
}

/**
 * A curve at the steps of a grid: at each, what the last measurement at or before it said (a step function,
 * never interpolated). NaN before the first measurement, where that measurement is NaN, and after the last one:
 * a run says nothing about steps that it has not taken.
 * @param grid environment steps, increasing, [G]
 * @returns [G]
 */
export function resample({ steps, values }: Curve, grid: ArrayLike<number>): Float64Array {
  checkLengths(steps, values);
  const last = steps.length - 1;
  let next = 0;
  return Float64Array.from(grid, (step) => {
    while (next <= last && steps[next]! <= step) next++;
    const isCovered = next > 0 && step <= steps[last]!;
    return isCovered ? values[next - 1]! : Number.NaN;
  });
}

/**
 * Statistics over runs (seeds) at each step of a grid.
 * @param curves each run's values on one grid, as `resample` gives them, [runs][G]
 */
export function aggregate(curves: readonly ArrayLike<number>[]): CurveStatistics {
  const size = curves[0]?.length ?? 0;
  for (const curve of curves) {
    if (curve.length !== size) {
      throw new InvalidInputError(`curves on one grid have one length, got ${size} and ${curve.length}.`);
    }
  }
  const statistics: CurveStatistics = {
    mean: new Float64Array(size).fill(Number.NaN),
    standardDeviation: new Float64Array(size).fill(Number.NaN),
    min: new Float64Array(size).fill(Number.NaN),
    max: new Float64Array(size).fill(Number.NaN),
    count: new Uint32Array(size),
  };
  for (let point = 0; point < size; point++) {
    const values = curves.map((curve) => curve[point]!).filter((value) => !Number.isNaN(value));
    statistics.count[point] = values.length;
    if (values.length === 0) continue;
    const { mean, standardDeviation } = meanAndDeviation(values);
    statistics.mean[point] = mean;
    statistics.standardDeviation[point] = standardDeviation;
    statistics.min[point] = Math.min(...values);
    statistics.max[point] = Math.max(...values);
  }
  return statistics;
}

/** Mean and sample standard deviation (divisor n − 1; NaN below two values) of [n] values. */
export function meanAndDeviation(values: readonly number[]): { mean: number; standardDeviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length < 2) return { mean, standardDeviation: Number.NaN };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardDeviation: Math.sqrt(squares / (values.length - 1)) };
}

/** A run's final return: the last value of `return_100` that is there, [N]; undefined where there is none. */
export function finalReturn(return100: ArrayLike<number>): number | undefined {
  for (let index = return100.length - 1; index >= 0; index--) {
    if (!Number.isNaN(return100[index])) return return100[index];
  }
  return undefined;
}

function checkLengths(steps: ArrayLike<number>, values: ArrayLike<number>): void {
  if (steps.length !== values.length) {
    throw new InvalidInputError(
      `a curve has as many values as steps, got ${values.length} and ${steps.length}.`,
    );
  }
}
