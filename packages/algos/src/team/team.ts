import type { EnvSpaces } from '@mikt/core';
import type { Engine, Variables } from '@mikt/graph';
import type { Agent } from '../agent.js';
import type { RunConfig } from '../config.js';
import { firstFound, NonFiniteError } from '../non-finite.js';
import type { Rollout } from '../rollout.js';
import { addCounts } from '../summary.js';
import type { Teacher } from '../teacher.js';
import type { Collected, EnvState, LearnRequest, LearnSums, Share } from './member.js';

/** Statistics that change while transitions are collected, where the configuration asks for it. */
export interface StepStatistics {
  returnVariance(): number;
  /** Called after step t of all environments; needs all of them on the calling thread. */
  afterStep?(t: number): void;
}

/**
 * Whoever does a run's work: collects transitions and takes optimiser steps, on the calling thread or on several.
 * The results are the same bits whatever the number of threads.
 */
export interface Team {
  readonly threads: number;
  readonly spaces: EnvSpaces;
  readonly rollout: Rollout;
  /** The variables of the agent that is installed. */
  readonly variables: Variables;
  /** Runs programs on those variables on the calling thread. */
  readonly engine: Engine;

  /** Puts an agent in the place of the one before, with variables of its own, all zero. */
  install(agent: Agent, name: string, teachers: readonly Teacher[]): Promise<void>;
  /** Room for `LearnRequest.order`. */
  allocateOrder(length: number): Uint32Array;
  reset(seed: number): Promise<void>;
  /**
   * Collects the transitions of one update into `rollout`.
   * @param onProgress told how many environment steps are done; may throw to stop
   * @throws NonFiniteError for the first number that is not finite
   */
  collect(
    statistics: StepStatistics,
    onProgress: (steps: number) => Promise<void>,
  ): Promise<Omit<Collected, 'broken'>>;
  /**
   * @returns means over the minibatches of an update, by name; `loss` is the total
   * @throws NonFiniteError for the first term that is not finite
   */
  learn(request: LearnRequest, onProgress: () => Promise<void>): Promise<Record<string, number>>;
  /** What each environment shows now, in their order. Only where all work is on the calling thread. [N, O] */
  observations(): Float64Array;
  /** Steps the environments with the last update's actions again, without policy or learning: see `Member.replay`. */
  replay(): Promise<void>;
  /**
   * Seconds in which its threads stood still for garbage collection since the last call, all added up; counting
   * begins with the first call. Undefined where the host does not tell (browsers).
   */
  garbage(): Promise<number | undefined>;
  snapshot(): Promise<EnvState[]>;
  restore(states: readonly EnvState[]): Promise<void>;
  dispose(): Promise<void>;
}

/** Divides a run among `threads` members; fewer where there is not enough to do. */
export function divide(config: RunConfig, threads: number): Share[] {
  const members = Math.max(1, Math.min(threads, Math.max(config.envs, config.gradientShards)));
  return Array.from({ length: members }, (_, i) => {
    const firstEnv = Math.floor((i * config.envs) / members);
    const nextEnv = Math.floor(((i + 1) * config.envs) / members);
    const firstShard = Math.floor((i * config.gradientShards) / members);
    const nextShard = Math.floor(((i + 1) * config.gradientShards) / members);
    return {
      firstEnv,
      envs: nextEnv - firstEnv,
      shards: Array.from({ length: nextShard - firstShard }, (_, j) => firstShard + j),
      leads: i === 0,
    };
  });
}

/** What the members collected, put together. @throws NonFiniteError for the first number that is not finite */
export function combineCollected(members: readonly Collected[]): Omit<Collected, 'broken'> {
  const broken = firstFound(members.map((member) => member.broken));
  if (broken) throw new NonFiniteError(broken);
  return {
    episodes: members.flatMap(({ episodes }) => episodes),
    divergences: members.reduce((sum, { divergences }) => sum + divergences, 0),
    warnings: members.map(({ warnings }) => warnings).reduce(addCounts, {}),
  };
}

/** The members' sums as means over minibatches (and shards), added up in the order of the shards; norms as they are. @throws NonFiniteError for the first term that is not finite */
export function combineSums(members: readonly LearnSums[], config: RunConfig): Record<string, number> {
  const broken = firstFound(members.map((member) => member.broken));
  if (broken) throw new NonFiniteError(broken);
  const steps = config.epochs * config.minibatches;
  const shards = Object.assign({}, ...members.map((member) => member.shards)) as LearnSums['shards'];
  const means: Record<string, number> = {};
  for (let shard = 0; shard < config.gradientShards; shard++) {
    for (const [name, sum] of Object.entries(shards[shard]!)) {
      means[name] = (means[name] ?? 0) + sum / (steps * config.gradientShards);
    }
  }
  for (const { optimiser, norms } of members) {
    for (const [name, sum] of Object.entries(optimiser)) means[name] = sum / steps;
    Object.assign(means, norms);
  }
  return means;
}
