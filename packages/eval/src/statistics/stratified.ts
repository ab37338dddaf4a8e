import { InvalidInputError } from '@mikt/core';
import { type Band, type BootstrapOptions, bootstrapBand } from './intervals.js';

/** Names of the runs behind scores, `names[task][run]`. */
export type RunNames = Readonly<Record<string, readonly string[]>>;

export interface ScoreBootstrapOptions extends BootstrapOptions {
  /**
   * Names of the runs, where some are of several tasks: training from scratch, say, is one set of runs beside every
   * teacher that is tried on the robot. Tasks with the same names in the same order are drawn together; drawn apart,
   * they would pass for more runs than there are and make the interval too narrow. Default: every task has its own.
   */
  readonly runs?: RunNames | undefined;
}

/** One method's runs, `tasks[task][run]`: a score, or whatever a run is measured by. */
interface Sample<T> {
  readonly tasks: Readonly<Record<string, readonly T[]>>;
  readonly names?: RunNames | undefined;
}

/**
 * Stratified bootstrap of one or several methods: runs are drawn within their task, of each method apart.
 * @param statistic of samples that have the shape of the methods' tasks, [K]; they are overwritten by the next ones
 * @throws InvalidInputError where names do not fit the runs, or tasks have only some of their runs in common
 */
export function bootstrapTasks<T>(
  methods: readonly Sample<T>[],
  statistic: (methods: readonly Readonly<Record<string, readonly T[]>>[]) => ArrayLike<number>,
  options: BootstrapOptions,
): Band {
  const strata = methods.flatMap(({ tasks, names }, method) =>
    stratify(tasks, names).map((members) => ({ method, members })),
  );
  const drawn = methods.map(({ tasks }) =>
    Object.fromEntries(Object.entries(tasks).map(([task, runs]) => [task, [...runs]])),
  );
  // What is drawn is the numbers of the runs, so that a stratum of several tasks is drawn once for all of them.
  const groups = strata.map(({ method, members }) => [...methods[method]!.tasks[members[0]!]!.keys()]);
  return bootstrapBand(
    groups,
    (sample) => {
      strata.forEach(({ method, members }, stratum) => {
        for (const task of members) {
          const [from, to] = [methods[method]!.tasks[task]!, drawn[method]![task]!];
          sample[stratum]!.forEach((run, i) => {
            to[i] = from[run]!;
          });
        }
      });
      return statistic(drawn);
    },
    options,
  );
}

/** The tasks in groups that have their runs in common. */
function stratify<T>(tasks: Readonly<Record<string, readonly T[]>>, names: RunNames | undefined): string[][] {
  if (!names) return Object.keys(tasks).map((task) => [task]);
  const strata = new Map<string, string[]>();
  const taskOf = new Map<string, string>();
  for (const [task, runs] of Object.entries(tasks)) {
    const own = Object.hasOwn(names, task) ? names[task]! : [];
    if (own.length !== runs.length || new Set(own).size !== own.length) {
      throw new InvalidInputError(
        `the ${runs.length} runs of the task ${task} need a name each, got ${own.join(', ') || 'none'}.`,
      );
    }
    const key = JSON.stringify(own);
    const stratum = strata.get(key);
    const shared = own.find((name) => taskOf.has(name));
    if (!stratum && shared !== undefined) {
      throw new InvalidInputError(
        `the tasks ${taskOf.get(shared)} and ${task} have the run ${shared} in common; ` +
          'give such tasks all of their runs in common, in the same order.',
      );
    }
    for (const name of own) taskOf.set(name, task);
    if (stratum) stratum.push(task);
    else strata.set(key, [task]);
  }
  return [...strata.values()];
}
