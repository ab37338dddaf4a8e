import { Rng, type RngState } from '@mikt/core';
import type { EnvSnapshot, VectorEnv } from '@mikt/envs';
import type { Engine, Variables } from '@mikt/graph';
import { type ActProgram, compileAct } from '../act.js';
import type { Agent } from '../agent.js';
import { type CollectedEpisode, type CollectOptions, Collector } from '../collector.js';
import type { RunConfig } from '../config.js';
import type { RowSizes } from '../ppo/gradients.js';
import { GradientShard, Optimiser, type UpdateSchedule } from '../ppo/update.js';
import type { Rollout } from '../rollout.js';

/** What a member of a team does of a run. */
export interface Share {
  /** Index of its first environment. */
  readonly firstEnv: number;
  /** Number of its environments; may be none. */
  readonly envs: number;
  /** The gradient shards that it computes. */
  readonly shards: readonly number[];
  /** Whether it takes the optimiser's steps. One member does. */
  readonly leads: boolean;
}

/** One environment and what was collected around it, as plain data. */
export interface EnvState {
  readonly environment: EnvSnapshot;
  readonly noise: RngState;
  /** Discounted return so far, as the reward's normaliser counts it. */
  readonly discountedReturn: number;
}

/** Waits until every member has come this far; throws where the team is stopped. */
export interface Barrier {
  wait(): void;
}

/** An update as all members do it together. */
export interface LearnRequest extends UpdateSchedule {
  /** Rows of the rollout, epoch after epoch. [epochs * stepsPerUpdate] */
  readonly order: Uint32Array;
  /** Optimiser steps taken before. */
  readonly optimiserSteps: number;
}

/** Sums over the minibatches of an update: of each shard's terms, and of the optimiser's. */
export interface LearnSums {
  readonly shards: Readonly<Record<number, Readonly<Record<string, number>>>>;
  readonly optimiser: Readonly<Record<string, number>>;
  /** Gradient norms of the last minibatch, from the member that has the first shard. */
  readonly norms: Readonly<Record<string, number>>;
}

/**
 * One thread's part of a run: it steps its environments with the policy, computes its shards of every minibatch's
 * gradient, and, if it leads, takes the optimiser's steps. All of a run is one such member, or several.
 */
export class Member {
  readonly #engine: Engine;
  readonly #config: RunConfig;
  readonly #share: Share;
  readonly #rollout: Rollout;
  readonly #sizes: RowSizes;
  readonly #env: VectorEnv | undefined;
  readonly #collector: Collector | undefined;
  #act: ActProgram | undefined;
  #shards: readonly { readonly index: number; readonly gradient: GradientShard }[] = [];
  #optimiser: Optimiser | undefined;

  /** @param env the share's environments; undefined where it has none */
  constructor(
    engine: Engine,
    config: RunConfig,
    share: Share,
    sizes: RowSizes,
    rollout: Rollout,
    env: VectorEnv | undefined,
  ) {
    this.#engine = engine;
    this.#config = config;
    this.#share = share;
    this.#rollout = rollout;
    this.#sizes = sizes;
    this.#env = env;
    const noise = Rng.fromSeed(config.seed).fork('noise');
    const generators = Array.from({ length: share.envs }, (_, i) => noise.fork(share.firstEnv + i));
    this.#collector = env && new Collector(env, config, rollout, generators);
  }

  /** Simulations that diverged so far. */
  get divergences(): number {
    return this.#env?.divergences ?? 0;
  }

  /** What each of its environments shows now. [envs, O] */
  get observations(): Float64Array {
    return this.#env?.observations ?? new Float64Array();
  }

  /** Compiles an agent's programs on the variables it learns in, in place of those before. */
  install(agent: Agent, variables: Variables): void {
    this.#disposePrograms();
    const { envs, shards, leads } = this.#share;
    const { observation, action } = this.#sizes;
    if (envs > 0) this.#act = compileAct(this.#engine, agent, variables, envs, observation, action);
    this.#shards = shards.map((index) => ({
      index,
      gradient: new GradientShard(this.#engine, agent, variables, this.#config, this.#sizes, index),
    }));
    this.#optimiser = leads
      ? new Optimiser(this.#engine, agent, variables, this.#config, this.#sizes)
      : undefined;
  }

  /** Starts an episode in each of its environments. */
  reset(seed: number): void {
    this.#env?.reset(seed);
  }

  /** Collects the transitions of its environments for one update. */
  async collect(options: CollectOptions): Promise<CollectedEpisode[]> {
    return this.#collector && this.#act ? this.#collector.collect(this.#act, options) : [];
  }

  /**
   * Its part of one update.
   * @param pause awaited between minibatches; may throw to stop
   */
  async learn(
    request: LearnRequest,
    barrier: Barrier,
    pause: () => Promise<void> | void,
  ): Promise<LearnSums> {
    const { epochs, minibatches, stepsPerUpdate } = this.#config;
    const rows = stepsPerUpdate / minibatches;
    const sums = this.#shards.map(() => ({}) as Record<string, number>);
    const optimiserSums: Record<string, number> = {};
    const norms: Record<string, number> = {};
    for (const { gradient } of this.#shards) gradient.setCoefficients(request.coefficients);
    for (let step = 0; step < epochs * minibatches; step++) {
      const chosen = request.order.subarray(step * rows, (step + 1) * rows);
      for (let i = 0; i < this.#shards.length; i++) {
        const { gradient } = this.#shards[i]!;
        gradient.run(this.#rollout, chosen);
        accumulate(sums[i]!, gradient.terms);
        if (step === epochs * minibatches - 1) Object.assign(norms, gradient.gradientNorms());
      }
      barrier.wait();
      if (this.#optimiser) {
        this.#optimiser.step(request.learningRate, request.optimiserSteps + step + 1);
        accumulate(optimiserSums, this.#optimiser.terms);
      }
      barrier.wait();
      await pause();
    }
    return {
      shards: Object.fromEntries(this.#shards.map(({ index }, i) => [index, sums[i]!])),
      optimiser: optimiserSums,
      norms,
    };
  }

  /**
   * Steps its environments with the actions of the last update again, and nothing else: the physics without the
   * learning. From the state before that update it is the same physics, resets included.
   */
  replay(): void {
    const env = this.#env;
    if (!env) return;
    const length = this.#config.stepsPerUpdate / this.#config.envs;
    const size = env.actionSize;
    const actions = new Float32Array(env.size * size);
    for (let t = 0; t < length; t++) {
      for (let i = 0; i < env.size; i++) {
        const row = (env.firstIndex + i) * length + t;
        actions.set(this.#rollout.actions.subarray(row * size, (row + 1) * size), i * size);
      }
      env.step(actions);
    }
  }

  snapshot(): EnvState[] {
    const collector = this.#collector;
    if (!this.#env || !collector) return [];
    return this.#env.snapshot().map((environment, i) => ({
      environment,
      noise: collector.noise[i]!.state(),
      discountedReturn: collector.discountedReturns[i]!,
    }));
  }

  /** @param states of its own environments, in their order */
  restore(states: readonly EnvState[]): void {
    this.#env?.restore(states.map(({ environment }) => environment));
    this.#collector?.restore(
      states.map(({ noise }) => Rng.fromState(noise)),
      states.map(({ discountedReturn }) => discountedReturn),
    );
  }

  dispose(): void {
    this.#disposePrograms();
    this.#env?.dispose();
  }

  #disposePrograms(): void {
    this.#act?.dispose();
    this.#optimiser?.dispose();
    for (const { gradient } of this.#shards) gradient.dispose();
    this.#act = undefined;
    this.#optimiser = undefined;
    this.#shards = [];
  }
}

function accumulate(sums: Record<string, number>, terms: Readonly<Record<string, ArrayLike<number>>>): void {
  for (const name in terms) sums[name] = (sums[name] ?? 0) + terms[name]![0]!;
}
