import type { FileError } from '@mikt/core';
import { makeEnv, mujocoVersion } from '@mikt/envs';
import { createEngine } from '@mikt/graph';
import type { NewRunManifest, RunWriter } from '@mikt/runs';
import { readTrainingState } from './checkpoint.js';
import type { RunConfig } from './config.js';
import { checkTeachers } from './methods.js';
import { metricColumns, resume, type TrainingOptions, type TrainingResult, train } from './trainer.js';

/** Who started a run and from which source, for its manifest. */
export interface Provenance {
  /** Argument vector, `mikt` first. */
  readonly command: readonly string[];
  /** Version of the program that runs the training. */
  readonly version: string;
  readonly git?: { readonly commit: string; readonly dirty: boolean };
}

export interface RunOptions extends Omit<TrainingOptions, 'sink' | 'engine'> {
  readonly provenance: Provenance;
  /** Told once which engine runs, in words. */
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
  const { teachers = [], provenance, createEnv = makeEnv } = options;
  checkTeachers(config, teachers);
  // An environment that cannot be made must not leave a run folder behind.
  (await createEnv(config.env)).dispose();
  const { createRun, describeHost } = await import('@mikt/runs');
  const engine = await createEngine(config.engine);
  try {
    const manifest: NewRunManifest = {
      name: folder.split(/[\\/]/).filter(Boolean).at(-1) ?? folder,
      createdAt: new Date().toISOString(),
      command: [...provenance.command],
      status: 'running',
      config: { ...config },
      env: config.env,
      algo: config.algo,
      seed: config.seed,
      steps: config.steps,
      ...(teachers[0]
        ? {
            teacher: {
              source: teachers[0].source,
              env: teachers[0].env,
              fingerprint: teachers[0].fingerprint,
            },
          }
        : {}),
      versions: {
        mikt: provenance.version,
        node: process.versions.node,
        mujoco: await mujocoVersion(),
        engine: engine.description,
      },
      host: describeHost(),
      ...(provenance.git ? { git: { ...provenance.git } } : {}),
    };
    const run = await createRun(folder, manifest, metricColumns(config));
    options.onEngine?.(engine.description);
    return await record(run, () => train(config, { ...options, engine, sink: run }));
  } finally {
    engine.dispose();
  }
}

export interface ResumeOptions extends Omit<TrainingOptions, 'sink' | 'engine' | 'teachers'> {
  onEngine?(description: string): void;
  /** Told of later checkpoints that could not be read, and of an engine that differs from the one before. */
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
  return record(run, async () => {
    const state = readTrainingState(checkpoint, checkpoint.path);
    const engine = await createEngine(state.config.engine);
    try {
      if (engine.description !== state.engine) {
        options.onNotice?.(
          `The run was started on another engine (${state.engine}): the result will differ from an uninterrupted one by rounding.`,
        );
      }
      options.onEngine?.(engine.description);
      await run.updateManifest({ status: 'running' });
      return await resume(state, { ...options, engine, sink: run });
    } finally {
      engine.dispose();
    }
  });
}

/** Runs `training` and writes how it ended into the manifest, whatever happens. */
async function record(run: RunWriter, training: () => Promise<TrainingResult>): Promise<TrainingResult> {
  try {
    const result = await training();
    await run.updateManifest({ status: result.status });
    return result;
  } catch (error) {
    await run.updateManifest({
      status: 'failed',
      reason: error instanceof Error ? error.message : String(error),
    });
    throw error;
  } finally {
    run.close();
  }
}

function fellBack(error: FileError, used: string): string {
  return `A later checkpoint could not be read (${error.message}); going on from ${used}.`;
}
