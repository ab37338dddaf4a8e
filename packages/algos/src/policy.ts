import { InvalidInputError, type Rng } from '@mikt/core';
import type { Engine } from '@mikt/graph';
import { compileAct } from './act.js';
import { type DecodedCheckpoint, readTrainingState } from './checkpoint.js';
import { findMethod } from './methods.js';
import { checkNetworks } from './teacher.js';

/** A trained policy that acts, its normaliser included. */
export interface Policy {
  /** The environment it was trained on. */
  readonly env: string;
  readonly algo: string;
  /** Environment steps it was trained for. */
  readonly steps: number;
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

/**
 * The policy that a checkpoint holds, ready to act on an engine.
 * @param source names the checkpoint in errors
 */
export function policyFromCheckpoint(checkpoint: DecodedCheckpoint, engine: Engine, source: string): Policy {
  const {
    config,
    spaces,
    agent: agentName,
    learner,
    collector,
    progress,
    teachers,
  } = readTrainingState(checkpoint, source);
  const method = findMethod(config.algo);
  for (const teacher of teachers) checkNetworks(teacher.sizes, teacher.parameters, source);
  const agent = method.createAgent(agentName, config, spaces, teachers);
  const [observation, action] = [spaces.observation.size, spaces.action.size];
  const variables = engine.createVariables({
    parameters: [agent.layout.size],
    observationMean: [observation],
    observationVariance: [observation],
    ...Object.fromEntries(Object.entries(agent.frozen).map(([name, values]) => [name, [values.length]])),
  });
  variables.write('parameters', agent.layout.pack(learner.parameters));
  variables.write('observationMean', collector.observationMoments.mean);
  variables.write('observationVariance', collector.observationMoments.variance);
  for (const [name, values] of Object.entries(agent.frozen)) variables.write(name, values);
  const program = compileAct(engine, agent, variables, 1, observation, action);
  return {
    env: config.env,
    algo: config.algo,
    steps: progress.steps,
    coupled: agentName !== 'student',
    observationSize: observation,
    actionSize: action,
    act(input, rng) {
      if (input.length !== observation) {
        throw new InvalidInputError(
          `the policy takes observations of ${observation} entries, got ${input.length}.`,
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
