// Schemas of what checkpoints and policy files both hold, as `splitTree` writes it and `joinTree` reads it.
import { type BoxSpace, type EnvSpaces, InvalidInputError } from '@mikt/core';
import { checkDefinition, type RobotDefinition, robotSettings } from '@mikt/envs';
import * as z from 'zod';

const size = z.int().min(1);
const shape = z.array(z.int().min(0));
const bound = z.union([z.number(), z.array(z.number())]).nullable();

/** A double-precision tensor, read as its values alone. */
export const storedDoubles = z
  .object({ shape, data: z.instanceof(Float64Array) })
  .transform(({ data }) => data);

/** Parameters by name. */
export const storedParameters = z.record(z.string(), z.object({ shape, data: z.instanceof(Float32Array) }));

/** Sizes of a pair of policy and value network. */
export const storedSizes = z.object({
  observation: size,
  action: size,
  policyHidden: z.array(size),
  valueHidden: z.array(size),
});

const storedBox = z
  .object({ size, low: bound, high: bound, names: z.array(z.string()).exactOptional() })
  .transform((space) => ({
    ...space,
    low: space.low ?? Number.NEGATIVE_INFINITY,
    high: space.high ?? Number.POSITIVE_INFINITY,
  }));

export const storedSpaces = z.object({ observation: storedBox, action: storedBox });

const storedFile = z.object({ shape, data: z.instanceof(Uint8Array) }).transform(({ data }) => data);

/** A robot of one's own: its settings, and its files as bytes. */
export const storedRobot = robotSettings
  .extend({ files: z.record(z.string(), storedFile) })
  .superRefine((robot: RobotDefinition, context) => {
    try {
      checkDefinition(robot);
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
    }
  });

/** A robot as it is stored: every key in its place. */
export function storeRobot({ name, model, task, files }: RobotDefinition): object {
  const keys = Object.keys(robotSettings.shape.task.shape) as (keyof typeof task)[];
  return { name, model, task: Object.fromEntries(keys.map((key) => [key, task[key]])), files };
}

/** Spaces as they are stored. JSON has no infinities; null stands for an open end. Every key has its place. */
export function storeSpaces({ observation, action }: EnvSpaces): unknown {
  const box = ({ size, low, high, names }: BoxSpace) => ({
    size,
    low: finite(low),
    high: finite(high),
    ...(names === undefined ? {} : { names }),
  });
  return { observation: box(observation), action: box(action) };
}

/** null where a limit is infinite. */
export function finite<T>(limit: T): T | null {
  return typeof limit === 'number' && !Number.isFinite(limit) ? null : limit;
}
