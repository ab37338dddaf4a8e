import fs from 'node:fs/promises';
import path from 'node:path';
import { InvalidInputError, UnknownNameError } from '@mikt/core';
import type { Checkpoint } from './checkpoint.js';
import { bestPath, checkpointPath, listCheckpoints, MANIFEST, writeCheckpoint } from './checkpoint-files.js';
import type { EventWriter, MetricsRow } from './events.js';
import { absolutePath, fileError, linkWhole, writeWhole } from './files.js';
import { checkManifest, type NewRunManifest, type RunManifest } from './manifest.js';
import { writeManifestFile } from './manifest-file.js';
import type { RunLog } from './run-log.js';
import { type Rank, RECORD, type RunRecord } from './run-record.js';
import { encodeSafetensors, type Safetensors } from './safetensors.js';

export const METRICS = 'metrics.csv';
export const EPISODES = 'episodes.csv';
const FAILURES = 'failures';
/** How many failures stay, so that a run that fails again and again does not fill the disk. */
const KEPT_FAILURES = 10;

export interface RunWriterOptions {
  /** How many checkpoints stay; older ones are deleted as new ones are written. Default 3. */
  readonly keepCheckpoints?: number;
}

/** Writes a run folder. Made by `createRun` and `openRun`; `close` it when done. */
export class RunWriter {
  readonly path: string;
  readonly columns: readonly string[];
  #keepCheckpoints = 0;
  readonly #metrics: RunLog;
  readonly #episodes: RunLog;
  readonly #events: EventWriter;
  #manifest: RunManifest;
  #lastSteps: number;
  /** Of the best checkpoint. */
  #best: Rank | undefined;

  constructor(
    folder: string,
    manifest: RunManifest,
    logs: { readonly metrics: RunLog; readonly episodes: RunLog },
    events: EventWriter,
    {
      keepCheckpoints = 3,
      continuedAt,
      best,
    }: RunWriterOptions & { readonly continuedAt?: number; readonly best?: Rank },
  ) {
    this.path = folder;
    this.columns = logs.metrics.columns;
    this.keepCheckpoints = keepCheckpoints;
    this.#manifest = manifest;
    this.#lastSteps = continuedAt ?? 0;
    this.#best = best;
    this.#metrics = logs.metrics;
    this.#episodes = logs.episodes;
    this.#events = events;
  }

  /** How many checkpoints stay, the best one apart. @throws InvalidInputError where it is not a whole number from 1 */
  get keepCheckpoints(): number {
    return this.#keepCheckpoints;
  }

  set keepCheckpoints(count: number) {
    if (!Number.isSafeInteger(count) || count < 1) {
      throw new InvalidInputError(`keepCheckpoints is a whole number from 1, got ${count}.`);
    }
    this.#keepCheckpoints = count;
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
    this.#metrics.append(this.columns.map((name) => row[name]));
    this.#lastSteps = steps;
    this.#events.appendRow(this.columns, row);
  }

  /**
   * Appends an episode that ended when the run had taken `steps` environment steps.
   * @param episode `return`: sum of its raw rewards; `length`: its environment steps
   * @throws FileError
   */
  appendEpisode(episode: { readonly steps: number; readonly return: number; readonly length: number }): void {
    this.#episodes.append([this.#checkSteps(episode.steps), episode.return, episode.length]);
  }

  /**
   * Saves a checkpoint of the run at `steps` and deletes the oldest beyond the number to keep. The rows written
   * before it are on the disk before it is. Its header gets what it takes to put the run's other files right.
   * @param rank where it is the best one so far, it is kept as `checkpoints/best.safetensors` as well
   * @returns the checkpoint's path
   * @throws FileError; the checkpoints before it are then untouched
   */
  async saveCheckpoint(steps: number, checkpoint: Checkpoint, rank?: Rank): Promise<string> {
    const file = checkpointPath(this.path, this.#checkSteps(steps));
    const record: RunRecord = {
      steps,
      manifest: this.#manifest,
      logs: { metrics: this.#metrics.mark(), episodes: this.#episodes.mark() },
      ...(rank ? { rank } : {}),
    };
    await writeCheckpoint(file, { ...checkpoint, header: { ...checkpoint.header, [RECORD]: record } });
    if (rank) await this.#keepBest(file, rank);
    const outdated = (await listCheckpoints(this.path)).slice(0, -this.#keepCheckpoints);
    for (const { path: old } of outdated) {
      await fs.rm(old, { force: true }).catch((cause) => {
        throw fileError(old, 'cannot be deleted', cause);
      });
    }
    return file;
  }

  /**
   * Keeps what it takes to look into a failure, as `failures/<name>/state.safetensors` and `batch.safetensors`; of
   * many failures the last ten.
   * @param state the checkpoint before it
   * @param batch what it failed on
   * @returns the folder's path
   * @throws FileError
   */
  async saveFailure(name: string, state: Checkpoint, batch: Safetensors): Promise<string> {
    const folder = path.join(this.path, FAILURES, name);
    await fs.mkdir(absolutePath(folder), { recursive: true }).catch((cause) => {
      throw fileError(folder, 'cannot be made', cause);
    });
    await writeCheckpoint(path.join(folder, 'state.safetensors'), state);
    await writeWhole(path.join(folder, 'batch.safetensors'), encodeSafetensors(batch));
    await this.#forgetFailures();
    return folder;
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
    await writeManifestFile(this.path, manifest);
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

  async #keepBest(file: string, rank: Rank): Promise<void> {
    const best = bestPath(this.path);
    if (this.#best && this.#best.group !== rank.group) {
      await fs.rm(best, { force: true });
      this.#best = undefined;
    }
    if (rank.score === null || (this.#best?.score ?? Number.NEGATIVE_INFINITY) >= rank.score) return;
    await linkWhole(file, best);
    this.#best = rank;
  }

  async #forgetFailures(): Promise<void> {
    const parent = path.join(this.path, FAILURES);
    const folders = await Promise.all(
      (await fs.readdir(parent)).map(async (name) => {
        const folder = path.join(parent, name);
        return { folder, changedAt: (await fs.stat(folder)).mtimeMs };
      }),
    );
    const outdated = folders.sort((a, b) => a.changedAt - b.changedAt).slice(0, -KEPT_FAILURES);
    for (const { folder } of outdated) await fs.rm(folder, { recursive: true, force: true });
  }

  #checkSteps(steps: number | undefined): number {
    if (steps !== undefined && Number.isSafeInteger(steps) && steps >= 0) return steps;
    throw new InvalidInputError(`steps is a whole number from 0, got ${steps}.`);
  }
}
