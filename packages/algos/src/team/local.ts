import type { EnvSpaces } from '@mikt/core';
import { type Env, VectorEnv } from '@mikt/envs';
import type { Engine, Variables } from '@mikt/graph';
import type { Agent } from '../agent.js';
import type { RunConfig } from '../config.js';
import { learnerShapes } from '../ppo/update.js';
import { allocateRollout, type Rollout, rowSizes } from '../rollout.js';
import { GarbageClock } from './garbage.js';
import { type EnvState, type LearnRequest, Member } from './member.js';
import { combineCollected, combineSums, divide, type StepStatistics, type Team } from './team.js';

/** All of a run's work on the calling thread, which gets its turn between steps and minibatches. */
export class LocalTeam implements Team {
  readonly threads = 1;
  readonly spaces: EnvSpaces;
  readonly rollout: Rollout;
  readonly engine: Engine;
  readonly #config: RunConfig;
  readonly #member: Member;
  readonly #garbage = new GarbageClock();
  #variables: Variables | undefined;

  /** @param envs all of the run's environments; they are disposed with the team */
  constructor(engine: Engine, config: RunConfig, envs: readonly Env[]) {
    this.engine = engine;
    this.#config = config;
    this.spaces = envs[0]!.spaces;
    const sizes = rowSizes(this.spaces);
    this.rollout = allocateRollout(config, sizes);
    const [share] = divide(config, 1);
    this.#member = new Member(engine, config, share!, sizes, this.rollout, new VectorEnv(envs));
  }

  get variables(): Variables {
    return this.#variables!;
  }

  async install(agent: Agent): Promise<void> {
    this.#variables?.dispose();
    const shapes = learnerShapes(agent, this.#config, rowSizes(this.spaces));
    this.#variables = this.engine.createVariables(shapes);
    this.#member.install(agent, this.#variables);
  }

  allocateOrder(length: number): Uint32Array {
    return new Uint32Array(length);
  }

  async reset(seed: number): Promise<void> {
    this.#member.reset(seed);
  }

  async collect(statistics: StepStatistics, onProgress: (steps: number) => Promise<void>) {
    let steps = 0;
    const collected = await this.#member.collect({
      ...statistics,
      pause: () => {
        steps += this.#config.envs;
        return onProgress(steps);
      },
    });
    return combineCollected([collected]);
  }

  async learn(request: LearnRequest, onProgress: () => Promise<void>): Promise<Record<string, number>> {
    const alone = { wait: (broken = false) => broken };
    return combineSums([await this.#member.learn(request, alone, onProgress)], this.#config);
  }

  observations(): Float64Array {
    return this.#member.observations;
  }

  async replay(): Promise<void> {
    this.#member.replay();
  }

  garbage(): Promise<number | undefined> {
    return this.#garbage.take();
  }

  async snapshot(): Promise<EnvState[]> {
    return this.#member.snapshot();
  }

  async restore(states: readonly EnvState[]): Promise<void> {
    this.#member.restore(states);
  }

  async dispose(): Promise<void> {
    this.#garbage.stop();
    this.#member.dispose();
    this.#variables?.dispose();
  }
}
