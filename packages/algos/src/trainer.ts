import { Rng } from '@mikt/core';
import type { Checkpoint } from '@mikt/runs';
import { type Progress, type TrainingState, toCheckpoint } from './checkpoint.js';
import type { CollectedEpisode } from './collector.js';
import { learningRateAt, planPasses, type RunConfig } from './config.js';
import { Learner } from './learner.js';
import type { Method, Stage } from './method.js';
import { checkTeachers, findMethod } from './methods.js';
import { Statistics } from './statistics.js';
import { explainedVariance, mean, standardDeviation } from './summary.js';
import type { Teacher } from './teacher.js';
import { createTeam, type TeamOptions } from './team/create.js';
import type { Team } from './team/team.js';

/** Episodes over which `return_100` is taken. */
export const RETURN_WINDOW = 100;

/** Where a run's rows and checkpoints go; `RunWriter` of @mikt/runs is one. */
export interface TrainingSink {
  appendMetrics(row: Readonly<Record<string, number | undefined>>): void;
  appendEpisode(episode: { readonly steps: number; readonly return: number; readonly length: number }): void;
  saveCheckpoint(steps: number, checkpoint: Checkpoint): Promise<unknown>;
}

/** How a run stands, for whoever watches it. */
export interface TrainingProgress {
  readonly steps: number;
  readonly totalSteps: number;
  /** Of this session. */
  readonly stepsPerSecond: number;
  readonly secondsLeft: number;
  /** Mean return of the last 100 episodes; undefined before the first. */
  readonly return100: number | undefined;
  readonly phase: number;
  /** The method's own scalars after the last update, such as mixing weights. */
  readonly metrics: Readonly<Record<string, number>>;
}

export interface TrainingOptions extends TeamOptions {
  /** As many as the method takes. */
  readonly teachers?: readonly Teacher[];
  /** Asked for once the environments and networks stand, so that a run that cannot begin leaves nothing behind. */
  openSink?(team: Pick<Team, 'engine' | 'threads'>): Promise<TrainingSink>;
  /** Stops the run at once; its state as of the last finished update is saved. */
  readonly signal?: AbortSignal;
  /** Told of what is out of the ordinary, such as a hand-over that has to wait. */
  onNotice?(sentence: string): void;
  /** At most some twenty times a second. */
  onProgress?(progress: TrainingProgress): void;
  /** After every pass over the environments, with the row that was logged. */
  onUpdate?(row: Readonly<Record<string, number | undefined>>): void;
}

export interface TrainingResult {
  /** `interrupted`: stopped by the signal, to be resumed. */
  readonly status: 'finished' | 'interrupted';
  readonly state: TrainingState;
}

/** Columns of metrics.csv for a run of `config`: every method's, then its method's own. */
export function metricColumns(config: RunConfig, teachers: readonly Teacher[]): string[] {
  return [
    ...['update', 'steps', 'seconds', 'steps_per_second'],
    ...['return_mean', 'return_std', 'length_mean', 'length_std', 'episodes', 'return_100'],
    ...['learning_rate', 'loss', 'policy_loss', 'value_loss', 'entropy', 'kl', 'clip_fraction'],
    ...['explained_variance', 'diverged', 'gradient_norm', 'gradient_norm/policy', 'gradient_norm/value'],
    ...(config.entropyCoefficient > 0 ? ['gradient_norm/entropy'] : []),
    ...findMethod(config.algo).columns(config, teachers),
  ];
}

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
  #progress: Progress = { passes: 0, steps: 0, episodes: 0, diverged: 0, seconds: 0, coupledReturn100: null };
  #recentReturns: number[] = [];
  #metrics: Readonly<Record<string, number>> = {};
  #stage: Stage | undefined;
  #session = { startedAt: performance.now(), steps: 0, lastPause: performance.now() };

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
    this.#sendStatistics();
  }

  async restore(state: TrainingState): Promise<void> {
    const { collector, environments } = state;
    await this.#learner.restore(state.agent, state.learner);
    this.#metrics = this.#learner.metrics();
    this.#statistics.restore(collector);
    this.#sendStatistics();
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
        if (!(error instanceof Interruption)) throw error;
        await this.#save(saved);
        return { status: 'interrupted', state: saved };
      }
      const finished = this.#progress.passes === passes;
      const due = finished || this.#progress.passes % this.#config.checkpointEvery === 0;
      saved = await this.#state();
      if (due) await this.#save(saved);
    }
    return { status: 'finished', state: saved };
  }

  async dispose(): Promise<void> {
    this.#learner.dispose();
    await this.#team.dispose();
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
    const { episodes, divergences } = await this.#team.collect(
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
      this.#sendStatistics();
    }
    this.#metrics = this.#learner.metrics();
    const seconds = (performance.now() - startedAt) / 1000;
    this.#finishPass(Math.max(update, 0), inOrder(episodes), seconds, divergences, {
      ...learned,
      ...stage.metrics,
      ...this.#metrics,
    });
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

  #finishPass(
    update: number,
    episodes: readonly CollectedEpisode[],
    seconds: number,
    diverged: number,
    metrics: Readonly<Record<string, number>>,
  ): void {
    const { stepsPerUpdate, envs } = this.#config;
    const returns = episodes.map((episode) => episode.return);
    const lengths = episodes.map((episode) => episode.length);
    const stepsBefore = this.#progress.steps;
    this.#recentReturns = [...this.#recentReturns, ...returns].slice(-RETURN_WINDOW);
    this.#progress = {
      ...this.#progress,
      passes: this.#progress.passes + 1,
      steps: stepsBefore + stepsPerUpdate,
      episodes: this.#progress.episodes + episodes.length,
      diverged: this.#progress.diverged + diverged,
      seconds: this.#progress.seconds + seconds,
    };
    this.#session.steps += stepsPerUpdate;
    const row = {
      update,
      steps: this.#progress.steps,
      seconds: this.#progress.seconds,
      steps_per_second: stepsPerUpdate / seconds,
      return_mean: mean(returns),
      return_std: standardDeviation(returns),
      length_mean: mean(lengths),
      length_std: standardDeviation(lengths),
      episodes: episodes.length,
      return_100: mean(this.#recentReturns),
      diverged,
      ...(this.#progress.coupledReturn100 === null
        ? {}
        : { coupled_return_100: this.#progress.coupledReturn100 }),
      ...metrics,
    };
    for (const { t, return: total, length } of episodes) {
      this.#sink?.appendEpisode({ steps: stepsBefore + (t + 1) * envs, return: total, length });
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
    this.#sendStatistics();
    this.#progress = { ...this.#progress, coupledReturn100: mean(this.#recentReturns) ?? null };
    this.#recentReturns = [];
  }

  #sendStatistics(): void {
    const { mean: means, variance } = this.#statistics.observations;
    this.#team.variables.write('observationMean', means);
    this.#team.variables.write('observationVariance', variance);
  }

  #mergeStep(t: number): void {
    this.#statistics.mergeStep(this.#team.rollout, t, this.#team.observations());
    this.#sendStatistics();
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
    await this.#sink?.saveCheckpoint(state.progress.steps, toCheckpoint(state));
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
