import { resample } from '../curves.js';
import { interquartileMean, type ScoreAggregate } from './aggregates.js';
import type { Band } from './intervals.js';
import type { TaskCurves } from './scores.js';
import { bootstrapTasks, type ScoreBootstrapOptions } from './stratified.js';

export interface SampleEfficiencyOptions extends ScoreBootstrapOptions {
  /** Default `interquartileMean`. */
  readonly aggregate?: ScoreAggregate | undefined;
}

/**
 * A sample efficiency curve (Agarwal et al. 2021, section 4.3): an aggregate over all tasks and runs at each step of
 * a grid, with pointwise stratified bootstrap intervals. Curves are put on the grid by `resample`, without
 * interpolation; a run is drawn as a whole, its values at all steps together. Default resamples: 2,000.
 * @param grid environment steps, increasing, e.g. of `stepGrid`, [K]
 * @returns [K] each; NaN at steps at which some run has no value, such as those beyond the end of the shortest
 */
export function sampleEfficiency(
  curves: TaskCurves,
  grid: ArrayLike<number>,
  options: SampleEfficiencyOptions = {},
): Band {
  const { aggregate = interquartileMean, runs, resamples = 2000 } = options;
  const onGrid = Object.entries(curves).map(
    ([task, taskRuns]) => [task, taskRuns.map((curve) => resample(curve, grid))] as const,
  );
  // The scores at one step, filled anew for each step of each sample.
  const scores = Object.fromEntries(onGrid.map(([task, values]) => [task, values.map(() => Number.NaN)]));
  return bootstrapTasks(
    [{ tasks: Object.fromEntries(onGrid), names: runs }],
    ([drawn]) =>
      Float64Array.from(grid, (_, point) => {
        for (const [task, values] of Object.entries(scores)) {
          drawn![task]!.forEach((run, i) => {
            values[i] = run[point]!;
          });
        }
        return aggregate(scores);
      }),
    { ...options, resamples },
  );
}
