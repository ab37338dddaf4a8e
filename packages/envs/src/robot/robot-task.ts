import { InvalidInputError } from '@mikt/core';
import type { DescribedJoint } from '../model-description.js';
import type { Simulation } from '../mujoco.js';
import { addNormal, addUniform, squaredNorm } from '../tasks/locomotion.js';
import type { Task } from '../tasks/task.js';
import { robotControls } from './controls.js';
import type { RobotDefinition } from './definition.js';
import {
  bodyIndex,
  heightEntry,
  heightOf,
  onlyHinge,
  placeEntries,
  rootOf,
  slideAlong,
  unknownPart,
} from './kinematics.js';
import { textOf } from './model-xml.js';
import { contactForces, observer } from './observation.js';
import { keyframeIndex } from './resolve-task.js';
import type { Range, RobotTask } from './task-keys.js';

/**
 * A robot's task on its model: what Gymnasium's Ant and Hopper do, with the settings of the definition.
 * @param simulation of the definition's model; its state is changed
 * @throws InvalidInputError where the task asks for what the model does not have
 */
export function robotTaskOf(definition: RobotDefinition, simulation: Simulation): Task {
  const { task } = definition;
  const keyframe = keyframeIndex(simulation.describe(), task.start);
  simulation.reset(keyframe);
  simulation.forward();
  const { names, observe } = observer(task, simulation);
  const { actionSpace, controls } = robotControls(task, simulation);
  const isHealthy = healthCheck(task, simulation);
  const { resetNoiseScale: noise, terminateWhenUnhealthy } = task;
  return {
    mjcf: textOf(definition.files[definition.model]!),
    files: definition,
    ...(keyframe === undefined ? {} : { keyframe }),
    ...(actionSpace && { actionSpace }),
    ...(controls && { controls }),
    frameSkip: task.frameSkip,
    maxEpisodeSteps: task.maxEpisodeSteps,
    rewardParts: [
      'forward',
      ...(task.ctrlCostWeight > 0 ? ['control'] : []),
      ...(task.contactCostWeight > 0 ? ['contact'] : []),
      ...(task.healthyReward === 0 ? [] : ['alive']),
    ],

    drawState(qpos, qvel, rng) {
      addUniform(qpos, noise, rng);
      if (task.resetVelocityNoise === 'normal') addNormal(qvel, noise, rng);
      else addUniform(qvel, noise, rng);
    },

    observe,
    observationNames: () => [...names],
    position: positionAlong(task, simulation),

    reward({ simulation: current, action, velocity }) {
      const parts: Record<string, number> = { forward: task.forwardRewardWeight * velocity };
      if (task.ctrlCostWeight > 0) parts.control = -task.ctrlCostWeight * squaredNorm(action);
      if (task.contactCostWeight > 0) {
        parts.contact = -task.contactCostWeight * squaredNorm(contactForces(current, task.contactForceRange));
      }
      // As in Gym, an episode's last step earns it as well; where episodes go on, only health does.
      const isRewarded = terminateWhenUnhealthy || isHealthy(current);
      if (task.healthyReward !== 0) parts.alive = isRewarded ? task.healthyReward : 0;
      return parts;
    },

    isTerminated: (current) => terminateWhenUnhealthy && !isHealthy(current),
  };
}

/**
 * The coordinate that is rewarded: as in Gym's Hopper the position of the slide along the direction where the body has
 * one, and as in its Ant the place of the body otherwise.
 */
function positionAlong(task: RobotTask, simulation: Simulation): Task['position'] {
  const body = bodyIndex(simulation.describe(), task.body, 'body');
  const length = Math.hypot(...task.direction);
  const [x, y, z] = task.direction.map((part) => part / length) as [number, number, number];
  const slide = slideAlong(simulation, body, [x, y, z]);
  if (slide) return ({ qpos }) => slide.sign * qpos[slide.entry]!;
  return ({ bodyPositions }) =>
    x * bodyPositions[3 * body]! + y * bodyPositions[3 * body + 1]! + z * bodyPositions[3 * body + 2]!;
}

type Check = (simulation: Simulation) => boolean;

/** Whether the robot is healthy by all that the task says of it. */
function healthCheck(task: RobotTask, simulation: Simulation): Check {
  const description = simulation.describe();
  const bodies = task.healthyBodies.map((name) => bodyIndex(description, name, 'healthyBodies'));
  const checks: Check[] = [
    ...bodies.flatMap((body) =>
      task.healthyZRange ? [heightCheck(task.healthyZRange, simulation, body)] : [],
    ),
    ...(task.healthyAngleRange ? [angleCheck(task.healthyAngleRange, task, simulation)] : []),
    ...bodies.flatMap((body) =>
      task.healthyTilt === null ? [] : [tiltCheck(task.healthyTilt, simulation, body)],
    ),
    ...Object.entries(task.healthyJointRanges).map(([name, range]) => jointCheck(name, range, simulation)),
    ...(task.healthyStateRange ? [stateCheck(task.healthyStateRange, task, simulation)] : []),
  ];
  return (current) => checks.every((isHealthy) => isHealthy(current));
}

function heightCheck(range: Range, simulation: Simulation, body: number): Check {
  const entry = heightEntry(simulation, body);
  if (entry !== undefined) return ({ qpos }) => isWithin(qpos[entry]!, range);
  return (current) => isWithin(heightOf(current, body), range);
}

function angleCheck(range: Range, task: RobotTask, simulation: Simulation): Check {
  const description = simulation.describe();
  const hinge = onlyHinge(description, bodyIndex(description, task.body, 'body'));
  if (!hinge) {
    throw new InvalidInputError(
      `healthyAngleRange is about the one hinge between a root in a plane and the world, which "${task.body}" does not have; ` +
        'healthyTilt limits how far any body leans.',
    );
  }
  return ({ qpos }) => isWithin(qpos[hinge.position.entry]!, range);
}

/** By the angle between the world's vertical and the body's axis that was vertical at the start. */
function tiltCheck(most: number, simulation: Simulation, body: number): Check {
  const upright = [6, 7, 8].map((k) => simulation.bodyRotations[9 * body + k]!);
  const least = Math.cos(most);
  return ({ bodyRotations }) => {
    // The third row of the rotation is the world's vertical in the body's frame.
    const now = (k: number) => bodyRotations[9 * body + 6 + k]!;
    return upright[0]! * now(0) + upright[1]! * now(1) + upright[2]! * now(2) >= least;
  };
}

function jointCheck(name: string, range: Range, simulation: Simulation): Check {
  const { joints } = simulation.describe();
  const isSimple = ({ type }: DescribedJoint) => type === 'slide' || type === 'hinge';
  const joint = joints.find((each) => each.name === name && isSimple(each));
  if (!joint) {
    const known = joints.filter(isSimple).map((each) => each.name);
    throw unknownPart('healthyJointRanges', 'slide or hinge', name, known);
  }
  return ({ qpos }) => isWithin(qpos[joint.position.entry]!, range);
}

function stateCheck(range: Range, task: RobotTask, simulation: Simulation): Check {
  const description = simulation.describe();
  const { all: place } = placeEntries(
    simulation,
    rootOf(description, bodyIndex(description, task.body, 'body')),
  );
  return ({ qpos, qvel }) =>
    qpos.every((value, entry) => place.has(entry) || isWithin(value, range)) &&
    qvel.every((value) => isWithin(value, range));
}

/** What is not a number is within no limits. */
function isWithin(value: number, [low, high]: Range): boolean {
  return value >= (low ?? Number.NEGATIVE_INFINITY) && value <= (high ?? Number.POSITIVE_INFINITY);
}
