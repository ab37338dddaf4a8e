import { type EnvSpaces, Rng, RunError } from '@mikt/core';
import { type Env, makeEnv, VectorEnv } from '@mikt/envs';
import { createEngine, type Engine } from '@mikt/graph';
import type { Checkpoint } from '@mikt/runs';
import type { ActProgram } from './act.js';
import { type Progress, type TrainingState, toCheckpoint } from './checkpoint.js';
import { planPasses, type RunConfig } from './config.js';
import type { Method, Stage } from './method.js';
import { checkTeachers, findMethod } from './methods.js';
import { Learner } from './ppo/update.js';
import { type Collected, Collector } from './rollout.js';
import type { Teacher } from './teacher.js';

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

export interface TrainingOptions {
  /** As many as the method takes. */
  readonly teachers?: readonly Teacher[];
  readonly sink?: TrainingSink;
  /** Stops the run at once; its state as of the last finished update is saved. */
  readonly signal?: AbortSignal;
  /** At most some twenty times a second. */
  onProgress?(progress: TrainingProgress): void;
  /** After every pass over the environments, with the row that was logged. */
  onUpdate?(row: Readonly<Record<string, number | undefined>>): void;
  /** One of the environments to train in (default: by name from @mikt/envs). */
  createEnv?(name: string): Promise<Env>;
  /** What runs the networks (default: made by name from the configuration). */
  readonly engine?: Engine;
}

export interface TrainingResult {
  /** `interrupted`: stopped by the signal, to be resumed. */
  readonly status: 'finished' | 'interrupted';
  readonly state: TrainingState;
}

/** Columns of metrics.csv for a run of `config`: every method's, then its method's own. */
export function metricColumns(config: RunConfig): string[] {
  return [
    ...['update', 'steps', 'seconds', 'steps_per_second'],
    ...['return_mean', 'return_std', 'length_mean', 'length_std', 'episodes', 'return_100'],
    ...['learning_rate', 'loss', 'policy_loss', 'value_loss', 'entropy', 'kl', 'clip_fraction'],
    ...['explained_variance', 'gradient_norm', 'diverged'],
    ...findMethod(config.algo).columns(config),
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
    trainer.start();
    return await trainer.run();
  } finally {
    trainer.dispose();
  }
}

/**
 * Goes on from a state: the result is the one of a run that was never stopped, bit for bit, on the same engine.
 * @param state from a checkpoint; it brings its teachers
 */
export async function resume(
  state: TrainingState,
  options: Omit<TrainingOptions, 'teachers'> = {},
): Promise<TrainingResult> {
  const trainer = await Trainer.create(state.config, { ...options, teachers: state.teachers });
  try {
    trainer.restore(state);
    return await trainer.run();
  } finally {
    trainer.dispose();
  }
}

class Trainer {
  readonly #config: RunConfig;
  readonly #options: TrainingOptions;
  readonly #method: Method;
  readonly #engine: Engine;
  readonly #env: VectorEnv;
  readonly #collector: Collector;
  #learner!: Learner;
  #act!: ActProgram;
  #agent = '';
  #minibatches: Rng;
  #teachers: readonly Teacher[];
  #progress: Progress = { passes: 0, steps: 0, episodes: 0, diverged: 0, seconds: 0 };
  #recentReturns: number[] = [];
  #metrics: Readonly<Record<string, number>> = {};
  #phase = 1;
  #session = { startedAt: performance.now(), steps: 0, lastPause: performance.now() };

  static async create(config: RunConfig, options: TrainingOptions): Promise<Trainer> {
    const engine = options.engine ?? (await createEngine(config.engine));
    const createEnv = options.createEnv ?? makeEnv;
    const envs: Env[] = [];
    try {
      for (let i = 0; i < config.envs; i++) envs.push(await createEnv(config.env));
      return new Trainer(config, options, engine, new VectorEnv(envs));
    } catch (error) {
      for (const env of envs) env.dispose();
      throw error;
    }
  }

  private constructor(config: RunConfig, options: TrainingOptions, engine: Engine, env: VectorEnv) {
    this.#config = config;
    this.#options = options;
    this.#method = findMethod(config.algo);
    this.#engine = engine;
    this.#env = env;
    const root = Rng.fromSeed(config.seed);
    this.#collector = new Collector(env, config, root.fork('noise'));
    this.#minibatches = root.fork('minibatches');
    this.#teachers = options.teachers ?? [];
  }

  start(): void {
    const root = Rng.fromSeed(this.#config.seed);
    this.#env.reset(root.fork('environments').uint32());
    this.#install(this.#stage(1).agent);
    this.#learner.initialise(root.fork('parameters'));
  }

  restore(state: TrainingState): void {
    this.#env.restore(state.environments);
    this.#install(state.agent);
    this.#learner.restore(state.learner);
    this.#collector.restore(state.collector);
    this.#sendStatistics();
    this.#minibatches = Rng.fromState(state.minibatches);
    this.#progress = state.progress;
    this.#recentReturns = [...state.recentReturns];
  }

  async run(): Promise<TrainingResult> {
    const { passes } = planPasses(this.#config);
    let saved = this.#state();
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
      saved = this.#state();
      if (due) await this.#save(saved);
    }
    return { status: 'finished', state: saved };
  }

  dispose(): void {
    this.#act?.dispose();
    this.#learner?.dispose();
    this.#env.dispose();
    if (!this.#options.engine) this.#engine.dispose();
  }

  /** One pass over the environments and, unless it only fills the normaliser, the update from it. */
  async #pass(): Promise<void> {
    const { statisticsPasses, updates } = planPasses(this.#config);
    const update = this.#progress.passes + 1 - statisticsPasses;
    const startedAt = performance.now();
    const stage = this.#stage(Math.max(update, 1));
    if (stage.agent !== this.#agent) this.#handOver(stage.agent);
    this.#phase = stage.phase;
    const divergedBefore = this.#env.divergences;
    const { episodes, rollout } = await this.#collector.collect(
      this.#act,
      this.#progress.steps,
      (mean, variance) => {
        // Within an update the learner's programs read the statistics only while acting.
        this.#learner.setObservationStatistics(mean, variance);
      },
      (done) => this.#pause(done),
    );
    const learningRate = this.#learningRate(update, updates);
    const metrics =
      update < 1
        ? {}
        : {
            ...(await this.#learner.update(
              rollout,
              { learningRate, coefficients: stage.coefficients },
              this.#minibatches,
              () => this.#pause(this.#config.stepsPerUpdate),
            )),
            learning_rate: learningRate,
            explained_variance: explainedVariance(rollout),
          };
    this.#metrics = this.#learner.metrics();
    const seconds = (performance.now() - startedAt) / 1000;
    this.#finishPass(Math.max(update, 0), episodes, seconds, this.#env.divergences - divergedBefore, {
      ...metrics,
      ...(this.#method.columns(this.#config).includes('phase') ? { phase: stage.phase } : {}),
      ...stage.metrics,
      ...this.#metrics,
    });
  }

  #finishPass(
    update: number,
    episodes: Collected['episodes'],
    seconds: number,
    diverged: number,
    metrics: Readonly<Record<string, number>>,
  ): void {
    const { stepsPerUpdate } = this.#config;
    const returns = episodes.map((episode) => episode.return);
    const lengths = episodes.map((episode) => episode.length);
    this.#recentReturns = [...this.#recentReturns, ...returns].slice(-RETURN_WINDOW);
    this.#progress = {
      passes: this.#progress.passes + 1,
      steps: this.#progress.steps + stepsPerUpdate,
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
      ...metrics,
    };
    const { sink } = this.#options;
    for (const episode of episodes) sink?.appendEpisode(episode);
    sink?.appendMetrics(row);
    this.#options.onUpdate?.(row);
  }

  #stage(update: number): Stage {
    return this.#method.stage(this.#config, update, planPasses(this.#config).updates);
  }

  #learningRate(update: number, updates: number): number {
    const { learningRate, learningRateSchedule } = this.#config;
    return learningRateSchedule === 'constant' ? learningRate : learningRate * (1 - (update - 1) / updates);
  }

  /** Compiles one of the method's agents in place of the one before. */
  #install(name: string): void {
    const spaces = this.#spaces;
    this.#act?.dispose();
    this.#learner?.dispose();
    const agent = this.#method.createAgent(name, this.#config, spaces, this.#teachers);
    this.#learner = new Learner(this.#engine, agent, this.#config, {
      observation: spaces.observation.size,
      action: spaces.action.size,
    });
    this.#act = this.#learner.compileAct(this.#config.envs);
    this.#agent = name;
    this.#sendStatistics();
  }

  /** The student goes on alone: its weights and the optimiser's moments carry over by name, the rest is dropped. */
  #handOver(agent: string): void {
    this.#checkTeachers();
    const state = this.#learner.state();
    this.#teachers = [];
    this.#install(agent);
    this.#learner.restore(state);
    this.#recentReturns = [];
  }

  /** @throws RunError where a frozen network is not what it was */
  #checkTeachers(): void {
    for (const [name, values] of Object.entries(this.#learner.agent.frozen)) {
      const held = this.#learner.variables.read(name);
      if (values.some((value, i) => !Object.is(value, Math.fround(held[i]!)))) {
        throw new RunError(`the frozen parameters "${name}" changed during training; this must not happen.`);
      }
    }
  }

  get #spaces(): EnvSpaces {
    return this.#env.envs[0]!.spaces;
  }

  #sendStatistics(): void {
    const { mean, variance } = this.#collector.observationMoments;
    this.#learner.setObservationStatistics(mean, variance);
  }

  #state(): TrainingState {
    return {
      config: this.#config,
      spaces: this.#spaces,
      agent: this.#agent,
      learner: this.#learner.state(),
      collector: this.#collector.state(),
      environments: this.#env.snapshot(),
      minibatches: this.#minibatches.state(),
      progress: this.#progress,
      recentReturns: Float64Array.from(this.#recentReturns),
      teachers: this.#teachers,
      engine: this.#engine.description,
    };
  }

  async #save(state: TrainingState): Promise<void> {
    this.#checkTeachers();
    await this.#options.sink?.saveCheckpoint(state.progress.steps, toCheckpoint(state));
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
      phase: this.#phase,
      metrics: this.#metrics,
    });
  }
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

/** 1 − Var(R − V) / Var(R): 1 where the value function predicts its targets, 0 where it is no better than a constant. */
function explainedVariance({ returns, values }: Collected['rollout']): number {
  const spread = standardDeviation(returns) ?? 0;
  const error = standardDeviation(returns.map((value, i) => value - values[i]!)) ?? 0;
  return spread === 0 ? Number.NaN : 1 - error ** 2 / spread ** 2;
}

function mean(values: ArrayLike<number>): number | undefined {
  if (values.length === 0) return undefined;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

function standardDeviation(values: ArrayLike<number>): number | undefined {
  const centre = mean(values);
  if (centre === undefined) return undefined;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i]! - centre) ** 2;
  return Math.sqrt(squares / values.length);
}
