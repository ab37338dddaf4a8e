import type { EnvSpaces } from '@mikt/core';
import { ActorCritic, type ActorCriticSizes, LOG_STANDARD_DEVIATION, ParameterLayout } from '@mikt/nets';
import type { Agent } from '../agent.js';
import type { PpoConfig } from './config.js';
import { ppoLoss } from './loss.js';

/** The sizes of the networks that a configuration asks for in an environment. */
export function actorCriticSizes(
  config: Pick<PpoConfig, 'policyHidden' | 'valueHidden'>,
  spaces: EnvSpaces,
): ActorCriticSizes {
  return {
    observation: spaces.observation.size,
    action: spaces.action.size,
    policyHidden: config.policyHidden,
    valueHidden: config.valueHidden,
  };
}

/**
 * Writes the standard deviations that the configuration asks for into an agent's first parameters, whatever they were.
 * A policy that begins with 1 pays more for its noise than it earns on most robots, and one that begins with a trained
 * teacher's, some 0.05, moves by many times the clip range with every step of the usual size.
 */
export function startStandardDeviations(
  parameters: Float32Array,
  layout: ParameterLayout,
  { standardDeviationStart: start }: Pick<PpoConfig, 'standardDeviationStart'>,
  { action }: EnvSpaces,
): Float32Array {
  if (start === null) return parameters;
  const begin = layout.offset(LOG_STANDARD_DEVIATION);
  return parameters.fill(Math.log(start), begin, begin + action.size);
}

/** Separate policy and value networks trained by PPO's loss alone. */
export function createPpoAgent(config: PpoConfig, spaces: EnvSpaces): Agent {
  const networks = new ActorCritic(actorCriticSizes(config, spaces));
  return {
    layout: new ParameterLayout(networks.specs),
    frozen: {},
    teachers: [],
    coefficients: [],
    act: (parameters, observations) => networks.forward(parameters, observations),
    loss: (parameters, batch) => ppoLoss(networks.forward(parameters, batch.observations), batch, config),
    metrics: () => ({}),
  };
}
