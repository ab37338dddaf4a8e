import { RunError } from '@mikt/core';
import {
  add,
  type Engine,
  input,
  mul,
  type Program,
  type Shape,
  type Tensor,
  type Variables,
  variable,
} from '@mikt/graph';
import {
  adam,
  adamStepSize,
  BASELINES_ADAM,
  clipByGlobalNorm,
  globalNorm,
  type ParameterValues,
} from '@mikt/nets';
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

/** Sizes of a row of a rollout. */
export interface RowSizes {
  readonly observation: number;
  readonly action: number;
}

/** The flat vectors of an optimiser. */
const STATE = ['parameters', 'firstMoment', 'secondMoment'] as const;

/** The variables that an agent learns in, by name: see `GradientShard` and `Optimiser`. */
export function learnerShapes(
  agent: Agent,
  shards: number,
  { observation }: RowSizes,
): Record<string, Shape> {
  const vectors = [...STATE, ...Array.from({ length: shards }, (_, shard) => gradientName(shard))];
  return {
    ...Object.fromEntries(vectors.map((name) => [name, [agent.layout.size]])),
    observationMean: [observation],
    observationVariance: [observation],
    ...Object.fromEntries(Object.entries(agent.frozen).map(([name, values]) => [name, [values.length]])),
  };
}

/**
 * A share of every minibatch's gradient: the mean over its rows, into a variable of its own. The shares are fixed by
 * the configuration, so that the sum over them is the same whoever computes them.
 */
export class GradientShard {
  readonly #program: Program;
  readonly #sizes: RowSizes;
  readonly #begin: number;
  readonly #rows: number;
  readonly #scale = new Float64Array(2);

  constructor(
    engine: Engine,
    agent: Agent,
    variables: Variables,
    config: PpoConfig,
    sizes: RowSizes,
    shard: number,
  ) {
    this.#rows = config.stepsPerUpdate / config.minibatches / config.gradientShards;
    this.#begin = shard * this.#rows;
    this.#sizes = sizes;
    const batch: Batch = {
      observations: input('observations', [this.#rows, sizes.observation]),
      actions: input('actions', [this.#rows, sizes.action]),
      logProbabilities: input('logProbabilities', [this.#rows]),
      values: input('values', [this.#rows]),
      advantages: input('advantages', [this.#rows]),
      returns: input('returns', [this.#rows]),
    };
    const coefficients = Object.fromEntries(agent.coefficients.map((name) => [name, input(name, [])]));
    const parameters = agent.layout.bind(vector(agent, 'parameters'));
    const { total, terms } = agent.loss(parameters, batch, coefficients);
    const update = { variable: vector(agent, gradientName(shard)), value: parameters.gradient(total) };
    this.#program = engine.compile({ outputs: { ...terms, loss: total }, updates: [update] }, variables);
  }

  /** The loss's terms of the last minibatch, `loss` its total. One number each. */
  get terms(): Program['outputs'] {
    return this.#program.outputs;
  }

  setCoefficients(coefficients: UpdateSchedule['coefficients']): void {
    for (const name in coefficients) this.#program.inputs[name]![0] = coefficients[name]!;
  }

  /**
   * @param rows of the rollout that make up the whole minibatch
   * @throws RunError naming the first term of the loss that is not finite
   */
  run(rollout: Rollout, rows: Uint32Array): void {
    const { observations, actions, logProbabilities, values, advantages, returns } = this.#program.inputs;
    const { observation, action } = this.#sizes;
    advantageScale(rollout.advantages, rows, this.#scale);
    for (let i = 0; i < this.#rows; i++) {
      const row = rows[this.#begin + i]!;
      gather(observations!, rollout.observations, row, i, observation);
      gather(actions!, rollout.actions, row, i, action);
      logProbabilities![i] = rollout.logProbabilities[row]!;
      values![i] = rollout.values[row]!;
      advantages![i] = (rollout.advantages[row]! - this.#scale[0]!) / this.#scale[1]!;
      returns![i] = rollout.returns[row]!;
    }
    this.#program.run();
    checkFinite(this.#program.outputs);
  }

  dispose(): void {
    this.#program.dispose();
  }
}

/** Adam on the mean of the shares' gradients, its global norm limited. */
export class Optimiser {
  readonly #program: Program;

  constructor(engine: Engine, agent: Agent, variables: Variables, config: PpoConfig) {
    const { gradientShards, maxGradientNorm } = config;
    const shares = Array.from({ length: gradientShards }, (_, shard) => vector(agent, gradientName(shard)));
    const gradient = mul(
      shares.reduce((sum, share) => add(sum, share)),
      1 / gradientShards,
    );
    const norm = globalNorm(gradient);
    const state = Object.fromEntries(STATE.map((name) => [name, vector(agent, name)])) as Record<
      (typeof STATE)[number],
      Tensor
    >;
    const next = adam(
      state,
      clipByGlobalNorm(gradient, norm, maxGradientNorm),
      input('stepSize', []),
      BASELINES_ADAM,
    );
    this.#program = engine.compile(
      {
        outputs: { gradient_norm: norm },
        updates: STATE.map((name) => ({ variable: state[name], value: next[name] })),
      },
      variables,
    );
  }

  /** `gradient_norm` of the last step, before it was limited. */
  get terms(): Program['outputs'] {
    return this.#program.outputs;
  }

  /**
   * @param t number of this step since the parameters' first values, from 1
   * @throws RunError where the gradient is not finite
   */
  step(learningRate: number, t: number): void {
    this.#program.inputs.stepSize![0] = adamStepSize(learningRate, t, BASELINES_ADAM);
    this.#program.run();
    checkFinite(this.#program.outputs);
  }

  dispose(): void {
    this.#program.dispose();
  }
}

/** Writes mean and (standard deviation + 1e-8) of the advantages of a minibatch's rows to `out`. */
export function advantageScale(advantages: Float32Array, rows: Uint32Array, out: Float64Array): void {
  let sum = 0;
  for (let i = 0; i < rows.length; i++) sum += advantages[rows[i]!]!;
  const mean = sum / rows.length;
  let squares = 0;
  for (let i = 0; i < rows.length; i++) squares += (advantages[rows[i]!]! - mean) ** 2;
  out[0] = mean;
  out[1] = Math.sqrt(squares / rows.length) + 1e-8;
}

function gradientName(shard: number): string {
  return `gradient${shard + 1}`;
}

function vector(agent: Agent, name: string): Tensor {
  return variable(name, [agent.layout.size]);
}

function gather(
  out: { [index: number]: number },
  data: Float32Array,
  row: number,
  to: number,
  width: number,
): void {
  for (let i = 0; i < width; i++) out[to * width + i] = data[row * width + i]!;
}

function checkFinite(terms: Program['outputs']): void {
  for (const name in terms) {
    const value = terms[name]![0]!;
    if (!Number.isFinite(value)) {
      throw new RunError(
        `${name} became ${value} in a minibatch; the last checkpoint is the last good state.`,
      );
    }
  }
}
