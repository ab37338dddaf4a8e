import { FileError, InvalidInputError } from '@mikt/core';
import { MUJOCO_VERSION, type RobotDefinition, robotFingerprint } from '@mikt/envs';
import type { Engine } from '@mikt/graph';
import type { NewRunManifest, RunManifest, RunWriter } from '@mikt/runs';
import { readTrainingState, type TrainingState } from './checkpoint.js';
import { type RunConfig, resolveConfig } from './config.js';
import { continuedConfig, describeContinuation, plannedTotals } from './continuation.js';
import { describeMethod } from './methods.js';
import { writeRobot } from './robot-folder.js';
import { resume, train } from './trainer.js';
import {
  metricColumns,
  type TrainingOptions,
  type TrainingResult,
  type TrainingSink,
} from './training-options.js';

/** Who started a run and from which source, for its manifest. */
export interface Provenance {
  /** Argument vector, `mikt` first. */
  readonly command: readonly string[];
  /** Version of the program that runs the training. */
  readonly version: string;
  readonly git?: { readonly commit: string; readonly dirty: boolean };
}

export interface RunOptions extends Omit<TrainingOptions, 'openSink'> {
  readonly provenance: Provenance;
  /** Told once what runs the networks, in words. */
  onEngine?(description: string): void;
}

/**
 * Trains into a new run folder: manifest, metrics, episodes, TensorBoard events and checkpoints.
 * @param folder must not hold a run yet
 * @throws InvalidInputError before anything is written where environment, teachers or folder do not do
 */
export async function trainRun(
  config: RunConfig,
  folder: string,
  options: RunOptions,
): Promise<TrainingResult> {
  return record((keep) =>
    train(config, {
      ...options,
      async openSink(team) {
        const { createRun, describeHost } = await import('@mikt/runs');
        const manifest = describeRun(config, folder, options, team.engine.description, describeHost());
        const columns = metricColumns(config, options.teachers ?? []);
        const { keepCheckpoints } = config;
        const run = keep(await createRun(folder, manifest, columns, { keepCheckpoints }));
        if (options.robot) await writeRobot(folder, options.robot);
        options.onEngine?.(describeTeam(team));
        return run;
      },
    }),
  );
}

function describeRun(
  config: RunConfig,
  folder: string,
  { teachers = [], robot, provenance }: RunOptions,
  engine: string,
  host: NewRunManifest['host'],
): NewRunManifest {
  return {
    name: folder.split(/[\\/]/).filter(Boolean).at(-1) ?? folder,
    createdAt: new Date().toISOString(),
    command: [...provenance.command],
    status: 'running',
    config: { ...config },
    env: config.env,
    algo: config.algo,
    method: describeMethod(config),
    seed: config.seed,
    steps: config.steps,
    ...(teachers.length > 0
      ? { teachers: teachers.map(({ source, env, fingerprint }) => ({ source, env, fingerprint })) }
      : {}),
    ...(robot ? { robot: { model: robot.model, fingerprint: robotFingerprint(robot) } } : {}),
    versions: describeVersions(provenance, engine),
    host,
    ...(provenance.git ? { git: { ...provenance.git } } : {}),
  };
}

function describeVersions({ version }: Provenance, engine: string): Record<string, string> {
  return { mikt: version, node: process.versions.node, mujoco: MUJOCO_VERSION, engine };
}

export interface ResumeOptions extends Omit<TrainingOptions, 'openSink' | 'teachers' | 'robot'> {
  onEngine?(description: string): void;
  /** A larger total of environment steps, to which the run goes on when it has those it is planned for. */
  readonly more?: { readonly steps: number; readonly provenance: Provenance };
  /** What the run does from here on where a number is not finite (default: what its configuration says). */
  readonly onNan?: RunConfig['onNan'];
  /**
   * Told also of later checkpoints that could not be read, of other damage that was put right, of an engine that
   * differs from the one before, and of what becomes of the schedules of a run that is given more steps.
   */
  onNotice?(sentence: string): void;
}

/**
 * Goes on with a run from its last readable checkpoint, to the end that it would have had without interruption, and
 * from there to `more` steps. A run that was given more steps goes through its totals one after the other, each with
 * the schedules of its own: wherever it is interrupted, it ends with the same bits.
 * @throws InvalidInputError before anything is written where `more` is fewer steps than planned;
 * FileError where it is no run, is damaged, or has nothing to go on from
 */
export async function resumeRun(folder: string, options: ResumeOptions = {}): Promise<TrainingResult> {
  const { inspectRun, openRun } = await import('@mikt/runs');
  const { more, onNotice } = options;
  const total = more && totalOf((await inspectRun(folder)).manifest, more.steps);
  const { run, checkpoint, damaged, repaired } = await openRun(folder);
  for (const error of damaged) onNotice?.(fellBack(error, checkpoint.path));
  for (const sentence of repaired) onNotice?.(sentence);
  return record(async (keep) => {
    keep(run);
    const saved = readTrainingState(checkpoint, checkpoint.path);
    const config = await checkConfig(run, saved.config, onNotice);
    const { manifest } = run;
    checkRobot(manifest, saved.robot, checkpoint.path);
    const state = { ...saved, config: { ...saved.config, onNan: options.onNan ?? config.onNan } };
    run.keepCheckpoints = state.config.keepCheckpoints;
    const isGivenMore = total !== undefined && total > manifest.steps;
    const totals = [...plannedTotals(manifest), ...(isGivenMore ? [total] : [])];
    const sink = sinkWithColumns(run, metricColumns(state.config, state.teachers));
    let begun = false;
    return resumeThrough(totals, state, {
      ...options,
      async openSink(team) {
        if (begun) return sink;
        begun = true;
        if (state.robot) await writeRobot(folder, state.robot);
        if (team.engine.description !== state.engine) {
          onNotice?.(
            `The run was started on another engine (${state.engine}): the result will differ from an uninterrupted one by rounding.`,
          );
        }
        options.onEngine?.(describeTeam(team));
        await run.updateManifest({
          ...(isGivenMore ? describeMore(manifest, total, more!.provenance, team.engine.description) : {}),
          status: 'running',
        });
        if (state.config.onNan !== config.onNan) {
          await run.updateManifest({ config: { ...run.manifest.config, onNan: state.config.onNan } });
        }
        return sink;
      },
    });
  });
}

/** @throws FileError where a checkpoint is of another robot than its run */
function checkRobot({ robot }: RunManifest, own: RobotDefinition | undefined, path: string): void {
  if (robot?.fingerprint === (own && robotFingerprint(own))) return;
  throw new FileError(
    path,
    'is of another robot than its run.json says: model or task differ. Put back the checkpoints that belong to the run.',
  );
}

/**
 * The configuration in run.json, where it is the checkpoint's but for what a run may be given later: its steps, and
 * what to do where a number is not finite. Where it is not, it was damaged, and the checkpoint's takes its place.
 */
async function checkConfig(
  run: RunWriter,
  saved: RunConfig,
  onNotice: ResumeOptions['onNotice'],
): Promise<RunConfig> {
  const { steps, config } = run.manifest;
  let different: string[];
  try {
    const recorded = resolveConfig(config);
    const value = (of: RunConfig, key: string) => JSON.stringify(of[key as keyof RunConfig]);
    different = Object.keys({ ...saved, ...recorded }).filter(
      (key) => key !== 'steps' && key !== 'onNan' && value(saved, key) !== value(recorded, key),
    );
    if (different.length === 0) return recorded;
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    different = [error.message];
  }
  await run.updateManifest({ config: { ...saved, steps } });
  onNotice?.(
    `The configuration in ${run.path}/run.json was not the checkpoint's (${different.join(', ')}); it was restored from it.`,
  );
  return saved;
}

/** A run folder of an earlier version keeps its columns: what it has none for is left out. */
function sinkWithColumns(run: RunWriter, columns: readonly string[]): TrainingSink {
  const absent = new Set(columns.filter((name) => !run.columns.includes(name)));
  return {
    appendMetrics: (row) =>
      run.appendMetrics(Object.fromEntries(Object.entries(row).filter(([name]) => !absent.has(name)))),
    appendEpisode: (episode) => run.appendEpisode(episode),
    saveCheckpoint: (steps, checkpoint, rank) => run.saveCheckpoint(steps, checkpoint, rank),
    saveFailure: (name, state, batch) => run.saveFailure(name, state, batch),
  };
}

function totalOf({ config }: RunManifest, steps: number): number {
  return continuedConfig(resolveConfig(config), steps).steps;
}

/** What run.json says of a run that is given a larger total. */
function describeMore(
  { config, steps, continuations = [] }: RunManifest,
  total: number,
  provenance: Provenance,
  engine: string,
): Pick<NewRunManifest, 'config' | 'steps' | 'continuations'> {
  const continuation = {
    at: new Date().toISOString(),
    from: steps,
    to: total,
    command: [...provenance.command],
    versions: describeVersions(provenance, engine),
    ...(provenance.git ? { git: { ...provenance.git } } : {}),
  };
  return {
    config: { ...config, steps: total },
    steps: total,
    continuations: [...continuations, continuation],
  };
}

/** Goes on to each of the totals that is still ahead. What a checkpoint says of its own total is from when it was saved. */
async function resumeThrough(
  totals: readonly number[],
  state: TrainingState,
  options: TrainingOptions,
): Promise<TrainingResult> {
  const { steps } = state.progress;
  const ahead = totals.findIndex((total) => total > steps);
  const next = ahead < 0 ? totals.length - 1 : ahead;
  const config = { ...state.config, steps: totals[next]! };
  if (steps === totals[next - 1]) {
    const sentences = describeContinuation({ ...config, steps }, config, state.agent);
    for (const sentence of sentences) options.onNotice?.(sentence);
  }
  const result = await resume({ ...state, config }, options);
  const isLast = next === totals.length - 1;
  return isLast || result.status === 'interrupted' ? result : resumeThrough(totals, result.state, options);
}

/** Runs `training` and writes how it ended into the manifest of the run it keeps, if it came so far. */
async function record(
  training: (keep: (run: RunWriter) => RunWriter) => Promise<TrainingResult>,
): Promise<TrainingResult> {
  let run: RunWriter | undefined;
  const keep = (opened: RunWriter) => {
    run = opened;
    return opened;
  };
  try {
    const result = await training(keep);
    await run?.updateManifest({ status: result.status });
    return result;
  } catch (error) {
    // What could not begin to go on stays what it was.
    if (run?.manifest.status === 'running') {
      const reason = error instanceof Error ? error.message : String(error);
      // Where run.json cannot be written either, the first error is the one to tell of.
      await run.updateManifest({ status: 'failed', reason }).catch(() => undefined);
    }
    throw error;
  } finally {
    run?.close();
  }
}

function describeTeam({ engine, threads }: { engine: Engine; threads: number }): string {
  return `${engine.description}; ${threads === 1 ? 'one thread' : `${threads} threads`}`;
}

function fellBack(error: FileError, used: string): string {
  return `A later checkpoint could not be read (${error.message}); going on from ${used}.`;
}
