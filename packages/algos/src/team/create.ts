import { type Env, makeEnv } from '@mikt/envs';
import { createEngine, type Engine } from '@mikt/graph';
import type { RunConfig } from '../config.js';
import { LocalTeam } from './local.js';
import type { Team } from './team.js';

export interface TeamOptions {
  /** One of the environments to train in (default: by name from @mikt/envs). */
  createEnv?(name: string): Promise<Env>;
  /** What runs the networks (default: made by name from the configuration). */
  readonly engine?: Engine;
}

/** Whoever is to do the work of a run. */
export async function createTeam(config: RunConfig, options: TeamOptions): Promise<Team> {
  const engine = options.engine ?? (await createEngine(config.engine));
  const createEnv = options.createEnv ?? makeEnv;
  const envs: Env[] = [];
  try {
    for (let i = 0; i < config.envs; i++) envs.push(await createEnv(config.env));
    return new LocalTeam(engine, config, envs);
  } catch (error) {
    for (const env of envs) env.dispose();
    throw error;
  }
}
