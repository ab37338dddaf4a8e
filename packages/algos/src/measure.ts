import { Rng } from '@mikt/core';
import { planPasses, type RunConfig } from './config.js';
import { Learner } from './learner.js';
import { checkTeachers, findMethod } from './methods.js';
import { Statistics } from './statistics.js';
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
  const learner = new Learner(team, method, config, teachers);
  try {
    const stage = method.stage(config, 1, planPasses(config).updates);
    const root = Rng.fromSeed(config.seed);
    await team.reset(root.fork('environments').uint32());
    await learner.initialise(stage.agent, root.fork('parameters'));
    const minibatches = root.fork('minibatches');
    const statistics = new Statistics(config, team.spaces.observation.size);
    const sendStatistics = () => {
      team.variables.write('observationMean', statistics.observations.mean);
      team.variables.write('observationVariance', statistics.observations.variance);
    };
    sendStatistics();
    const times: UpdateTimes[] = [];
    const schedule = { learningRate: config.learningRate, coefficients: stage.coefficients };
    const idle = async () => {};
    for (let update = 0; update <= updates && !signal?.aborted; update++) {
      const before = await team.snapshot();
      const started = performance.now();
      await team.collect({ returnVariance: () => statistics.returns.variance[0]! }, idle);
      const collected = performance.now();
      await learner.update(schedule, minibatches, idle);
      const learned = performance.now();
      statistics.mergeUpdate(team.rollout);
      sendStatistics();
      const after = await team.snapshot();
      await team.restore(before);
      const restored = performance.now();
      await team.replay();
      const replayed = performance.now();
      await team.restore(after);
      // The first one warms up.
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
    learner.dispose();
    await team.dispose();
  }
}
