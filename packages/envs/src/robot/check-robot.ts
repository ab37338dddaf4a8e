import { RunError } from '@mikt/core';
import { checkEnv } from '../check.js';
import { Simulation } from '../mujoco.js';
import { makeEnv } from '../registry.js';
import { robotControls } from './controls.js';
import type { RobotDefinition } from './definition.js';
import { bodyIndex, heightOf } from './kinematics.js';
import { findInModel, type RobotFinding } from './model-findings.js';
import { keyframeIndex } from './resolve-task.js';
import { robotTaskOf } from './robot-task.js';
import { findInTrials } from './trial-findings.js';
import { type TrialRuns, tryOut } from './trial-runs.js';

export type { RobotFinding } from './model-findings.js';
export type { TrialEpisode, TrialRuns } from './trial-runs.js';

/** What there is of a robot, how it behaves, and what is wrong with it. */
export interface RobotCheck {
  readonly name: string;
  /** Bodies without the world, and joints. */
  readonly bodies: number;
  readonly joints: number;
  /** Kilograms. */
  readonly mass: number;
  /** Names of the entries. */
  readonly observation: readonly string[];
  readonly action: readonly { readonly name: string; readonly low: number; readonly high: number }[];
  readonly sensors: readonly string[];
  readonly keyframes: readonly string[];
  /** Seconds of a physics step and of an environment step. */
  readonly timestep: number;
  readonly dt: number;
  /** Height of the rewarded body at the start, and after two seconds of zero actions; metres. */
  readonly height: { readonly start: number; readonly rest: number };
  /** Undefined where no episode could begin. */
  readonly trials: TrialRuns | undefined;
  /** Environment steps per second that this thread made. */
  readonly stepsPerSecond: number;
  /** Problems first. */
  readonly findings: readonly RobotFinding[];
}

export interface CheckRobotOptions {
  /**
   * Steps of an episode at most while trying out. Default: 250, or as few as a slow model allows; the contract of `Env` is
   * the same for longer ones.
   */
  readonly episodeSteps?: number;
}

const EPISODE_STEPS = { least: 20, most: 250 } as const;
/** Seconds that trying out should take at most, and episodes that it runs, those of `checkEnv` included. */
const PATIENCE = 20;
const EPISODES = 25;

const REST_SECONDS = 2;
/** Physics steps for that at most. */
const MOST_REST = 2000;

/**
 * Tries a robot out, and says in plain words what is wrong or suspicious.
 * @throws InvalidInputError where MuJoCo refuses the model
 */
export async function checkRobot(
  definition: RobotDefinition,
  { episodeSteps }: CheckRobotOptions = {},
): Promise<RobotCheck> {
  const simulation = await Simulation.create(definition);
  try {
    const task = robotTaskOf(definition, simulation);
    const inModel = findInModel(definition.task, task, simulation);
    const started = performance.now();
    const height = heights(definition, simulation);
    const slowness = (performance.now() - started) / 1000 / height.physicsSteps;
    const canBegin = !inModel.some(({ preventsStart }) => preventsStart);
    const { spaces, dt, trials, seconds, findings } = await runTrials(definition, {
      restHeight: height.rest,
      canBegin,
      episodeSteps: episodeSteps ?? affordableSteps(slowness * definition.task.frameSkip),
    });
    const { bodies, joints, sensors, keyframes, timestep } = simulation.describe();
    const steps = trials
      ? [trials.idle, ...trials.random].reduce((sum, episode) => sum + episode.steps, 0)
      : 0;
    const { names = [], low, high } = spaces.action;
    const at = (bound: number | readonly number[], i: number) =>
      typeof bound === 'number' ? bound : bound[i]!;
    return {
      name: definition.name,
      bodies: bodies.length - 1,
      joints: joints.length,
      mass: simulation.totalMass(),
      observation: spaces.observation.names ?? [],
      action: names.map((name, i) => ({ name, low: at(low, i), high: at(high, i) })),
      sensors: sensors.map(({ name }) => name),
      keyframes,
      timestep,
      dt,
      height: { start: height.start, rest: height.rest },
      trials,
      stepsPerSecond: seconds > 0 ? steps / seconds : 0,
      findings: [...inModel, ...findings]
        .map(({ severity, text }) => ({ severity, text }))
        .sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity)),
    };
  } finally {
    simulation.dispose();
  }
}

const ORDER: readonly RobotFinding['severity'][] = ['problem', 'warning'];

/** @param seconds that a step takes */
function affordableSteps(seconds: number): number {
  const steps = Math.floor(PATIENCE / (seconds * EPISODES));
  return Math.min(Math.max(steps, EPISODE_STEPS.least), EPISODE_STEPS.most);
}

/** Of the rewarded body: as an episode starts without noise, and where zero actions leave it, fallen or not. */
function heights(
  { task }: RobotDefinition,
  simulation: Simulation,
): RobotCheck['height'] & { readonly physicsSteps: number } {
  const description = simulation.describe();
  simulation.reset(keyframeIndex(description, task.start));
  simulation.forward();
  const body = bodyIndex(description, task.body, 'body');
  const start = heightOf(simulation, body);
  const { neutral } = robotControls(task, simulation);
  // Of a timestep of no length as well.
  const physicsSteps = Math.min(Math.ceil(REST_SECONDS / description.timestep), MOST_REST);
  simulation.step(neutral, physicsSteps);
  return { start, rest: heightOf(simulation, body), physicsSteps };
}

/** Runs episodes, and tries the environment against its contract. */
async function runTrials(
  definition: RobotDefinition,
  { restHeight, canBegin, episodeSteps }: { restHeight: number; canBegin: boolean; episodeSteps: number },
) {
  const maxEpisodeSteps = Math.min(definition.task.maxEpisodeSteps, episodeSteps);
  const env = await makeEnv(definition, { maxEpisodeSteps });
  const { spaces, dt } = env;
  const findings: RobotFinding[] = [];
  let trials: TrialRuns | undefined;
  let seconds = 0;
  try {
    if (!canBegin) return { spaces, dt, trials, seconds, findings };
    const started = performance.now();
    trials = tryOut(env);
    seconds = (performance.now() - started) / 1000;
    findings.push(...findInTrials(definition.task, trials, { dt, restHeight }));
    // It cannot look at episodes that are over before they have begun.
    const isLong = trials.random.some(({ steps }) => steps >= 3);
    if (spaces.action.size > 0 && isLong) {
      findings.push(
        ...checkEnv(env, { draws: definition.task.resetNoiseScale > 0 }).map(
          (text): RobotFinding => ({ severity: 'problem', text }),
        ),
      );
    }
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    findings.push({ severity: 'problem', text: error.message });
  } finally {
    env.dispose();
  }
  return { spaces, dt, trials, seconds, findings };
}
