import { Rng } from '@mikt/core';
import { type Progress, type TrainingState, toCheckpoint } from './checkpoint.js';
import type { CollectedEpisode } from './collector.js';
import { learningRateAt, planPasses, type RunConfig } from './config.js';
import { Learner } from './learner.js';
import type { Method, Stage } from './method.js';
import { checkTeachers, findMethod } from './methods.js';
import { NonFiniteError } from './non-finite.js';
import { recover } from './recovery.js';
import { Statistics } from './statistics.js';
import { addCounts, explainedVariance, mean, standardDeviation } from './summary.js';
import { createTeam } from './team/create.js';
import type { Team } from './team/team.js';
import {
  RETURN_WINDOW,
  type TrainingOptions,
  type TrainingResult,
  type TrainingSink,
} from './training-options.js';

/**
 * Trains by `config` from the beginning.
 * @param config from `resolveConfig`
 * @throws RunError where a value stops being finite, or the teacher changes
 */
export async function train(config: RunConfig, options: TrainingOptions = {}): Promise<TrainingResult> {
  checkTeachers(config, options.teachers ?? []);
  const trainer = await Trainer.create(config, options);
  try {
    await trainer.start();
    return await trainer.run();
  } finally {
    await trainer.dispose();
  }
}

/**
 * Goes on from a state: the result is the one of a run that was never stopped, bit for bit, on the same engine.
 * @param state from a checkpoint; it brings its teachers and its robot. With the `continuedConfig` of its own, it goes on to more
 * steps.
 */
export async function resume(
  state: TrainingState,
  options: Omit<TrainingOptions, 'teachers' | 'robot'> = {},
): Promise<TrainingResult> {
  const trainer = await Trainer.create(state.config, {
    ...options,
    teachers: state.teachers,
    ...(state.robot && { robot: state.robot }),
  });
  try {
    await trainer.restore(state);
    return await trainer.run();
  } finally {
    await trainer.dispose();
  }
}

class Trainer {
  readonly #config: RunConfig;
  readonly #options: TrainingOptions;
  readonly #method: Method;
  readonly #team: Team;
  #sink: TrainingSink | undefined;
  readonly #statistics: Statistics;
  readonly #learner: Learner;
  #minibatches: Rng;
  #progress: Progress = NO_PROGRESS;
  #recentReturns: number[] = [];
  #metrics: Readonly<Record<string, number>> = {};
  #stage: Stage | undefined;
  #session = { startedAt: performance.now(), steps: 0, lastPause: performance.now() };
  #savedAt = performance.now();

  static async create(config: RunConfig, options: TrainingOptions): Promise<Trainer> {
    const team = await createTeam(config, options);
    return new Trainer(config, options, team);
  }

  private constructor(config: RunConfig, options: TrainingOptions, team: Team) {
    this.#config = config;
    this.#options = options;
    this.#method = findMethod(config.algo);
    this.#team = team;
    this.#statistics = new Statistics(config, team.spaces.observation.size);
    this.#learner = new Learner(team, this.#method, config, options.teachers ?? []);
    this.#minibatches = Rng.fromSeed(config.seed).fork('minibatches');
  }

  async start(): Promise<void> {
    const root = Rng.fromSeed(this.#config.seed);
    await this.#team.reset(root.fork('environments').uint32());
    await this.#learner.initialise(this.#nextStage(1).agent, root.fork('parameters'));
    this.#metrics = this.#learner.metrics();
    const { startNormaliser } = this.#method;
    const beginning = startNormaliser?.(this.#config, this.#team.spaces, this.#options.teachers ?? []);
    if (beginning) this.#statistics.observations.restore(beginning);
    this.#statistics.writeTo(this.#team.variables);
  }

  async restore(state: TrainingState): Promise<void> {
    const { collector, environments } = state;
    await this.#learner.restore(state.agent, state.learner, state.teachers);
    this.#metrics = this.#learner.metrics();
    this.#statistics.restore(collector);
    this.#statistics.writeTo(this.#team.variables);
    await this.#team.restore(
      environments.map((environment, i) => ({
        environment,
        noise: collector.noise[i]!,
        discountedReturn: collector.discountedReturns[i]!,
      })),
    );
    this.#minibatches = Rng.fromState(state.minibatches);
    this.#progress = state.progress;
    this.#recentReturns = [...state.recentReturns];
  }

  async run(): Promise<TrainingResult> {
    const { passes } = planPasses(this.#config);
    this.#sink = await this.#options.openSink?.(this.#team);
    let saved = await this.#state();
    // The state before the first step, so that a run killed at any moment has something to go on from.
    if (this.#progress.passes === 0) await this.#save(saved);
    this.#session = { startedAt: performance.now(), steps: 0, lastPause: performance.now() };
    while (this.#progress.passes < passes) {
      try {
        await this.#pass();
      } catch (error) {
        if (error instanceof NonFiniteError) {
          saved = await this.#goBack(error, saved);
          continue;
        }
        if (!(error instanceof Interruption)) throw error;
        await this.#save(saved);
        return { status: 'interrupted', state: saved };
      }
      saved = await this.#state();
      if (this.#progress.passes === passes || this.#isCheckpointDue()) await this.#save(saved);
    }
    return { status: 'finished', state: saved };
  }

  async dispose(): Promise<void> {
    this.#learner.dispose();
    await this.#team.dispose();
  }

  #isCheckpointDue(): boolean {
    const { checkpointEvery, checkpointMinutes } = this.#config;
    const minutes = (performance.now() - this.#savedAt) / 60_000;
    return (
      this.#progress.passes % checkpointEvery === 0 || (checkpointMinutes > 0 && minutes >= checkpointMinutes)
    );
  }

  /**
   * Goes on from the state before a pass in which a number stopped being finite.
   * @throws RunError where the run is to stop at that
   */
  async #goBack({ found }: NonFiniteError, before: TrainingState): Promise<TrainingState> {
    const update = Math.max(before.progress.passes + 1 - planPasses(this.#config).statisticsPasses, 0);
    const diagnosis = this.#learner.diagnose(found);
    const { state, sentence } = await recover({ diagnosis, update, before }, this.#sink);
    await this.restore(state);
    this.#options.onNotice?.(sentence);
    return state;
  }

  /** One pass over the environments and, unless it only fills the normaliser, the update from it. */
  async #pass(): Promise<void> {
    const { statisticsPasses, updates } = planPasses(this.#config);
    const update = this.#progress.passes + 1 - statisticsPasses;
    const startedAt = performance.now();
    const stage = this.#nextStage(Math.max(update, 1));
    if (stage.notice && (!this.#stage?.notice || update === updates)) this.#options.onNotice?.(stage.notice);
    this.#stage = stage;
    if (stage.agent !== this.#learner.agent) await this.#handOver(stage.agent);
    const { episodes, divergences, warnings } = await this.#team.collect(
      {
        returnVariance: () => this.#statistics.returns.variance[0]!,
        ...(this.#config.normaliserUpdates === 'step' ? { afterStep: (t) => this.#mergeStep(t) } : {}),
      },
      (done) => this.#pause(done),
    );
    const learned = update < 1 ? {} : await this.#learn(update, updates, stage);
    // After learning: what follows is collected with the statistics of all updates before it.
    if (this.#config.normaliserUpdates === 'update') {
      this.#statistics.mergeUpdate(this.#team.rollout);
      this.#statistics.writeTo(this.#team.variables);
    }
    this.#statistics.check();
    this.#metrics = this.#learner.metrics();
    const seconds = (performance.now() - startedAt) / 1000;
    this.#countPass(episodes, seconds, divergences, warnings);
    this.#logPass(inOrder(episodes), {
      update: Math.max(update, 0),
      steps_per_second: this.#config.stepsPerUpdate / seconds,
      diverged: divergences,
      physics_warnings: sum(warnings),
      ...learned,
      ...stage.metrics,
      ...this.#metrics,
    });
    this.#progress = { ...this.#progress, restoresInRow: 0 };
  }

  async #learn(update: number, updates: number, stage: Stage): Promise<Record<string, number>> {
    const learningRate = learningRateAt(this.#config, update, updates);
    const means = await this.#learner.update(
      { learningRate, coefficients: stage.coefficients },
      this.#minibatches,
      () => this.#pause(this.#config.stepsPerUpdate),
    );
    return {
      ...means,
      learning_rate: learningRate,
      explained_variance: explainedVariance(this.#team.rollout),
    };
  }

  #countPass(
    episodes: readonly CollectedEpisode[],
    seconds: number,
    divergences: number,
    warnings: Readonly<Record<string, number>>,
  ): void {
    const { stepsPerUpdate } = this.#config;
    const before = this.#progress;
    this.#recentReturns = [
      ...this.#recentReturns,
      ...inOrder(episodes).map((episode) => episode.return),
    ].slice(-RETURN_WINDOW);
    this.#progress = {
      ...before,
      passes: before.passes + 1,
      steps: before.steps + stepsPerUpdate,
      episodes: before.episodes + episodes.length,
      diverged: before.diverged + divergences,
      seconds: before.seconds + seconds,
      warnings: addCounts(before.warnings, warnings),
    };
    this.#session.steps += stepsPerUpdate;
  }

  #logPass(episodes: readonly CollectedEpisode[], metrics: Readonly<Record<string, number>>): void {
    const { stepsPerUpdate, envs } = this.#config;
    const { steps, seconds, restoresInRow, coupledReturn100 } = this.#progress;
    const returns = episodes.map((episode) => episode.return);
    const lengths = episodes.map((episode) => episode.length);
    const row = {
      steps,
      seconds,
      return_mean: mean(returns),
      return_std: standardDeviation(returns),
      length_mean: mean(lengths),
      length_std: standardDeviation(lengths),
      episodes: episodes.length,
      return_100: mean(this.#recentReturns),
      restores: restoresInRow,
      ...(coupledReturn100 === null ? {} : { coupled_return_100: coupledReturn100 }),
      ...metrics,
    };
    for (const { t, return: total, length } of episodes) {
      this.#sink?.appendEpisode({ steps: steps - stepsPerUpdate + (t + 1) * envs, return: total, length });
    }
    this.#sink?.appendMetrics(row);
    this.#options.onUpdate?.(row);
  }

  #nextStage(update: number): Stage {
    const { updates } = planPasses(this.#config);
    const { agent } = this.#learner;
    const situation = agent ? { agent, metrics: this.#metrics } : undefined;
    return this.#method.stage(this.#config, update, updates, situation);
  }

  /** Returns are counted anew: they are another agent's from here on. */
  async #handOver(agent: string): Promise<void> {
    await this.#learner.handOver(agent);
    this.#statistics.writeTo(this.#team.variables);
    this.#progress = { ...this.#progress, coupledReturn100: mean(this.#recentReturns) ?? null };
    this.#recentReturns = [];
  }

  #mergeStep(t: number): void {
    this.#statistics.mergeStep(this.#team.rollout, t, this.#team.observations());
    this.#statistics.writeTo(this.#team.variables);
  }

  async #state(): Promise<TrainingState> {
    const states = await this.#team.snapshot();
    return {
      config: this.#config,
      spaces: this.#team.spaces,
      agent: this.#learner.agent,
      learner: this.#learner.state(),
      collector: {
        noise: states.map(({ noise }) => noise),
        ...this.#statistics.state(),
        discountedReturns: Float64Array.from(states, ({ discountedReturn }) => discountedReturn),
      },
      environments: states.map(({ environment }) => environment),
      minibatches: this.#minibatches.state(),
      progress: this.#progress,
      recentReturns: Float64Array.from(this.#recentReturns),
      teachers: this.#learner.teachers,
      engine: this.#team.engine.description,
      ...(this.#options.robot && { robot: this.#options.robot }),
    };
  }

  async #save(state: TrainingState): Promise<void> {
    this.#learner.checkTeachers();
    const { progress, agent, recentReturns } = state;
    const isWindowFull = recentReturns.length === RETURN_WINDOW;
    const rank = { group: agent, score: isWindowFull ? mean(recentReturns)! : null };
    await this.#sink?.saveCheckpoint(progress.steps, toCheckpoint(state), rank);
    this.#savedAt = performance.now();
  }

  /** Lets timers, signals and the screen have their turn, twenty times a second. */
  async #pause(stepsDone: number): Promise<void> {
    const now = performance.now();
    if (now - this.#session.lastPause < 50) return;
    this.#session.lastPause = now;
    this.#report(stepsDone, now);
    await nextTurn();
    if (this.#options.signal?.aborted) throw new Interruption();
  }

  #report(stepsDone: number, now: number): void {
    if (!this.#options.onProgress) return;
    const { steps: totalSteps } = this.#config;
    const seconds = (now - this.#session.startedAt) / 1000;
    // Speed by whole passes, once there is one: collecting and learning take turns.
    const done = this.#session.steps || stepsDone;
    const stepsPerSecond = done / seconds;
    this.#options.onProgress({
      steps: this.#progress.steps + stepsDone,
      totalSteps,
      stepsPerSecond,
      secondsLeft: (totalSteps - this.#progress.steps) / stepsPerSecond,
      return100: mean(this.#recentReturns),
      phase: this.#stage?.phase ?? 1,
      metrics: this.#metrics,
    });
  }
}

const NO_PROGRESS: Progress = {
  passes: 0,
  steps: 0,
  episodes: 0,
  diverged: 0,
  seconds: 0,
  coupledReturn100: null,
  restores: 0,
  restoresInRow: 0,
  warnings: {},
};

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

/** Episodes of several shares in the order in which they ended; at the same step, in that of their environments. */
function inOrder(episodes: readonly CollectedEpisode[]): CollectedEpisode[] {
  return [...episodes].sort((a, b) => a.t - b.t || a.env - b.env);
}

/** Lets the event loop go round once; where there is one, by the call that costs no millisecond of waiting. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else setTimeout(resolve);
  });
}

/** Thrown inside a pass to leave it; never leaves the trainer. */
class Interruption extends Error {}
