import { type Rng, RunError } from '@mikt/core';
import { type Engine, input, type Program, type Variables, variable } from '@mikt/graph';
import {
  adam,
  adamStepSize,
  BASELINES_ADAM,
  clipByGlobalNorm,
  globalNorm,
  type ParameterValues,
} from '@mikt/nets';
import { type ActProgram, compileAct } from '../act.js';
import type { Agent, Batch } from '../agent.js';
import type { Rollout } from '../rollout.js';
import type { PpoConfig } from './config.js';

/** An optimiser's place: parameters, Adam's moments and how many steps it took. */
export interface LearnerState {
  readonly parameters: ParameterValues;
  readonly firstMoment: ParameterValues;
  readonly secondMoment: ParameterValues;
  readonly optimiserSteps: number;
}

/** Scalars that change from update to update. */
export interface UpdateSchedule {
  readonly learningRate: number;
  /** Values of the agent's coefficients. */
  readonly coefficients: Readonly<Record<string, number>>;
}

/** Means over the minibatches of an update, by name; `loss` is the total. */
export type UpdateMetrics = Record<string, number>;

/**
 * An agent compiled on an engine, with its optimiser: it acts, and improves itself on rollouts by minibatch steps
 * of Adam on the agent's loss. The loop is PPO's; what is minimised is the agent's affair.
 */
export class Learner {
  readonly agent: Agent;
  readonly variables: Variables;
  readonly #engine: Engine;
  readonly #config: PpoConfig;
  readonly #observation: number;
  readonly #action: number;
  readonly #gradient: Program;
  readonly #apply: Program;
  readonly #metrics: Program;
  readonly #order: Uint32Array;
  #optimiserSteps = 0;

  constructor(
    engine: Engine,
    agent: Agent,
    config: PpoConfig,
    sizes: { observation: number; action: number },
  ) {
    this.agent = agent;
    this.#engine = engine;
    this.#config = config;
    this.#observation = sizes.observation;
    this.#action = sizes.action;
    this.#order = new Uint32Array(config.stepsPerUpdate);
    const { size } = agent.layout;
    this.variables = engine.createVariables({
      parameters: [size],
      firstMoment: [size],
      secondMoment: [size],
      gradient: [size],
      observationMean: [sizes.observation],
      observationVariance: [sizes.observation],
      ...Object.fromEntries(Object.entries(agent.frozen).map(([name, values]) => [name, [values.length]])),
    });
    this.variables.write('observationVariance', new Float32Array(sizes.observation).fill(1));
    for (const [name, values] of Object.entries(agent.frozen)) this.variables.write(name, values);
    this.#gradient = this.#compileGradient();
    this.#apply = this.#compileApply();
    this.#metrics = engine.compile({ outputs: agent.metrics(this.#parameters()) }, this.variables);
  }

  /** First parameters from `rng`; the optimiser starts anew. */
  initialise(rng: Rng): void {
    this.variables.write('parameters', this.agent.layout.initialise(rng));
  }

  state(): LearnerState {
    const unpack = (name: string) => this.agent.layout.unpack(this.variables.read(name));
    return {
      parameters: unpack('parameters'),
      firstMoment: unpack('firstMoment'),
      secondMoment: unpack('secondMoment'),
      optimiserSteps: this.#optimiserSteps,
    };
  }

  /** Takes over a state by parameter names; what this agent lacks (a teacher's mixing weights) is left behind. */
  restore(state: LearnerState): void {
    const { layout } = this.agent;
    this.variables.write('parameters', layout.pack(state.parameters));
    this.variables.write('firstMoment', layout.pack(state.firstMoment));
    this.variables.write('secondMoment', layout.pack(state.secondMoment));
    this.#optimiserSteps = state.optimiserSteps;
  }

  /** @param mean [O] @param variance [O] */
  setObservationStatistics(mean: ArrayLike<number>, variance: ArrayLike<number>): void {
    this.variables.write('observationMean', mean);
    this.variables.write('observationVariance', variance);
  }

  /** The agent's forward pass for `rows` observations at a time. */
  compileAct(rows: number): ActProgram {
    return compileAct(this.#engine, this.agent, this.variables, rows, this.#observation, this.#action);
  }

  /** The agent's own scalars, such as mixing weights, at the present parameters. */
  metrics(): Record<string, number> {
    this.#metrics.run();
    return Object.fromEntries(Object.entries(this.#metrics.outputs).map(([name, [value]]) => [name, value!]));
  }

  /**
   * One update: `epochs` passes over the rollout in shuffled minibatches.
   * @param pause awaited between minibatches, so that a page or a terminal stays alive; may throw to stop
   * @throws RunError naming the first loss term (or the gradient) that is not finite
   */
  async update(
    rollout: Rollout,
    schedule: UpdateSchedule,
    rng: Rng,
    pause: () => Promise<void>,
  ): Promise<UpdateMetrics> {
    const { epochs, minibatches, stepsPerUpdate } = this.#config;
    const rows = stepsPerUpdate / minibatches;
    const sums: UpdateMetrics = {};
    for (const [name, value] of Object.entries(schedule.coefficients))
      this.#gradient.inputs[name]![0] = value;
    for (let row = 0; row < stepsPerUpdate; row++) this.#order[row] = row;
    for (let epoch = 0; epoch < epochs; epoch++) {
      rng.shuffle(this.#order);
      for (let minibatch = 0; minibatch < minibatches; minibatch++) {
        this.#fill(rollout, this.#order.subarray(minibatch * rows, (minibatch + 1) * rows));
        this.#step(schedule.learningRate, sums);
        await pause();
      }
    }
    const count = epochs * minibatches;
    return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / count]));
  }

  dispose(): void {
    for (const program of [this.#gradient, this.#apply, this.#metrics]) program.dispose();
    this.variables.dispose();
  }

  #parameters() {
    return this.agent.layout.bind(variable('parameters', [this.agent.layout.size]));
  }

  #compileGradient(): Program {
    const { minibatches, stepsPerUpdate } = this.#config;
    const rows = stepsPerUpdate / minibatches;
    const batch: Batch = {
      observations: input('observations', [rows, this.#observation]),
      actions: input('actions', [rows, this.#action]),
      logProbabilities: input('logProbabilities', [rows]),
      values: input('values', [rows]),
      advantages: input('advantages', [rows]),
      returns: input('returns', [rows]),
    };
    const coefficients = Object.fromEntries(this.agent.coefficients.map((name) => [name, input(name, [])]));
    const parameters = this.#parameters();
    const { total, terms } = this.agent.loss(parameters, batch, coefficients);
    return this.#engine.compile(
      {
        outputs: { ...terms, loss: total },
        updates: [
          { variable: variable('gradient', [this.agent.layout.size]), value: parameters.gradient(total) },
        ],
      },
      this.variables,
    );
  }

  #compileApply(): Program {
    const vector = (name: string) => variable(name, [this.agent.layout.size]);
    const gradient = vector('gradient');
    const norm = globalNorm(gradient);
    const state = {
      parameters: vector('parameters'),
      firstMoment: vector('firstMoment'),
      secondMoment: vector('secondMoment'),
    };
    const clipped = clipByGlobalNorm(gradient, norm, this.#config.maxGradientNorm);
    const next = adam(state, clipped, input('stepSize', []), BASELINES_ADAM);
    return this.#engine.compile(
      {
        outputs: { gradient_norm: norm },
        updates: (['parameters', 'firstMoment', 'secondMoment'] as const).map((name) => ({
          variable: state[name],
          value: next[name],
        })),
      },
      this.variables,
    );
  }

  /** Gathers the rows of a minibatch and normalises its advantages. */
  #fill(rollout: Rollout, rows: Uint32Array): void {
    const { observations, actions, logProbabilities, values, advantages, returns } = this.#gradient.inputs;
    rows.forEach((row, i) => {
      gather(observations!, rollout.observations, row, i, this.#observation);
      gather(actions!, rollout.actions, row, i, this.#action);
      logProbabilities![i] = rollout.logProbabilities[row]!;
      values![i] = rollout.values[row]!;
      advantages![i] = rollout.advantages[row]!;
      returns![i] = rollout.returns[row]!;
    });
    normaliseAdvantages(advantages!);
  }

  #step(learningRate: number, sums: UpdateMetrics): void {
    this.#gradient.run();
    checkFinite(this.#gradient.outputs);
    this.#optimiserSteps++;
    this.#apply.inputs.stepSize![0] = adamStepSize(learningRate, this.#optimiserSteps, BASELINES_ADAM);
    this.#apply.run();
    checkFinite(this.#apply.outputs);
    for (const { outputs } of [this.#gradient, this.#apply]) {
      for (const name in outputs) sums[name] = (sums[name] ?? 0) + outputs[name]![0]!;
    }
  }
}

/** (A − mean) / (standard deviation + 1e-8), in place. [B] */
export function normaliseAdvantages(advantages: { [index: number]: number; readonly length: number }): void {
  const n = advantages.length;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += advantages[i]!;
  const mean = sum / n;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (advantages[i]! - mean) ** 2;
  const scale = Math.sqrt(squares / n) + 1e-8;
  for (let i = 0; i < n; i++) advantages[i] = (advantages[i]! - mean) / scale;
}

function gather(
  out: { set(values: ArrayLike<number>, offset: number): void },
  data: Float32Array,
  row: number,
  to: number,
  width: number,
): void {
  out.set(data.subarray(row * width, (row + 1) * width), to * width);
}

function checkFinite(outputs: Readonly<Record<string, ArrayLike<number>>>): void {
  for (const name in outputs) {
    const value = outputs[name]![0]!;
    if (!Number.isFinite(value)) {
      throw new RunError(
        `${name} became ${value} in a minibatch; the last checkpoint is the last good state.`,
      );
    }
  }
}
