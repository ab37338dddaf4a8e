import { InvalidInputError } from '@mikt/core';
import type { ModelDescription } from '../model-description.js';
import type { Simulation } from '../mujoco.js';
import { robotControls } from './controls.js';
import { bodyIndex, heightOf, placeEntries, robotRoot, rootOf, unknownPart } from './kinematics.js';
import { MOST_FRAME_SKIP, type Range, type RobotTask, type TaskFile } from './task-keys.js';

/** A setting that the task file leaves open, and what it came to. */
export interface TakenDefault {
  readonly key: keyof RobotTask;
  readonly value: unknown;
  /** Where it comes from, in a few words; undefined for one that is the same for every robot. */
  readonly why?: string;
}

export interface ResolvedTask {
  readonly task: RobotTask;
  readonly defaults: readonly TakenDefault[];
}

/** Settings that are the same for every robot. */
export const CONSTANT_DEFAULTS = {
  task: 'forward',
  direction: [1, 0, 0],
  forwardRewardWeight: 1,
  contactCostWeight: 0,
  healthyReward: 1,
  contactForceRange: [-1, 1],
  terminateWhenUnhealthy: true,
  healthyAngleRange: null,
  healthyTilt: null,
  healthyJointRanges: {},
  healthyStateRange: null,
  maxEpisodeSteps: 1000,
  resetNoiseScale: 0.01,
  resetVelocityNoise: 'uniform',
  rescaleActions: true,
  observation: ['positions', 'velocities'],
  excludeCurrentPositionsFromObservation: true,
  velocityRange: null,
} as const satisfies Partial<RobotTask>;

/** What the other settings come to where they are not given, for documentation. */
export const DERIVED_DEFAULTS = {
  body: 'the root body',
  ctrlCostWeight: '0.5 / number of controls',
  healthyBodies: '`[body]`',
  healthyZRange:
    'from half to twice the height above the ground at which the robot, let fall from its start, first touches something; none where it cannot move up and down',
  frameSkip: 'as many as come closest to 50 steps per second',
  start: 'the keyframe `home` where there is one, or else `null`',
  name: 'the model’s own, or else its file’s',
  controlHz: 'by `frameSkip`',
} as const satisfies Partial<Record<keyof TaskFile, string>>;

/** Code of the error for a model without joints. */
export const NOTHING_MOVES = 'nothing-moves';

/** Steps per second that a task has by default. */
const CONTROL_HZ = 50;
const DEFAULT_START = 'home';
/** Share of the height of a standing robot below which it counts as fallen, and multiple above which as flown off. */
const HEALTHY = { low: 0.5, high: 2 } as const;
/** Seconds for which a robot is let fall to see at which height it touches something. */
const FALL = 1;

/**
 * Writes out every setting of a task for a model.
 * @param simulation of the model; its state is changed
 * @throws InvalidInputError where the task names what the model does not have, or has nothing that moves
 */
export function resolveTask(file: TaskFile, simulation: Simulation): ResolvedTask {
  const description = simulation.describe();
  const { name: _, controlHz, ...given } = file;
  const defaults: TakenDefault[] = [];
  const take = <K extends keyof RobotTask>(key: K, make: () => [RobotTask[K], string?]): RobotTask[K] => {
    if (given[key] !== undefined) return given[key] as RobotTask[K];
    const [value, why] = make();
    defaults.push({ key, value, ...(why === undefined ? {} : { why }) });
    return value;
  };
  const constant = <K extends keyof typeof CONSTANT_DEFAULTS>(key: K) =>
    take(key, () => [CONSTANT_DEFAULTS[key] as unknown as RobotTask[K]]);

  const start = take('start', () =>
    description.keyframes.includes(DEFAULT_START)
      ? [DEFAULT_START, 'the model has a keyframe of that name']
      : [null, 'the model’s initial state'],
  );
  simulation.reset(keyframeIndex(description, start));
  simulation.forward();
  const body = take('body', () => [nameOfRoot(description), 'the root body']);
  const frameSkip =
    frameSkipOf(file, description.timestep) ?? take('frameSkip', () => defaultFrameSkip(description));
  const healthyBodies = take('healthyBodies', () => [[body], 'the body that is rewarded']);
  const rescaleActions = constant('rescaleActions');
  const task: RobotTask = {
    task: constant('task'),
    body,
    direction: constant('direction'),
    forwardRewardWeight: constant('forwardRewardWeight'),
    ctrlCostWeight: take('ctrlCostWeight', () => {
      const controls = Math.max(description.controls.length, 1);
      return [
        Number((0.5 / controls).toPrecision(3)),
        `0.5 / ${controls} control${controls === 1 ? '' : 's'}`,
      ];
    }),
    contactCostWeight: constant('contactCostWeight'),
    healthyReward: constant('healthyReward'),
    contactForceRange: constant('contactForceRange'),
    terminateWhenUnhealthy: constant('terminateWhenUnhealthy'),
    healthyBodies,
    healthyZRange: take('healthyZRange', () => defaultHeights(simulation, body, rescaleActions)),
    healthyAngleRange: constant('healthyAngleRange'),
    healthyTilt: constant('healthyTilt'),
    healthyJointRanges: constant('healthyJointRanges'),
    healthyStateRange: constant('healthyStateRange'),
    frameSkip,
    maxEpisodeSteps: constant('maxEpisodeSteps'),
    start,
    resetNoiseScale: constant('resetNoiseScale'),
    resetVelocityNoise: constant('resetVelocityNoise'),
    rescaleActions,
    observation: constant('observation'),
    excludeCurrentPositionsFromObservation: constant('excludeCurrentPositionsFromObservation'),
    velocityRange: constant('velocityRange'),
  };
  return { task, defaults };
}

/** Index of the keyframe that episodes start from. @throws InvalidInputError where there is none of that name */
export function keyframeIndex({ keyframes }: ModelDescription, start: string | null): number | undefined {
  if (start === null) return undefined;
  const index = keyframes.indexOf(start);
  if (index < 0) throw unknownPart('start', 'keyframe', start, keyframes);
  return index;
}

function nameOfRoot(description: ModelDescription): string {
  const root = robotRoot(description);
  if (root !== undefined) return description.bodies[root]!.name;
  throw new InvalidInputError(
    'nothing in the model can move: it has no joints. Give the robot’s root body a <freejoint/>, or slides and a hinge ' +
      'for one that moves in a plane, and its limbs hinges.',
    { code: NOTHING_MOVES },
  );
}

/** @throws InvalidInputError where both settings are given, or no number of physics steps comes to the rate */
function frameSkipOf({ frameSkip, controlHz }: TaskFile, timestep: number): number | undefined {
  if (controlHz === undefined) return frameSkip;
  if (frameSkip !== undefined) {
    throw new InvalidInputError('controlHz and frameSkip say the same thing; give one of them.');
  }
  const steps = stepsFor(controlHz, timestep);
  const rate = 1 / (steps * timestep);
  if (Math.abs(rate - controlHz) <= 0.01 * controlHz) return steps;
  throw new InvalidInputError(
    `controlHz: no whole number of physics steps of ${timestep} s comes to ${controlHz} steps per second; ` +
      `the nearest rate is ${Number(rate.toPrecision(4))}, with frameSkip: ${steps}.`,
  );
}

function defaultFrameSkip({ timestep }: ModelDescription): [number, string] {
  const steps = stepsFor(CONTROL_HZ, timestep);
  const rate = Number((1 / (steps * timestep)).toPrecision(3));
  return [steps, `${rate} steps per second at the model’s timestep of ${timestep} s`];
}

/** Physics steps that come closest to a rate; of a timestep of no length, one. */
function stepsFor(rate: number, timestep: number): number {
  if (!(timestep > 0)) return 1;
  return Math.min(Math.max(1, Math.round(1 / (rate * timestep))), MOST_FRAME_SKIP);
}

/** Heights at which the robot stands, taken from where it first touches something when let fall from its start. */
function defaultHeights(
  simulation: Simulation,
  body: string,
  rescaleActions: boolean,
): [Range | null, string] {
  const description = simulation.describe();
  const index = bodyIndex(description, body, 'body');
  if (!canRise(simulation, rootOf(description, index)) || description.gravity[2] >= 0) {
    return [null, 'the body does not fall'];
  }
  const begun = heightOf(simulation, index);
  const touched = heightAtTouch(simulation, index, rescaleActions);
  if (!(touched > 0)) return [null, `the body stands at a height of ${round(touched)} m`];
  return [
    [round(HEALTHY.low * touched), round(HEALTHY.high * begun)],
    `it touches something at ${round(touched)} m, and starts at ${round(begun)} m`,
  ];
}

function canRise(simulation: Simulation, root: number | undefined): boolean {
  const { all, horizontal } = placeEntries(simulation, root);
  return all.size > horizontal.size;
}

function heightAtTouch(simulation: Simulation, body: number, rescaleActions: boolean): number {
  const { neutral } = robotControls({ rescaleActions }, simulation);
  const { timestep } = simulation.describe();
  const height = heightOf(simulation, body);
  // At least a millisecond a step, that a tiny timestep does not make it long.
  const most = Math.min(Math.ceil(FALL / timestep), 1000 * FALL);
  for (let step = 0; step < most && simulation.contactCount === 0; step++) {
    if (!simulation.step(neutral, 1)) return height;
  }
  return simulation.contactCount > 0 ? heightOf(simulation, body) : height;
}

function round(value: number): number {
  return Number(value.toFixed(3));
}
