import { describeValue, InvalidInputError, parseConfig, UnknownNameError } from '@mikt/core';
import type { EngineName } from '@mikt/graph';
import * as z from 'zod';
import type { Method } from './method.js';
import { findMethod } from './methods.js';
import type { PpoConfig } from './ppo/config.js';

const runKeys = {
  env: z.string().min(1).describe('environment, by name'),
  algo: z.string().min(1).describe('algorithm, by name'),
  seed: z.int().min(0).default(0).describe('seed of everything random in the run'),
  steps: z.number().min(1).default(1_000_000).describe('environment steps; rounded up to whole updates'),
  // The reference engine is an oracle for tests: double precision, and far too slow to train on.
  engine: z.enum(['wasm', 'tfjs']).default('wasm').describe('what runs the networks'),
  checkpointEvery: z.int().min(1).default(10).describe('updates from one checkpoint to the next, at most'),
  checkpointMinutes: z
    .number()
    .min(0)
    .default(5)
    .describe('minutes from one checkpoint to the next, at most; 0: however long it takes'),
  keepCheckpoints: z.int().min(1).default(3).describe('how many checkpoints stay, the best one apart'),
  onNan: z
    .enum(['stop', 'restore'])
    .default('stop')
    .describe(
      'where a number is not finite any more: stop, or restore the state before that update and go on with other random numbers',
    ),
};

/** A run's complete configuration: its own keys and its method's hyperparameters, side by side. */
export type RunConfig = PpoConfig & {
  readonly env: string;
  readonly algo: string;
  readonly seed: number;
  readonly steps: number;
  readonly engine: EngineName;
  readonly checkpointEvery: number;
  readonly checkpointMinutes: number;
  readonly keepCheckpoints: number;
  readonly onNan: 'stop' | 'restore';
};

/** The schema of a run with this method: one source of defaults, `--help`, the docs' tables and validation. */
export function runSchema(method: Method): z.ZodObject {
  return z.strictObject({ ...runKeys, ...method.schema.shape });
}

/** The values of a method's preset. @throws UnknownNameError */
export function presetValues(algo: string, preset: string): Readonly<Record<string, unknown>> {
  const { presets } = findMethod(algo);
  const values = Object.hasOwn(presets, preset) ? presets[preset] : undefined;
  if (!values) throw new UnknownNameError('preset', preset, Object.keys(presets));
  return values;
}

/**
 * Checks a configuration, fills in defaults and rounds `steps` up to whole updates.
 * @throws InvalidInputError naming the key, the value and what is allowed
 */
export function resolveConfig(input: Readonly<Record<string, unknown>>): RunConfig {
  if (typeof input.algo !== 'string')
    throw new InvalidInputError(`algo: expected a name, got ${describeValue(input.algo)}.`);
  const method = findMethod(input.algo);
  const parsed = parseConfig(runSchema(method), { ...input, algo: method.name }) as unknown as RunConfig;
  for (const key of ['envs', 'minibatches'] as const) {
    if (parsed.stepsPerUpdate % parsed[key] !== 0) {
      throw new InvalidInputError(
        `${key} must divide stepsPerUpdate (${parsed.stepsPerUpdate}), got ${parsed[key]}.`,
      );
    }
  }
  const rows = parsed.stepsPerUpdate / parsed.minibatches;
  if (rows % parsed.gradientShards !== 0) {
    throw new InvalidInputError(
      `gradientShards must divide a minibatch's rows (${rows}), got ${parsed.gradientShards}.`,
    );
  }
  const config = { ...parsed, steps: planPasses(parsed).passes * parsed.stepsPerUpdate };
  method.check(config, planPasses(config).updates);
  return config;
}

/**
 * The learning rate of an update. It depends on nothing but the update's place in the run.
 * @param update from 1, of `updates`
 */
export function learningRateAt(
  { learningRate, learningRateSchedule }: Pick<RunConfig, 'learningRate' | 'learningRateSchedule'>,
  update: number,
  updates: number,
): number {
  return learningRateSchedule === 'constant' ? learningRate : learningRate * (1 - (update - 1) / updates);
}

/**
 * How a run's steps divide: into passes over the environments of `stepsPerUpdate` each, of which the first only
 * fills the normaliser where its statistics change between updates.
 */
export function planPasses(
  config: Pick<
    RunConfig,
    'steps' | 'stepsPerUpdate' | 'normaliserUpdates' | 'normaliseObservations' | 'normaliseRewards'
  >,
): { passes: number; statisticsPasses: 0 | 1; updates: number } {
  const normalises = config.normaliseObservations || config.normaliseRewards;
  const statisticsPasses = normalises && config.normaliserUpdates === 'update' ? 1 : 0;
  const passes = Math.max(Math.ceil(config.steps / config.stepsPerUpdate), statisticsPasses + 1);
  return { passes, statisticsPasses, updates: passes - statisticsPasses };
}
