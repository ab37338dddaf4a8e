import { InvalidInputError } from '@mikt/core';
import { type Env, type EnvSource, makeEnv, type RobotDefinition } from '@mikt/envs';
import { createEngine, type Engine } from '@mikt/graph';
import type { RunConfig } from '../config.js';
import { isRegistered } from '../methods.js';
import { canShareMemory, cores } from './host.js';
import { LocalTeam } from './local.js';
import type { Team } from './team.js';

export interface TeamOptions {
  /** Worker threads at most (default: one per core). Results do not depend on it. */
  readonly threads?: number;
  /** The environment itself, where it is a robot of one's own; the configuration names it. */
  readonly robot?: RobotDefinition;
  /** Makes the environments, on the calling thread (default: by name from @mikt/envs, on the workers). */
  createEnv?(name: string): Promise<Env>;
  /** Runs the networks, on the calling thread (default: made by name from the configuration). */
  readonly engine?: Engine;
}

/**
 * Whoever is to do the work of a run: worker threads where they can, else the calling thread.
 * @throws InvalidInputError where the environment takes no actions
 */
export async function createTeam(config: RunConfig, options: TeamOptions): Promise<Team> {
  const team = await assemble(config, options);
  if (team.spaces.action.size > 0) return team;
  await team.dispose();
  throw new InvalidInputError(
    `${config.env} takes no actions, so that there is nothing to learn; a model needs actuators (mikt envs check says more).`,
  );
}

async function assemble(config: RunConfig, options: TeamOptions): Promise<Team> {
  const threads = threadsFor(config, options);
  const source = sourceOf(config, options.robot);
  if (threads > 1) {
    const { ThreadTeam } = await import('./threads.js');
    return ThreadTeam.create(config, threads, source);
  }
  const engine = options.engine ?? (await createEngine(config.engine));
  const createEnv = () => options.createEnv?.(config.env) ?? makeEnv(source);
  const envs: Env[] = [];
  try {
    for (let i = 0; i < config.envs; i++) envs.push(await createEnv());
    return new LocalTeam(engine, config, envs);
  } catch (error) {
    for (const env of envs) env.dispose();
    throw error;
  }
}

/** @throws InvalidInputError where the configuration names another environment than the robot that came with it */
function sourceOf({ env }: RunConfig, robot: RobotDefinition | undefined): EnvSource {
  if (robot !== undefined && robot.name !== env) {
    throw new InvalidInputError(
      `env: the configuration names "${env}", and the robot that is given is "${robot.name}"; name it alike.`,
    );
  }
  return robot ?? env;
}

/** How many threads a run gets; 1 is the calling thread alone. */
export function threadsFor(config: RunConfig, { threads, createEnv, engine }: TeamOptions): number {
  // What was made on this thread stays on it; other engines' memory cannot be shared; statistics that change with
  // every step of all environments need them in one place.
  const own = createEnv || engine || isRegistered(config.algo);
  const alone = own || config.engine !== 'wasm' || config.normaliserUpdates === 'step';
  if (alone || !canShareMemory()) return 1;
  return Math.min(threads ?? cores(), Math.max(config.envs, config.gradientShards));
}
