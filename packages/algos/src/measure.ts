import { Rng } from '@mikt/core';
import { planPasses, type RunConfig } from './config.js';
import { Learner } from './learner.js';
import { checkTeachers, findMethod } from './methods.js';
import type { UpdateSchedule } from './ppo/update.js';
import { Statistics } from './statistics.js';
import type { Teacher } from './teacher.js';
import { createTeam } from './team/create.js';
import type { Team } from './team/team.js';

/** Where the time of one update went. */
export interface UpdateTimes {
  /** Seconds of collecting transitions: policy and physics. */
  readonly collect: number;
  /** Seconds of the optimiser's steps. */
  readonly learn: number;
  /** Seconds of the same physics (the same states, actions and resets) without policy and learning. */
  readonly physics: number;
  /**
   * Share of the working threads' time of collecting and learning in which they stood still for garbage collection;
   * undefined where the host does not tell.
   */
  readonly garbage: number | undefined;
}

export interface TrainingMeasurement {
  /** Threads that worked. */
  readonly threads: number;
  readonly engine: string;
  /** Environment steps of an update. */
  readonly stepsPerUpdate: number;
  readonly updates: readonly UpdateTimes[];
}

/** How long a team takes for the minibatches of an update. */
export interface LearningMeasurement {
  /** Threads of the team; those beyond `gradientShards` only wait for the others. */
  readonly threads: number;
  /** What runs the networks, in words. */
  readonly engine: string;
  /** Parts that each minibatch is divided into, whoever computes them. */
  readonly gradientShards: number;
  /** Rows of a minibatch, all parts together. */
  readonly rows: number;
  /** Mean seconds of a minibatch in each of the updates. [updates] */
  readonly secondsPerMinibatch: readonly number[];
}

export interface MeasureOptions {
  /** Number of updates that are timed, after one that warms up. */
  readonly updates: number;
  /** Worker threads at most (default: one per core). */
  readonly threads?: number;
  readonly teachers?: readonly Teacher[];
  /** Stops between updates. */
  readonly signal?: AbortSignal;
}

const idle = async () => {};

/**
 * Trains for a few updates from the first weights and times each part; after each update its physics is run again,
 * alone, from the same states, so that both are measured on the same machine in the same minute.
 */
export function measureTraining(config: RunConfig, options: MeasureOptions): Promise<TrainingMeasurement> {
  return withFreshRun(config, options, async ({ team, learner, schedule, minibatches }) => {
    const statistics = new Statistics(config, team.spaces.observation.size);
    const updates: UpdateTimes[] = [];
    for (let update = 0; update <= options.updates && !options.signal?.aborted; update++) {
      const before = await team.snapshot();
      await team.garbage();
      const started = performance.now();
      await team.collect({ returnVariance: () => statistics.returns.variance[0]! }, idle);
      const collected = performance.now();
      await learner.update(schedule, minibatches, idle);
      const learned = performance.now();
      const garbage = await team.garbage();
      statistics.mergeUpdate(team.rollout);
      statistics.writeTo(team.variables);
      const after = await team.snapshot();
      await team.restore(before);
      const restored = performance.now();
      await team.replay();
      const replayed = performance.now();
      await team.restore(after);
      // The first one warms up.
      if (update === 0) continue;
      updates.push({
        collect: (collected - started) / 1000,
        learn: (learned - collected) / 1000,
        physics: (replayed - restored) / 1000,
        garbage: garbage && (1000 * garbage) / (team.threads * (learned - started)),
      });
    }
    const { threads, engine } = team;
    return { threads, engine: engine.description, stepsPerUpdate: config.stepsPerUpdate, updates };
  });
}

/**
 * Times the optimiser's steps of whole updates as a training takes them: every thread gathers its rows and computes
 * its shards of the gradient, they meet at the barriers, one of them clips and takes Adam's step. All updates learn
 * from one rollout, collected once with the first weights.
 */
export function measureLearning(config: RunConfig, options: MeasureOptions): Promise<LearningMeasurement> {
  return withFreshRun(config, options, async ({ team, learner, schedule, minibatches }) => {
    await team.collect({ returnVariance: () => 1 }, idle);
    // Small steps: the rollout was drawn by the first weights, and the same one is learned from again and again.
    const small = { ...schedule, learningRate: 1e-6 };
    const secondsPerMinibatch: number[] = [];
    for (let update = 0; update <= options.updates && !options.signal?.aborted; update++) {
      const started = performance.now();
      await learner.update(small, minibatches, idle);
      const seconds = (performance.now() - started) / 1000;
      // The first one warms up.
      if (update > 0) secondsPerMinibatch.push(seconds / (config.epochs * config.minibatches));
    }
    return {
      threads: team.threads,
      engine: team.engine.description,
      gradientShards: config.gradientShards,
      rows: config.stepsPerUpdate / config.minibatches,
      secondsPerMinibatch,
    };
  });
}

interface FreshRun {
  readonly team: Team;
  readonly learner: Learner;
  /** Of the first update. */
  readonly schedule: UpdateSchedule;
  /** Draws the minibatches. */
  readonly minibatches: Rng;
}

/** Lets `measure` use a run that stands before its first step; everything is disposed of afterwards. */
async function withFreshRun<T>(
  config: RunConfig,
  { threads, teachers = [] }: MeasureOptions,
  measure: (run: FreshRun) => Promise<T>,
): Promise<T> {
  checkTeachers(config, teachers);
  const method = findMethod(config.algo);
  const team = await createTeam(config, threads === undefined ? {} : { threads });
  const learner = new Learner(team, method, config, teachers);
  try {
    const stage = method.stage(config, 1, planPasses(config).updates);
    const root = Rng.fromSeed(config.seed);
    await team.reset(root.fork('environments').uint32());
    await learner.initialise(stage.agent, root.fork('parameters'));
    new Statistics(config, team.spaces.observation.size).writeTo(team.variables);
    const schedule = { learningRate: config.learningRate, coefficients: stage.coefficients };
    return await measure({ team, learner, schedule, minibatches: root.fork('minibatches') });
  } finally {
    learner.dispose();
    await team.dispose();
  }
}
