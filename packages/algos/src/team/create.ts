import { type Env, makeEnv } from '@mikt/envs';
import { createEngine, type Engine } from '@mikt/graph';
import type { RunConfig } from '../config.js';
import { isRegistered } from '../methods.js';
import { LocalTeam } from './local.js';
import type { Team } from './team.js';

export interface TeamOptions {
  /** Worker threads at most (default: one per core). Results do not depend on it. */
  readonly threads?: number;
  /** Makes the environments, on the calling thread (default: by name from @mikt/envs, on the workers). */
  createEnv?(name: string): Promise<Env>;
  /** Runs the networks, on the calling thread (default: made by name from the configuration). */
  readonly engine?: Engine;
}

/** Whoever is to do the work of a run: worker threads where they can, else the calling thread. */
export async function createTeam(config: RunConfig, options: TeamOptions): Promise<Team> {
  const threads = threadsFor(config, options);
  if (threads > 1) {
    const { ThreadTeam } = await import('./threads.js');
    return ThreadTeam.create(config, threads);
  }
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

/** How many threads a run gets; 1 is the calling thread alone. */
export function threadsFor(config: RunConfig, { threads, createEnv, engine }: TeamOptions): number {
  // What was made on this thread stays on it; other engines' memory cannot be shared; statistics that change with
  // every step of all environments need them in one place.
  const own = createEnv || engine || isRegistered(config.algo);
  const alone = own || config.engine !== 'wasm' || config.normaliserUpdates === 'step';
  if (alone || !canShareMemory()) return 1;
  return Math.min(threads ?? cores(), Math.max(config.envs, config.gradientShards));
}

/** Whether worker threads on shared memory are there and wanted (`MIKT_NO_THREADS=1` says no). */
export function canShareMemory(): boolean {
  const unwanted = typeof process !== 'undefined' && process.env.MIKT_NO_THREADS === '1';
  return !unwanted && typeof SharedArrayBuffer !== 'undefined' && typeof process !== 'undefined';
}

function cores(): number {
  return process.getBuiltinModule('node:os').availableParallelism();
}
