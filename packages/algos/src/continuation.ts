import { InvalidInputError } from '@mikt/core';
import type { RunManifest } from '@mikt/runs';
import { learningRateAt, planPasses, type RunConfig, resolveConfig } from './config.js';
import { findMethod } from './methods.js';

/** The totals of environment steps that a run goes to, one after the other: the one it began with, then each it was given. */
export function plannedTotals({
  steps,
  continuations = [],
}: Pick<RunManifest, 'steps' | 'continuations'>): number[] {
  const [first] = continuations;
  return first ? [first.from, ...continuations.map(({ to }) => to)] : [steps];
}

/**
 * The configuration of a run that is given more steps, rounded up to whole updates; the same one where they come to
 * those that it has.
 * @throws InvalidInputError where they are fewer
 */
export function continuedConfig(config: RunConfig, steps: number): RunConfig {
  if (planPasses({ ...config, steps }).passes * config.stepsPerUpdate < config.steps) {
    throw new InvalidInputError(
      `the run is planned for ${format(config.steps)} steps, and --steps takes a larger total, got ${format(steps)}.`,
    );
  }
  return resolveConfig({ ...config, steps });
}

/**
 * What becomes of a run's schedules when it goes on from one total of steps to another, a sentence each: each
 * schedule is from there on the one of a run of the new total at that update.
 * @param agent which of the method's agents learned last
 */
export function describeContinuation(before: RunConfig, after: RunConfig, agent: string): string[] {
  const [done, planned] = [planPasses(before).updates, planPasses(after).updates];
  const rate = learningRateAt(after, done + 1, planned);
  const method = findMethod(after.algo);
  const more = method.describeContinuation?.(after, agent, done, planned);
  return [
    `The run goes on from ${format(before.steps)} to ${format(after.steps)} steps.`,
    after.learningRateSchedule === 'constant'
      ? `Its learning rate stays at ${rate}.`
      : `Its learning rate has fallen to 0 over ${format(before.steps)} steps; it is now spread over ${format(after.steps)}: ` +
        `it jumps up to ${Number(rate.toPrecision(3))} and falls to 0 again.`,
    ...(more === undefined ? [] : [more]),
    `It is not the run that ${format(after.steps)} steps from the beginning would have been; run.json says how it came about.`,
  ];
}

function format(steps: number): string {
  return steps.toLocaleString('en-US');
}
