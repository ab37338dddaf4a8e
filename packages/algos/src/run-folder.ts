import type { FileError } from '@mikt/core';
import { MUJOCO_VERSION } from '@mikt/envs';
import type { Engine } from '@mikt/graph';
import type { NewRunManifest, RunWriter } from '@mikt/runs';
import { readTrainingState } from './checkpoint.js';
import type { RunConfig } from './config.js';
import { describeMethod } from './methods.js';
import { metricColumns, resume, type TrainingOptions, type TrainingResult, train } from './trainer.js';

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
        const run = keep(await createRun(folder, manifest, metricColumns(config, options.teachers ?? [])));
        options.onEngine?.(describeTeam(team));
        return run;
      },
    }),
  );
}

function describeRun(
  config: RunConfig,
  folder: string,
  { teachers = [], provenance }: RunOptions,
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
    versions: { mikt: provenance.version, node: process.versions.node, mujoco: MUJOCO_VERSION, engine },
    host,
    ...(provenance.git ? { git: { ...provenance.git } } : {}),
  };
}

export interface ResumeOptions extends Omit<TrainingOptions, 'openSink' | 'teachers'> {
  onEngine?(description: string): void;
  /** Told also of later checkpoints that could not be read, and of an engine that differs from the one before. */
  onNotice?(sentence: string): void;
}

/**
 * Goes on with a run from its last readable checkpoint, to the end that it would have had without interruption.
 * @throws FileError where it is no run, is damaged, or has nothing to go on from
 */
export async function resumeRun(folder: string, options: ResumeOptions = {}): Promise<TrainingResult> {
  const { openRun } = await import('@mikt/runs');
  const { run, checkpoint, damaged } = await openRun(folder);
  for (const error of damaged) options.onNotice?.(fellBack(error, checkpoint.path));
  return record(async (keep) => {
    keep(run);
    const state = readTrainingState(checkpoint, checkpoint.path);
    return resume(state, {
      ...options,
      async openSink(team) {
        if (team.engine.description !== state.engine) {
          options.onNotice?.(
            `The run was started on another engine (${state.engine}): the result will differ from an uninterrupted one by rounding.`,
          );
        }
        options.onEngine?.(describeTeam(team));
        await run.updateManifest({ status: 'running' });
        return run;
      },
    });
  });
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
    await run?.updateManifest({
      status: 'failed',
      reason: error instanceof Error ? error.message : String(error),
    });
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
