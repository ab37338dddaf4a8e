import { measureTraining, resolveConfig, type TrainingMeasurement } from '@mikt/algos';
import { benchTeacher } from './engines.js';
import { type Spread, spreadOf } from './spread.js';

/** A training end to end beside its own physics, replayed alone. */
export interface TrainingRow {
  readonly env: string;
  readonly algo: string;
  readonly threads: number;
  readonly stepsPerSecond: Spread;
  readonly physicsStepsPerSecond: Spread;
  /** Physics' time as a share of the training's. */
  readonly ofPhysics: Spread;
  /** Shares of the training's time. */
  readonly collect: number;
  readonly learn: number;
  /** Share of the working threads' time in which they stood still for garbage collection. */
  readonly garbage?: number;
}

/** Bare physics of an environment. */
export interface PhysicsRow {
  readonly env: string;
  readonly threads: number;
  /** Of all threads together. */
  readonly stepsPerSecond: Spread;
}

const TRAININGS = [
  { env: 'CentipedeEight', algo: 'ppo' },
  { env: 'CentipedeEight', algo: 'mikt' },
] as const;

/** Trains for some updates on one thread and on all, and compares each with its bare physics. */
export async function measureTrainings(
  threads: number,
  updates: number,
  say: (sentence: string) => void,
): Promise<TrainingRow[]> {
  const rows: TrainingRow[] = [];
  for (const { env, algo } of TRAININGS) {
    for (const count of threads > 1 ? [1, threads] : [1]) {
      say(`${algo} on ${env}, ${count === 1 ? 'one thread' : `${count} threads`}`);
      const config = resolveConfig({ env, algo, steps: 1e6 });
      const teachers = algo === 'mikt' ? [benchTeacher()] : [];
      rows.push(trainingRow(env, algo, await measureTraining(config, { updates, threads: count, teachers })));
    }
  }
  return rows;
}

/** Bare physics of every environment under a first policy's actions, on one thread and on all. */
export async function measurePhysics(
  envs: readonly string[],
  threads: number,
  say: (sentence: string) => void,
): Promise<PhysicsRow[]> {
  const rows: PhysicsRow[] = [];
  for (const env of envs) {
    for (const count of threads > 1 ? [1, threads] : [1]) {
      say(`physics of ${env}, ${count === 1 ? 'one thread' : `${count} threads`}`);
      const config = resolveConfig({ env, algo: 'ppo', steps: 1e6, epochs: 1, minibatches: 1 });
      const {
        updates,
        stepsPerUpdate,
        threads: used,
      } = await measureTraining(config, { updates: 3, threads: count });
      rows.push({
        env,
        threads: used,
        stepsPerSecond: spreadOf(updates, ({ physics }) => stepsPerUpdate / physics),
      });
    }
  }
  return rows;
}

function trainingRow(
  env: string,
  algo: string,
  { updates, threads, stepsPerUpdate }: TrainingMeasurement,
): TrainingRow {
  const total = (part: 'collect' | 'learn') => updates.reduce((sum, update) => sum + update[part], 0);
  const all = total('collect') + total('learn');
  const garbage = updates.reduce<number | undefined>(
    (sum, update) =>
      sum === undefined || update.garbage === undefined
        ? undefined
        : sum + update.garbage * (update.collect + update.learn),
    0,
  );
  return {
    env,
    algo,
    threads,
    stepsPerSecond: spreadOf(updates, ({ collect, learn }) => stepsPerUpdate / (collect + learn)),
    physicsStepsPerSecond: spreadOf(updates, ({ physics }) => stepsPerUpdate / physics),
    ofPhysics: spreadOf(updates, ({ collect, learn, physics }) => physics / (collect + learn)),
    collect: total('collect') / all,
    learn: total('learn') / all,
    ...(garbage === undefined ? {} : { garbage: garbage / all }),
  };
}
