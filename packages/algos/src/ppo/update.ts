import {
  type Engine,
  input,
  type Program,
  type Shape,
  type Tensor,
  type Variables,
  variable,
} from '@mikt/graph';
import { adam, adamStepSize, BASELINES_ADAM, globalNorm, type ParameterValues } from '@mikt/nets';
import { actShapes } from '../act.js';
import type { Agent } from '../agent.js';
import { findNonFinite, NonFiniteError } from '../non-finite.js';
import type { Rollout, RowSizes } from '../rollout.js';
import type { PpoConfig } from './config.js';
import {
  batchInputs,
  coefficientInputs,
  gradientLosses,
  gradientNames,
  limitGradient,
  meanOfShards,
} from './gradients.js';

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

/** The flat vectors of an optimiser. */
export const STATE = ['parameters', 'firstMoment', 'secondMoment'] as const;

/** The variables that an agent learns in, by name: see `GradientShard` and `Optimiser`. */
export function learnerShapes(agent: Agent, config: PpoConfig, sizes: RowSizes): Record<string, Shape> {
  const gradients = gradientNames(agent, sizes, config).flatMap((loss) =>
    Array.from({ length: config.gradientShards }, (_, shard) => gradientName(loss, shard)),
  );
  return {
    ...Object.fromEntries([...STATE, ...gradients].map((name) => [name, [agent.layout.size]])),
    ...actShapes(agent, sizes.observation),
  };
}

/**
 * A share of every minibatch's gradient: the mean over its rows, into a variable of its own. The shares are fixed by
 * the configuration, so that the sum over them is the same whoever computes them.
 */
export class GradientShard {
  readonly #program: Program;
  /** Of the first share alone: it stands for the others. */
  #norms: Program | undefined;
  readonly #coefficients: readonly string[];
  readonly #sizes: RowSizes;
  readonly #shard: number;
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
    this.#shard = shard;
    this.#begin = shard * this.#rows;
    this.#sizes = sizes;
    this.#coefficients = agent.coefficients;
    const parameters = agent.layout.bind(vector(agent, 'parameters'));
    const loss = agent.loss(parameters, batchInputs(this.#rows, sizes), coefficientInputs(agent));
    const updates = Object.entries(gradientLosses(loss, config)).map(([name, part]) => ({
      variable: vector(agent, gradientName(name, shard)),
      value: parameters.gradient(part),
    }));
    this.#program = engine.compile({ outputs: { ...loss.terms, loss: loss.total }, updates }, variables);
    if (shard > 0) return;
    const norms = Object.entries(loss.parts).map(([name, part]): [string, Tensor] => [
      `gradient_norm/${name}`,
      globalNorm(parameters.gradient(part)),
    ]);
    this.#norms = engine.compile({ outputs: Object.fromEntries(norms) }, variables);
  }

  /** The loss's terms of the last minibatch, `loss` its total. One number each. */
  get terms(): Program['outputs'] {
    return this.#program.outputs;
  }

  setCoefficients(coefficients: UpdateSchedule['coefficients']): void {
    for (const name of this.#coefficients) this.#program.inputs[name]![0] = coefficients[name]!;
  }

  /**
   * Norms of the gradients of the weighted losses in the last minibatch, none of them limited, by the names of their
   * columns. For the first share only; costs as much as several minibatches.
   */
  gradientNorms(): Record<string, number> {
    const norms = this.#norms;
    if (!norms) return {};
    for (const name of Object.keys(norms.inputs)) norms.inputs[name]!.set(this.#program.inputs[name]!);
    norms.run();
    return Object.fromEntries(Object.entries(norms.outputs).map(([name, values]) => [name, values[0]!]));
  }

  /**
   * @param rows of the rollout that make up the whole minibatch
   * @param minibatch its index in the update, for the error
   * @throws NonFiniteError naming the first term of the loss that is not finite
   */
  run(rollout: Rollout, rows: Uint32Array, minibatch = 0): void {
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
    checkFinite(this.#program.outputs, minibatch, this.#shard);
  }

  dispose(): void {
    this.#program.dispose();
    this.#norms?.dispose();
  }
}

/** Adam on the mean of the shares' gradients, their norm limited. */
export class Optimiser {
  readonly #program: Program;

  constructor(engine: Engine, agent: Agent, variables: Variables, config: PpoConfig, sizes: RowSizes) {
    const shards = Array.from({ length: config.gradientShards }, (_, shard) => shard);
    const gradients = gradientNames(agent, sizes, config).map((loss) =>
      meanOfShards(shards.map((shard) => vector(agent, gradientName(loss, shard)))),
    );
    const { gradient, norm } = limitGradient(gradients, agent.layout, config);
    const state = Object.fromEntries(STATE.map((name) => [name, vector(agent, name)])) as Record<
      (typeof STATE)[number],
      Tensor
    >;
    const next = adam(state, gradient, input('stepSize', []), BASELINES_ADAM);
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
   * @param minibatch its index in the update, for the error
   * @throws NonFiniteError where the gradient is not finite
   */
  step(learningRate: number, t: number, minibatch = 0): void {
    this.#program.inputs.stepSize![0] = adamStepSize(learningRate, t, BASELINES_ADAM);
    this.#program.run();
    checkFinite(this.#program.outputs, minibatch);
  }

  dispose(): void {
    this.#program.dispose();
  }
}

/** Writes mean and (standard deviation + 1e-8) of the advantages of a minibatch's rows to `out`. */
function advantageScale(advantages: Float32Array, rows: Uint32Array, out: Float64Array): void {
  let sum = 0;
  for (let i = 0; i < rows.length; i++) sum += advantages[rows[i]!]!;
  const mean = sum / rows.length;
  let squares = 0;
  for (let i = 0; i < rows.length; i++) squares += (advantages[rows[i]!]! - mean) ** 2;
  out[0] = mean;
  out[1] = Math.sqrt(squares / rows.length) + 1e-8;
}

/** The variable of a shard's gradient of one of `gradientLosses`. */
export function gradientName(loss: string, shard: number): string {
  return `gradient${shard + 1}/${loss}`;
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

function checkFinite(terms: Program['outputs'], minibatch: number, shard?: number): void {
  for (const term in terms) {
    if (findNonFinite(terms[term]!) < 0) continue;
    const found = { kind: 'term', term, value: terms[term]![0]!, minibatch } as const;
    throw new NonFiniteError(shard === undefined ? found : { ...found, shard });
  }
}
