import { Rng } from '@mikt/core';
import { RunningMoments } from '@mikt/nets';
import { planPasses, type RunConfig } from './config.js';
import { checkTeachers, findMethod } from './methods.js';
import type { Teacher } from './teacher.js';
import { createTeam } from './team/create.js';

/** Where the time of one update went. */
export interface UpdateTimes {
  /** Seconds of collecting transitions: policy and physics. */
  readonly collect: number;
  /** Seconds of the optimiser's steps. */
  readonly learn: number;
  /** Seconds of the same physics (the same states, actions and resets) without policy and learning. */
  readonly physics: number;
}

export interface TrainingMeasurement {
  /** Threads that worked. */
  readonly threads: number;
  readonly engine: string;
  /** Environment steps of an update. */
  readonly stepsPerUpdate: number;
  readonly updates: readonly UpdateTimes[];
}

/**
 * Trains for a few updates from the first weights and times each part; after each update its physics is run again,
 * alone, from the same states, so that both are measured on the same machine in the same minute.
 * @param options.updates number of updates that are timed, after one that warms up
 * @param options.signal stops between updates
 */
export async function measureTraining(
  config: RunConfig,
  options: { updates: number; threads?: number; teachers?: readonly Teacher[]; signal?: AbortSignal },
): Promise<TrainingMeasurement> {
  const { updates, teachers = [], signal } = options;
  checkTeachers(config, teachers);
  const method = findMethod(config.algo);
  const team = await createTeam(config, options.threads === undefined ? {} : { threads: options.threads });
  try {
    const stage = method.stage(config, 1, planPasses(config).updates);
    const agent = method.createAgent(stage.agent, config, team.spaces, teachers);
    await team.install(agent, stage.agent, teachers);
    const root = Rng.fromSeed(config.seed);
    for (const [name, values] of Object.entries(agent.frozen)) team.variables.write(name, values);
    team.variables.write('parameters', agent.layout.initialise(root.fork('parameters')));
    team.variables.write('observationVariance', new Float32Array(team.spaces.observation.size).fill(1));
    await team.reset(root.fork('environments').uint32());
    const order = team.allocateOrder(config.epochs * config.stepsPerUpdate);
    for (let i = 0; i < order.length; i++) order[i] = i % config.stepsPerUpdate;
    const moments = new RunningMoments(team.spaces.observation.size);
    const times: UpdateTimes[] = [];
    const steps = config.epochs * config.minibatches;
    const idle = async () => {};
    for (let update = 0; update <= updates && !signal?.aborted; update++) {
      const before = await team.snapshot();
      const started = performance.now();
      await team.collect({ returnVariance: () => 1 }, idle);
      const collected = performance.now();
      root.fork(update).shuffle(order);
      const { learningRate } = config;
      await team.learn(
        { order, learningRate, coefficients: stage.coefficients, optimiserSteps: update * steps },
        idle,
      );
      const learned = performance.now();
      moments.merge(team.rollout.rawObservations);
      team.variables.write('observationMean', moments.mean);
      team.variables.write('observationVariance', moments.variance);
      const after = await team.snapshot();
      await team.restore(before);
      const restored = performance.now();
      await team.replay();
      const replayed = performance.now();
      await team.restore(after);
      if (update > 0) {
        times.push({
          collect: (collected - started) / 1000,
          learn: (learned - collected) / 1000,
          physics: (replayed - restored) / 1000,
        });
      }
    }
    const { threads, engine } = team;
    return { threads, engine: engine.description, stepsPerUpdate: config.stepsPerUpdate, updates: times };
  } finally {
    await team.dispose();
  }
}
