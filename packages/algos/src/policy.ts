import { InvalidInputError, type Rng } from '@mikt/core';
import type { RobotDefinition } from '@mikt/envs';
import type { Engine } from '@mikt/graph';
import { NORMALISER_CLIP, NORMALISER_EPSILON } from '@mikt/nets';
import type { DecodedCheckpoint } from '@mikt/runs';
import { actShapes, compileAct } from './act.js';
import type { Agent } from './agent.js';
import { readTrainingState } from './checkpoint.js';
import { isPolicyFile, readPolicyFile } from './interchange/policy-file.js';
import { createActor, type Normaliser } from './interchange/trained-policy.js';
import { findMethod } from './methods.js';
import { checkNetworks } from './teacher.js';

/** A trained policy that acts, its normaliser included. */
export interface Policy {
  /** The environment it was trained on. */
  readonly env: string;
  /** That environment itself, where it is a robot of one's own. */
  readonly robot?: RobotDefinition;
  /** `imported` where what trained it is not known. */
  readonly algo: string;
  /** Environment steps it was trained for; null where that is not known. */
  readonly steps: number | null;
  /** Whether it still needs its teacher to act. */
  readonly coupled: boolean;
  readonly observationSize: number;
  readonly actionSize: number;
  /**
   * @param observation raw [O]
   * @param rng samples from the policy's Gaussian; without it the action is the mean
   * @returns [A], a fresh array
   */
  act(observation: ArrayLike<number>, rng?: Rng): Float32Array;
  dispose(): void;
}

/** What a file says of a policy, and the networks that act. */
interface PolicyParts extends Omit<Policy, 'act' | 'dispose'> {
  readonly agent: Pick<Agent, 'layout' | 'frozen' | 'act'>;
  readonly parameters: Float32Array;
  readonly normaliser: Normaliser;
}

/**
 * The policy that a training checkpoint or a policy file holds, ready to act on an engine.
 * @param source names the file in errors
 */
export function policyFromCheckpoint(checkpoint: DecodedCheckpoint, engine: Engine, source: string): Policy {
  const parts = isPolicyFile(checkpoint)
    ? partsOfPolicyFile(checkpoint, source)
    : partsOfTraining(checkpoint, source);
  const { agent, parameters, normaliser, ...described } = parts;
  const { observationSize, actionSize } = described;
  const variables = engine.createVariables(actShapes(agent, observationSize));
  variables.write('parameters', parameters);
  variables.write('observationMean', normaliser.mean);
  variables.write('observationVariance', normaliser.variance);
  for (const [name, values] of Object.entries(agent.frozen)) variables.write(name, values);
  const program = compileAct(engine, agent, variables, 1, observationSize, actionSize, normaliser);
  return {
    ...described,
    act(input, rng) {
      if (input.length !== observationSize) {
        throw new InvalidInputError(
          `the policy takes observations of ${observationSize} entries, got ${input.length}.`,
        );
      }
      program.observations.set(input);
      if (rng) rng.fillNormal(program.noise);
      program.run();
      return Float32Array.from(rng ? program.outputs.actions : program.outputs.means);
    },
    dispose() {
      program.dispose();
      variables.dispose();
    },
  };
}

function partsOfTraining(checkpoint: DecodedCheckpoint, source: string): PolicyParts {
  const state = readTrainingState(checkpoint, source);
  const { config, spaces, learner, collector, progress, teachers } = state;
  for (const teacher of teachers) checkNetworks(teacher.sizes, teacher.parameters, source);
  const agent = findMethod(config.algo).createAgent(state.agent, config, spaces, teachers);
  const { mean, variance } = collector.observationMoments;
  return {
    env: config.env,
    ...(state.robot && { robot: state.robot }),
    algo: config.algo,
    steps: progress.steps,
    coupled: state.agent !== 'student',
    observationSize: spaces.observation.size,
    actionSize: spaces.action.size,
    agent,
    parameters: agent.layout.pack(learner.parameters),
    normaliser: { mean, variance, epsilon: NORMALISER_EPSILON, clip: NORMALISER_CLIP },
  };
}

function partsOfPolicyFile(checkpoint: DecodedCheckpoint, source: string): PolicyParts {
  const policy = readPolicyFile(checkpoint, source);
  const { env, robot, algo, steps, sizes, normaliser } = policy;
  const { layout, act, parameters } = createActor(policy);
  return {
    env,
    ...(robot && { robot }),
    algo,
    steps,
    coupled: false,
    observationSize: sizes.observation,
    actionSize: sizes.action,
    agent: { layout, frozen: {}, act },
    parameters,
    normaliser,
  };
}
