import { type EnvSpaces, FileError, type RngState } from '@mikt/core';
import type { EnvSnapshot, RobotDefinition } from '@mikt/envs';
import { type MomentsState, NORMALISER_EPSILON } from '@mikt/nets';
import type { Checkpoint, DecodedCheckpoint } from '@mikt/runs';
import * as z from 'zod';
import { type RunConfig, resolveConfig } from './config.js';
import { isPolicyFile, readPolicyFile } from './interchange/policy-file.js';
import { actorCriticSizes } from './ppo/networks.js';
import type { LearnerState } from './ppo/update.js';
import {
  storedDoubles,
  storedParameters,
  storedRobot,
  storedSizes,
  storedSpaces,
  storeRobot,
  storeSpaces,
} from './stored.js';
import { checkNetworks, normalisedScale, type Teacher } from './teacher.js';
import { joinTree, splitTree } from './tensor-tree.js';

/** Everything a run needs to go on exactly, as plain data. */
export interface TrainingState {
  readonly config: RunConfig;
  readonly spaces: EnvSpaces;
  /** Which of the method's agents the learner is. */
  readonly agent: string;
  readonly learner: LearnerState;
  readonly collector: CollectorState;
  readonly environments: readonly EnvSnapshot[];
  /** Draws the order of minibatches. */
  readonly minibatches: RngState;
  readonly progress: Progress;
  /** Returns of the last 100 episodes since the hand-over, oldest first. */
  readonly recentReturns: Float64Array;
  /** The teachers that the agent still leans on; none after the hand-over. */
  readonly teachers: readonly Teacher[];
  /** In words: the engine that ran. Another one gives other roundings. */
  readonly engine: string;
  /** The robot that it learns to move, where it is one of the user's own. */
  readonly robot?: RobotDefinition;
}

/** Where collecting stands. */
export interface CollectorState {
  /** Generators of the action noise, one per environment. */
  readonly noise: readonly RngState[];
  readonly observationMoments: MomentsState;
  readonly returnMoments: MomentsState;
  /** Discounted return so far of each environment, as the reward's normaliser counts it. [N] */
  readonly discountedReturns: Float64Array;
}

export interface Progress {
  /** Passes over the environments that are done, the one that fills the normaliser included. */
  readonly passes: number;
  readonly steps: number;
  readonly episodes: number;
  /** Simulations that diverged. */
  readonly diverged: number;
  /** Wall-clock seconds of training, over all sessions. */
  readonly seconds: number;
  /** `return_100` at the hand-over, before it was cleared; null before, and where no episode had ended. */
  readonly coupledReturn100: number | null;
  /** Times that a pass was begun anew since a number was not finite. */
  readonly restores: number;
  /** Those of them that belong to the pass that comes next. */
  readonly restoresInRow: number;
  /** Warnings of the simulations, by kind in words. */
  readonly warnings: Readonly<Record<string, number>>;
}

const count = z.int().min(0);
const rng = z.object({ key: z.tuple([z.number(), z.number()]), counter: count });
const moments = z.object({ mean: storedDoubles, variance: storedDoubles, count: z.number() });
const snapshot = z.object({ arrays: z.record(z.string(), storedDoubles), rng });

const stateSchema = z.object({
  config: z.record(z.string(), z.unknown()),
  spaces: storedSpaces,
  agent: z.string(),
  learner: z.object({
    parameters: storedParameters,
    firstMoment: storedParameters,
    secondMoment: storedParameters,
    optimiserSteps: count,
  }),
  collector: z.object({
    noise: z.array(rng),
    observationMoments: moments,
    returnMoments: moments,
    discountedReturns: storedDoubles,
  }),
  environments: z.array(snapshot),
  minibatches: rng,
  progress: z.object({
    passes: count,
    steps: count,
    episodes: count,
    diverged: count,
    seconds: z.number().min(0),
    coupledReturn100: z.number().nullable().default(null),
    restores: count.default(0),
    restoresInRow: count.default(0),
    warnings: z.record(z.string(), count).default({}),
  }),
  recentReturns: storedDoubles,
  teachers: z.array(
    z.object({
      source: z.string(),
      env: z.string(),
      fingerprint: z.string(),
      sizes: storedSizes,
      parameters: storedParameters,
      observationScale: z.number().min(0).default(1),
      normaliser: z.object({ mean: storedDoubles, variance: storedDoubles }).exactOptional(),
      observationNames: z.array(z.string()).exactOptional(),
      actionNames: z.array(z.string()).exactOptional(),
    }),
  ),
  engine: z.string(),
  robot: storedRobot.exactOptional(),
});

export function toCheckpoint(state: TrainingState): Checkpoint {
  const { robot } = state;
  const { data, tensors } = splitTree({
    ...state,
    spaces: storeSpaces(state.spaces),
    ...(robot && { robot: storeRobot(robot) }),
  });
  return { header: { training: data }, tensors };
}

/**
 * The training state that a checkpoint holds.
 * @param source names the checkpoint in errors
 * @throws FileError where something is missing or not what it should be
 */
export function readTrainingState(checkpoint: DecodedCheckpoint, source: string): TrainingState {
  if (isPolicyFile(checkpoint)) {
    throw new FileError(
      source,
      'is a policy by itself and holds no state of a training to go on from; it can act (mikt eval) and teach ' +
        '(mikt transfer --teacher).',
    );
  }
  const result = stateSchema.safeParse(joinTree(checkpoint.header.training, checkpoint.tensors));
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new FileError(
      source,
      `is not a training checkpoint (${issue!.path.join('/') || 'training'}: ${issue!.message}).`,
    );
  }
  try {
    return { ...result.data, config: resolveConfig(result.data.config) };
  } catch (cause) {
    throw new FileError(source, `its configuration is not valid: ${(cause as Error).message}`, { cause });
  }
}

/**
 * The teacher that a training checkpoint or a policy file holds.
 * @param source names the checkpoint in errors and in the student's run
 * @throws FileError where the policy still leans on a teacher of its own, or its networks do not fit its header
 */
export function teacherFromCheckpoint(checkpoint: DecodedCheckpoint, source: string): Teacher {
  if (isPolicyFile(checkpoint)) return teacherFromPolicyFile(checkpoint, source);
  const state = readTrainingState(checkpoint, source);
  if (state.agent !== 'student') {
    throw new FileError(
      source,
      `cannot be a teacher: it was saved before its hand-over and still leans on a teacher of its own ` +
        `(${state.teachers.map(({ env }) => env).join(', ')}). Take a checkpoint from after the hand-over; mikt resume goes on with an unfinished run.`,
    );
  }
  const sizes = actorCriticSizes(state.config, state.spaces);
  const { parameters } = state.learner;
  checkNetworks(sizes, parameters, source);
  const { mean, variance } = state.collector.observationMoments;
  return {
    source,
    env: state.config.env,
    fingerprint: checkpoint.sha256,
    sizes,
    parameters,
    observationScale: state.config.normaliseObservations ? normalisedScale(variance) : 1,
    normaliser: { mean, variance },
    ...namesOf(state.spaces),
  };
}

function namesOf({ observation, action }: EnvSpaces): Pick<Teacher, 'observationNames' | 'actionNames'> {
  return {
    ...(observation.names === undefined ? {} : { observationNames: observation.names }),
    ...(action.names === undefined ? {} : { actionNames: action.names }),
  };
}

function teacherFromPolicyFile(checkpoint: DecodedCheckpoint, source: string): Teacher {
  const { env, spaces, sizes, parameters, hasValue, normaliser } = readPolicyFile(checkpoint, source);
  if (!hasValue) {
    throw new FileError(
      source,
      "cannot be a teacher: it has no value network, which a student's value network would borrow from. Import it " +
        'together with its critic.',
    );
  }
  return {
    source,
    env,
    fingerprint: checkpoint.sha256,
    sizes,
    parameters,
    observationScale: normalisedScale(normaliser.variance),
    normaliser: {
      mean: normaliser.mean,
      // Such that the student's own ε gives the same deviations.
      variance: normaliser.variance.map((variance) =>
        Math.max(variance + (normaliser.epsilon - NORMALISER_EPSILON), 0),
      ),
    },
    ...namesOf(spaces),
  };
}
