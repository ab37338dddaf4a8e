import type { EnvSpaces } from '@mikt/core';
import { ActorCritic, type ActorCriticSizes, ParameterLayout } from '@mikt/nets';
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
