import { type Rng, RunError } from '@mikt/core';
import { type Program, variable } from '@mikt/graph';
import type { Agent } from './agent.js';
import type { RunConfig } from './config.js';
import { type Diagnosis, diagnose, nameOfEntry } from './diagnosis.js';
import type { Method } from './method.js';
import { findNonFinite, type NonFinite, NonFiniteError } from './non-finite.js';
import { startStandardDeviations } from './ppo/networks.js';
import { type LearnerState, STATE, type UpdateSchedule } from './ppo/update.js';
import type { Teacher } from './teacher.js';
import type { Team } from './team/team.js';

/** What is trained: the agent that a team has installed, its parameters and its optimiser's place. */
export class Learner {
  readonly #team: Team;
  readonly #method: Method;
  readonly #config: RunConfig;
  readonly #order: Uint32Array;
  #installed: { readonly name: string; readonly agent: Agent; readonly metrics: Program } | undefined;
  #teachers: readonly Teacher[];
  #optimiserSteps = 0;

  constructor(team: Team, method: Method, config: RunConfig, teachers: readonly Teacher[]) {
    this.#team = team;
    this.#method = method;
    this.#config = config;
    this.#teachers = teachers;
    this.#order = team.allocateOrder(config.epochs * config.stepsPerUpdate);
  }

  /** Name of the method's agent that learns. */
  get agent(): string {
    return this.#installed?.name ?? '';
  }

  /** The teachers that the agent cannot do without. */
  get teachers(): readonly Teacher[] {
    return this.#teachers;
  }

  /** Installs the method's agent `name` with first parameters from `rng`. */
  async initialise(name: string, rng: Rng): Promise<void> {
    const agent = await this.#install(name);
    const parameters = agent.initialise?.(rng) ?? agent.layout.initialise(rng);
    this.#team.variables.write(
      'parameters',
      startStandardDeviations(parameters, agent.layout, this.#config, this.#team.spaces),
    );
  }

  /**
   * Installs the method's agent `name` at a state; what the agent lacks of it is left behind.
   * @param teachers that it leans on (default: those of the agent before)
   */
  async restore(name: string, state: LearnerState, teachers?: readonly Teacher[]): Promise<void> {
    if (teachers) this.#teachers = teachers;
    const { layout } = await this.#install(name);
    for (const vector of STATE) this.#team.variables.write(vector, layout.pack(state[vector]));
    this.#optimiserSteps = state.optimiserSteps;
  }

  /** Another agent goes on: weights and the optimiser's moments carry over by name, what it lacks is dropped. */
  async handOver(name: string): Promise<void> {
    this.checkTeachers();
    await this.restore(name, this.state());
  }

  state(): LearnerState {
    const { layout } = this.#installed!.agent;
    const unpack = (name: string) => layout.unpack(this.#team.variables.read(name));
    return {
      parameters: unpack('parameters'),
      firstMoment: unpack('firstMoment'),
      secondMoment: unpack('secondMoment'),
      optimiserSteps: this.#optimiserSteps,
    };
  }

  /**
   * Takes an update's optimiser steps on the team's rollout; minibatches are drawn from `rng`.
   * @throws NonFiniteError where a term, a gradient or a parameter is not finite
   */
  async update(
    schedule: UpdateSchedule,
    rng: Rng,
    onProgress: () => Promise<void>,
  ): Promise<Record<string, number>> {
    this.#drawOrder(rng);
    const { epochs, minibatches } = this.#config;
    const means = await this.#team.learn(
      { ...schedule, order: this.#order, optimiserSteps: this.#optimiserSteps },
      onProgress,
    );
    this.#optimiserSteps += epochs * minibatches;
    this.#checkParameters(epochs * minibatches - 1);
    return means;
  }

  /** Where a number that is not finite came from, in words, and what was learned from then. */
  diagnose(found: NonFinite): Diagnosis {
    return diagnose(found, {
      config: this.#config,
      agent: this.#installed!.agent,
      variables: this.#team.variables,
      rollout: this.#team.rollout,
      order: this.#order,
      spaces: this.#team.spaces,
    });
  }

  /** The agent's own scalars, such as mixing weights, at the present parameters. */
  metrics(): Record<string, number> {
    const { metrics } = this.#installed!;
    metrics.run();
    return Object.fromEntries(Object.entries(metrics.outputs).map(([name, [value]]) => [name, value!]));
  }

  /** @throws RunError where a frozen network is not what it was */
  checkTeachers(): void {
    for (const [name, values] of Object.entries(this.#installed!.agent.frozen)) {
      const held = this.#team.variables.read(name);
      if (values.some((value, i) => !Object.is(value, Math.fround(held[i]!)))) {
        throw new RunError(`the frozen parameters "${name}" changed during training; this must not happen.`);
      }
    }
  }

  dispose(): void {
    this.#installed?.metrics.dispose();
  }

  async #install(name: string): Promise<Agent> {
    this.dispose();
    const agent = this.#method.createAgent(name, this.#config, this.#team.spaces, this.#teachers);
    await this.#team.install(agent, name, this.#teachers);
    const { variables, engine } = this.#team;
    for (const [frozen, values] of Object.entries(agent.frozen)) variables.write(frozen, values);
    const parameters = agent.layout.bind(variable('parameters', [agent.layout.size]));
    const metrics = engine.compile({ outputs: agent.metrics(parameters) }, variables);
    this.#installed = { name, agent, metrics };
    this.#teachers = agent.teachers;
    return agent;
  }

  /** The terms of a minibatch tell of parameters only what the one before has made of them. */
  #checkParameters(minibatch: number): void {
    const { layout } = this.#installed!.agent;
    for (const vector of STATE) {
      const values = this.#team.variables.read(vector);
      const at = findNonFinite(values);
      if (at < 0) continue;
      const what = nameOfEntry(layout, vector, at);
      throw new NonFiniteError({ kind: 'state', what, value: values[at]!, minibatch });
    }
  }

  /** Rows of the rollout in the order in which the update's minibatches take them. */
  #drawOrder(rng: Rng): void {
    const { epochs, stepsPerUpdate } = this.#config;
    for (let i = 0; i < stepsPerUpdate; i++) this.#order[i] = i;
    for (let epoch = 0; epoch < epochs; epoch++) {
      const begin = epoch * stepsPerUpdate;
      // As in Baselines, each epoch shuffles the order of the one before.
      if (epoch > 0) this.#order.copyWithin(begin, begin - stepsPerUpdate, begin);
      rng.shuffle(this.#order.subarray(begin, begin + stepsPerUpdate));
    }
  }
}
