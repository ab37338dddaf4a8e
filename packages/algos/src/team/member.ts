import { Rng, type RngState } from '@mikt/core';
import type { EnvSnapshot, VectorEnv } from '@mikt/envs';
import type { Engine, Variables } from '@mikt/graph';
import { type ActProgram, compileAct } from '../act.js';
import type { Agent } from '../agent.js';
import { type CollectedEpisode, type CollectOptions, Collector } from '../collector.js';
import type { RunConfig } from '../config.js';
import { NonFiniteError, type NonFiniteStep, type NonFiniteTerm } from '../non-finite.js';
import { GradientShard, Optimiser, type UpdateSchedule } from '../ppo/update.js';
import type { Rollout, RowSizes } from '../rollout.js';

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

/** Where the members of a team wait for each other. */
export interface Barrier {
  /**
   * Waits until every member has come this far; throws where the team is stopped.
   * @param broken whether this member found a number that is not finite
   * @returns whether any member did
   */
  wait(broken?: boolean): boolean;
}

/** An update as all members do it together. */
export interface LearnRequest extends UpdateSchedule {
  /** Rows of the rollout, epoch after epoch. [epochs * stepsPerUpdate] */
  readonly order: Uint32Array;
  /** Optimiser steps taken before. */
  readonly optimiserSteps: number;
}

/** What a member has to tell of the transitions that it collected. */
export interface Collected {
  /** That ended, in the order in which they did. */
  readonly episodes: readonly CollectedEpisode[];
  /** Simulations that diverged. */
  readonly divergences: number;
  /** Of its simulations, by kind in words. */
  readonly warnings: Readonly<Record<string, number>>;
  /** What it stopped at, its transitions being incomplete. */
  readonly broken?: NonFiniteStep;
}

/** Sums over the minibatches of an update: of each shard's terms, and of the optimiser's. */
export interface LearnSums {
  readonly shards: Readonly<Record<number, Readonly<Record<string, number>>>>;
  readonly optimiser: Readonly<Record<string, number>>;
  /** Gradient norms of the last minibatch, from the member that has the first shard. */
  readonly norms: Readonly<Record<string, number>>;
  /** What the update stopped at, the sums being incomplete. */
  readonly broken?: NonFiniteTerm;
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
  async collect(options: CollectOptions): Promise<Collected> {
    const [env, collector, act] = [this.#env, this.#collector, this.#act];
    if (!env || !collector || !act) return { episodes: [], divergences: 0, warnings: {} };
    const before = { divergences: env.divergences, warnings: env.warnings() };
    let episodes: readonly CollectedEpisode[] = [];
    let broken: NonFiniteStep | undefined;
    try {
      episodes = await collector.collect(act, options);
    } catch (error) {
      if (!(error instanceof NonFiniteError) || error.found.kind !== 'step') throw error;
      broken = error.found;
    }
    const warnings = Object.entries(env.warnings()).map(([kind, count]): [string, number] => [
      kind,
      count - (before.warnings[kind] ?? 0),
    ]);
    return {
      episodes,
      divergences: env.divergences - before.divergences,
      warnings: Object.fromEntries(warnings.filter(([, count]) => count > 0)),
      ...(broken ? { broken } : {}),
    };
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
    let broken: NonFiniteTerm | undefined;
    // All members leave at the same meeting, so that they find each other again at the next update.
    const stops = (work: () => void): boolean => {
      broken = termOf(work);
      return barrier.wait(broken !== undefined);
    };
    for (const { gradient } of this.#shards) gradient.setCoefficients(request.coefficients);
    for (let step = 0; step < epochs * minibatches; step++) {
      const chosen = request.order.subarray(step * rows, (step + 1) * rows);
      const computeGradients = () => {
        for (let i = 0; i < this.#shards.length; i++) {
          const { gradient } = this.#shards[i]!;
          gradient.run(this.#rollout, chosen, step);
          accumulate(sums[i]!, gradient.terms);
          if (step === epochs * minibatches - 1) Object.assign(norms, gradient.gradientNorms());
        }
      };
      const takeStep = () => {
        if (!this.#optimiser) return;
        this.#optimiser.step(request.learningRate, request.optimiserSteps + step + 1, step);
        accumulate(optimiserSums, this.#optimiser.terms);
      };
      if (stops(computeGradients) || stops(takeStep)) break;
      await pause();
    }
    return {
      shards: Object.fromEntries(this.#shards.map(({ index }, i) => [index, sums[i]!])),
      optimiser: optimiserSums,
      norms,
      ...(broken ? { broken } : {}),
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

/** The term that work stopped at for not being finite. */
function termOf(work: () => void): NonFiniteTerm | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (!(error instanceof NonFiniteError) || error.found.kind !== 'term') throw error;
    return error.found;
  }
}

function accumulate(sums: Record<string, number>, terms: Readonly<Record<string, ArrayLike<number>>>): void {
  for (const name in terms) sums[name] = (sums[name] ?? 0) + terms[name]![0]!;
}
