import { parseNumber } from '@mikt/core';
import * as z from 'zod';

// Names and meanings are those of Gymnasium's MuJoCo environments (Ant-v5, Hopper-v5), in this project's spelling.

/** A part of the model; one without a name goes by its index. */
const name = z.preprocess((value) => (typeof value === 'number' ? String(value) : value), z.string().min(1));
const finite = z.number();

/** YAML writes an open end .inf; null stands for it in JSON. */
const end = z.preprocess(
  (value) => (Math.abs(value as number) === Number.POSITIVE_INFINITY ? null : value),
  finite.nullable(),
);

/** A lower and an upper end. */
const range = z
  .tuple([end, end], { error: 'expected [lowest, highest], null for an open end' })
  .refine(([low, high]) => low === null || high === null || low < high, {
    error: 'expected the lowest value before the highest',
  });

const direction = z
  .tuple([finite, finite, finite], { error: 'expected [x, y, z]' })
  .refine((values) => Math.hypot(...values) > 0, { error: 'expected a direction that is not zero' });

const weight = finite.min(0);
// YAML 1.2 reads 1_000 as text; people write it all the same.
const count = (most: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' ? (parseNumber(value) ?? value) : value),
    z.int().min(1).max(most),
  );

/** Physics steps of one step at most: more is a mistake that takes for ever. */
export const MOST_FRAME_SKIP = 10_000;

/** Every setting of a task with what it means; a complete task has them all. */
export const taskKeys = {
  task: z.enum(['forward']).describe('`forward`: the speed of a body along a direction is rewarded'),
  body: name.describe('the body whose speed is rewarded, by name'),
  direction: direction.describe('the direction in which it is rewarded, in the world; z points up'),
  forwardRewardWeight: weight.describe('reward for a speed of 1 m/s, per step'),
  ctrlCostWeight: weight.describe('cost of Σ a², the squared entries of the action, per step'),
  contactCostWeight: weight.describe('cost of the squared contact forces of all bodies, per step'),
  healthyReward: finite.describe('reward of a step in which the robot is healthy'),
  contactForceRange: range.describe('limits to which contact forces are clipped, in cost and observation'),
  terminateWhenUnhealthy: z.boolean().describe('whether an episode ends where the robot is unhealthy'),
  healthyBodies: z
    .array(name)
    .describe('the bodies that `healthyZRange` and `healthyTilt` are about, by name'),
  healthyZRange: range.nullable().describe('heights in metres at which the robot is healthy'),
  healthyAngleRange: range
    .nullable()
    .describe(
      'pitch in radians at which it is, for a robot that moves in a plane: the position of its root’s hinge',
    ),
  healthyTilt: finite
    .positive()
    .max(Math.PI)
    .nullable()
    .describe('angle in radians by which a body may lean away from how it is when an episode starts'),
  healthyJointRanges: z
    .record(z.string(), range)
    .describe('positions of slides and hinges at which it is healthy, by joint'),
  healthyStateRange: range
    .nullable()
    .describe('what every velocity, and every position but the root’s place, must be within'),
  frameSkip: count(MOST_FRAME_SKIP).describe('physics steps of one step'),
  maxEpisodeSteps: count(1e9).describe('steps after which an episode is truncated'),
  start: name.nullable().describe('the keyframe that episodes start from; null: the model’s initial state'),
  resetNoiseScale: weight.describe('how far from there every position and velocity is drawn'),
  resetVelocityNoise: z
    .enum(['uniform', 'normal'])
    .describe('how velocities are drawn; positions are drawn uniformly'),
  rescaleActions: z
    .boolean()
    .describe(
      'whether actions are in [-1, 1]: ±1 are the limits of the control, 0 is its value at the start where that lies ' +
        'between them, or else their middle; otherwise actions are the controls themselves',
    ),
  observation: z
    .array(name)
    .min(1)
    .describe(
      'what is observed, in this order: `positions`, `velocities`, `contactForces`, `activations`, `sensors`, ' +
        '`gravity` (its direction as the body feels it), or entries by name, such as `qpos/hip` or `sensor/imu`',
    ),
  excludeCurrentPositionsFromObservation: z
    .boolean()
    .describe('whether `positions` leaves out where the robot is horizontally'),
  velocityRange: range.nullable().describe('limits to which observed velocities are clipped'),
} as const;

/** A task with every setting written out: plain data, the model's part of a robot apart. */
export const robotTask = z.strictObject(taskKeys);
export type RobotTask = Readonly<z.output<typeof robotTask>>;

/** As `[a, b]`, null for an open end. */
export type Range = RobotTask['contactForceRange'];

/** What robots may be called: names of folders and of columns come of it. */
export const robotName = z
  .string()
  .max(60)
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    'expected letters, digits, ".", "_" and "-", 60 at most, as in my-robot',
  );

const optional = Object.fromEntries(
  Object.entries(taskKeys).map(([key, schema]) => [key, schema.optional().describe(schema.description!)]),
) as { [K in keyof typeof taskKeys]: z.ZodOptional<(typeof taskKeys)[K]> };

/** A task file: any of a task's settings, and two of its own. */
export const taskFile = z.strictObject({
  name: robotName.optional().describe('what the robot is called'),
  ...optional,
  controlHz: finite.positive().optional().describe('steps per second, in place of `frameSkip`'),
});
export type TaskFile = Readonly<z.output<typeof taskFile>>;
