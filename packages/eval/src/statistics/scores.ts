import { InvalidInputError } from '@mikt/core';
import type { Curve } from '../curves.js';

/**
 * Scores of one method, `scores[task][run]`: by the task's name, one number per run, such as its final return. Tasks
 * may differ in how many runs they have. What is made of scores is NaN where a task has no run or a run no score
 * (NaN): leaving these out would answer another question.
 */
export type Scores = Readonly<Record<string, readonly number[]>>;

/** Learning curves of one method, `curves[task][run]`, each at its own steps. */
export type TaskCurves = Readonly<Record<string, readonly Curve[]>>;

/** The two returns of a task that normalised scores measure by. */
export interface ScoreReference {
  /** Becomes 0, e.g. the return of doing nothing, or of a random policy. */
  readonly low: number;
  /** Becomes 1, e.g. the mean final return of training from scratch. Above `low`. */
  readonly high: number;
}

/**
 * (score − low) / (high − low) with each task's own reference, not clipped: what makes scores of tasks with other
 * rewards comparable. References that are themselves measured, such as a mean over seeds, are taken as exact: no
 * interval counts how uncertain they are. Other references can turn an order around, so they belong with the numbers.
 * @throws InvalidInputError where a task has no reference, or one whose `high` is not above its `low`
 */
export function normaliseScores(
  scores: Scores,
  references: Readonly<Record<string, ScoreReference>>,
): Scores {
  return mapTasks(scores, (runs, task) => runs.map(normalisation(task, references)));
}

/** `normaliseScores` of every value of every curve. @throws InvalidInputError as there */
export function normaliseCurves(
  curves: TaskCurves,
  references: Readonly<Record<string, ScoreReference>>,
): TaskCurves {
  return mapTasks(curves, (runs, task) => {
    const normalise = normalisation(task, references);
    return runs.map(({ steps, values }) => ({ steps, values: Float64Array.from(values, normalise) }));
  });
}

function normalisation(
  task: string,
  references: Readonly<Record<string, ScoreReference>>,
): (score: number) => number {
  const reference = Object.hasOwn(references, task) ? references[task] : undefined;
  if (!reference) {
    throw new InvalidInputError(
      `scores of the task ${task} need a reference to be normalised by; ` +
        `there are references for ${Object.keys(references).join(', ') || 'no task'}.`,
    );
  }
  const { low, high } = reference;
  if (!(Number.isFinite(low) && Number.isFinite(high) && high > low)) {
    throw new InvalidInputError(
      `the reference of the task ${task} needs finite returns with high above low, got low ${low} and high ${high}; ` +
        'take returns of a worse and a better policy.',
    );
  }
  return (score) => (score - low) / (high - low);
}

function mapTasks<From, To>(
  tasks: Readonly<Record<string, From>>,
  change: (runs: From, task: string) => To,
): Readonly<Record<string, To>> {
  return Object.fromEntries(Object.entries(tasks).map(([task, runs]) => [task, change(runs, task)]));
}
