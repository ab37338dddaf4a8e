import fs from 'node:fs/promises';
import path from 'node:path';
import { InvalidInputError, UnknownNameError } from '@mikt/core';
import { AppendFile } from './append-file.js';
import type { Checkpoint } from './checkpoint.js';
import { checkpointPath, listCheckpoints, MANIFEST, writeCheckpoint } from './checkpoint-files.js';
import type { EventWriter, MetricsRow } from './events.js';
import { fileError, writeWhole } from './files.js';
import { checkManifest, formatManifest, type NewRunManifest, type RunManifest } from './manifest.js';
import { formatRow } from './metrics.js';

export const METRICS = 'metrics.csv';
export const EPISODES = 'episodes.csv';

export interface RunWriterOptions {
  /** How many checkpoints stay; older ones are deleted as new ones are written. Default 3. */
  readonly keepCheckpoints?: number;
}

/** Writes a run folder. Made by `createRun` and `openRun`; `close` it when done. */
export class RunWriter {
  readonly path: string;
  readonly columns: readonly string[];
  readonly #keepCheckpoints: number;
  readonly #metrics: AppendFile;
  readonly #episodes: AppendFile;
  readonly #events: EventWriter;
  #manifest: RunManifest;
  #lastSteps: number;

  constructor(
    folder: string,
    manifest: RunManifest,
    columns: readonly string[],
    events: EventWriter,
    { keepCheckpoints = 3, continuedAt }: RunWriterOptions & { readonly continuedAt?: number },
  ) {
    if (!Number.isSafeInteger(keepCheckpoints) || keepCheckpoints < 1) {
      throw new InvalidInputError(`keepCheckpoints is a whole number from 1, got ${keepCheckpoints}.`);
    }
    this.path = folder;
    this.columns = columns;
    this.#keepCheckpoints = keepCheckpoints;
    this.#manifest = manifest;
    this.#lastSteps = continuedAt ?? 0;
    this.#metrics = new AppendFile(path.join(folder, METRICS), 'continue');
    this.#episodes = new AppendFile(path.join(folder, EPISODES), 'continue');
    this.#events = events;
  }

  get manifest(): RunManifest {
    return this.#manifest;
  }

  /**
   * Appends one update's row to metrics.csv and to the TensorBoard events.
   * @throws InvalidInputError for a name that is no column or steps that go back, FileError
   */
  appendMetrics(row: MetricsRow): void {
    for (const name of Object.keys(row)) {
      if (!this.columns.includes(name)) throw new UnknownNameError('column', name, this.columns);
    }
    const steps = this.#checkSteps(row.steps);
    if (steps < this.#lastSteps) {
      throw new InvalidInputError(`steps went back from ${this.#lastSteps} to ${steps}.`);
    }
    this.#metrics.append(formatRow(this.columns.map((name) => row[name])));
    this.#lastSteps = steps;
    this.#events.appendRow(this.columns, row);
  }

  /**
   * Appends an episode that ended when the run had taken `steps` environment steps.
   * @param episode `return`: sum of its raw rewards; `length`: its environment steps
   * @throws FileError
   */
  appendEpisode(episode: { readonly steps: number; readonly return: number; readonly length: number }): void {
    this.#episodes.append(formatRow([this.#checkSteps(episode.steps), episode.return, episode.length]));
  }

  /**
   * Saves a checkpoint of the run at `steps` and deletes the oldest beyond the number to keep. The rows written
   * before it are on the disk before it is.
   * @returns the checkpoint's path
   * @throws FileError; the checkpoints before it are then untouched
   */
  async saveCheckpoint(steps: number, checkpoint: Checkpoint): Promise<string> {
    const file = checkpointPath(this.path, this.#checkSteps(steps));
    this.#metrics.sync();
    this.#episodes.sync();
    await writeCheckpoint(file, checkpoint);
    const outdated = (await listCheckpoints(this.path)).slice(0, -this.#keepCheckpoints);
    for (const { path: old } of outdated) {
      await fs.rm(old, { force: true }).catch((cause) => {
        throw fileError(old, 'cannot be deleted', cause);
      });
    }
    return file;
  }

  /**
   * Changes entries of run.json. A new status without a reason drops the old reason; a new configuration is shown to
   * TensorBoard as well.
   * @throws FileError
   */
  async updateManifest(changes: Partial<NewRunManifest>): Promise<RunManifest> {
    const { reason, ...rest } = this.#manifest;
    const keptReason = reason === undefined || changes.status !== undefined ? {} : { reason };
    const file = path.join(this.path, MANIFEST);
    const manifest = checkManifest({ ...rest, ...keptReason, ...changes }, file);
    await writeWhole(file, formatManifest(manifest, file));
    this.#manifest = manifest;
    this.#events.showConfiguration(this.#lastSteps, manifest.config);
    return manifest;
  }

  /** Closes the logs. Says nothing about the run's status: see `updateManifest`. */
  close(): void {
    this.#metrics.close();
    this.#episodes.close();
    this.#events.close();
  }

  #checkSteps(steps: number | undefined): number {
    if (steps !== undefined && Number.isSafeInteger(steps) && steps >= 0) return steps;
    throw new InvalidInputError(`steps is a whole number from 0, got ${steps}.`);
  }
}
