import fs from 'node:fs/promises';
import path from 'node:path';
import { FileError, InvalidInputError } from '@mikt/core';
import type { DecodedCheckpoint } from './checkpoint.js';
import { bestPath, CHECKPOINTS, listCheckpoints, MANIFEST, readCheckpoint } from './checkpoint-files.js';
import { beginEvents, continueEvents } from './events.js';
import { absolutePath, fileError, kindOf, removeTemporaries, setAside, writeWhole } from './files.js';
import {
  checkManifest,
  formatManifest,
  type NewRunManifest,
  RUN_FORMAT_VERSION,
  type RunManifest,
} from './manifest.js';
import { readManifestFile, writeManifestFile } from './manifest-file.js';
import { EPISODE_COLUMNS, formatHeader, parseMetrics } from './metrics.js';
import { createLog, RunLog, restoreLog } from './run-log.js';
import { type Rank, readRecord } from './run-record.js';
import { EPISODES, METRICS, RunWriter, type RunWriterOptions } from './run-writer.js';

/** A run opened to go on from its last readable checkpoint. */
export interface OpenedRun {
  readonly run: RunWriter;
  readonly checkpoint: DecodedCheckpoint & { readonly path: string; readonly steps: number };
  /** Checkpoints that could not be read, later ones first; each was renamed to `<its name>.damaged`. */
  readonly damaged: readonly FileError[];
  /** What else was wrong with the folder and was put right, in a sentence each. */
  readonly repaired: readonly string[];
  /** Rows beyond the checkpoint that were cut from metrics.csv and episodes.csv. */
  readonly rowsCut: number;
}

/**
 * Starts a run in a new or empty folder.
 * @param columns names of metrics.csv's columns, `steps` among them; fixed for the run's life
 * @throws InvalidInputError where the folder holds something already, FileError where it cannot be written
 */
export async function createRun(
  folder: string,
  manifest: NewRunManifest,
  columns: readonly string[],
  options: RunWriterOptions = {},
): Promise<RunWriter> {
  if (!columns.includes('steps')) throw new InvalidInputError('the columns of a run must include "steps".');
  formatHeader(columns);
  const manifestPath = path.join(folder, MANIFEST);
  const complete = checkManifest({ ...manifest, formatVersion: RUN_FORMAT_VERSION }, manifestPath);
  const manifestText = formatManifest(complete, manifestPath);
  await refuseExisting(folder);
  let isOurs = false;
  try {
    await fs.mkdir(absolutePath(path.join(folder, CHECKPOINTS)), { recursive: true });
    // Exclusive, so that of two runs started at once in one folder only one goes on.
    const metrics = await createLog(folder, METRICS, columns);
    isOurs = true;
    const episodes = await createLog(folder, EPISODES, EPISODE_COLUMNS);
    await writeWhole(manifestPath, manifestText);
    return new RunWriter(
      folder,
      complete,
      { metrics, episodes },
      beginEvents(folder, complete.config),
      options,
    );
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') await refuseExisting(folder);
    // It was empty before.
    if (isOurs) await fs.rm(folder, { recursive: true, force: true }).catch(() => undefined);
    if (cause instanceof FileError) throw cause;
    throw fileError(folder, 'cannot be made a run folder', cause);
  }
}

/**
 * Opens a run to go on from its last readable checkpoint, and puts its other files right by it: run.json and the logs
 * are restored where they are damaged, what the logs and TensorBoard event files say of later steps is cut, and a new
 * event file begins.
 * @throws FileError where it is not a run, is damaged beyond that, or no checkpoint can be read
 */
export async function openRun(folder: string, options: RunWriterOptions = {}): Promise<OpenedRun> {
  const restored = await restoreRun(folder);
  const { checkpoint, manifest, logs, best } = restored;
  const events = await continueEvents(folder, parseMetrics(logs.metrics), manifest.config);
  const metrics = new RunLog(folder, METRICS, logs.metrics);
  const episodes = new RunLog(folder, EPISODES, logs.episodes);
  const run = new RunWriter(folder, manifest, { metrics, episodes }, events, {
    ...options,
    ...(best ? { best } : {}),
    continuedAt: checkpoint.steps,
  });
  const { damaged, repaired, rowsCut } = restored;
  return { run, checkpoint, damaged, repaired, rowsCut };
}

/**
 * Puts the files of a run right that nobody writes to, as `openRun` does, event files apart.
 * @returns what was wrong, in a sentence each
 * @throws FileError as `openRun`
 */
export async function repairRun(folder: string): Promise<string[]> {
  const last = await lastReadable(folder, []);
  // An earlier version's says nothing of the other files, and a run that was put away may have none.
  if (last ? !readRecord(last.header) : await isUnbegun(folder)) return [];
  const { damaged, repaired } = await restoreRun(folder);
  return [...damaged.map(({ message }) => message), ...repaired];
}

/**
 * How a run stands by run.json, or by its last readable checkpoint where run.json is damaged. Nothing is written.
 * @returns its manifest, and the environment steps of that checkpoint; undefined where it has none
 * @throws FileError where it is no run, or damaged beyond that
 */
export async function inspectRun(
  folder: string,
): Promise<{ manifest: RunManifest; steps: number | undefined }> {
  if ((await kindOf(folder)) === 'nothing') throw new FileError(folder, 'there is no such run folder.');
  const checkpoint = await lastReadable(folder, []);
  const recorded = checkpoint && readRecord(checkpoint.header)?.manifest;
  return { manifest: (await readManifestFile(folder, recorded)).manifest, steps: checkpoint?.steps };
}

/** Whether a run was stopped before its first checkpoint: it has nothing to go on from, and nothing to lose. */
export async function isUnbegun(folder: string): Promise<boolean> {
  if ((await kindOf(path.join(folder, MANIFEST))) !== 'file') return false;
  const checkpoints = path.join(folder, CHECKPOINTS);
  const names = (await kindOf(checkpoints)) === 'folder' ? await fs.readdir(checkpoints) : [];
  return !names.some((name) => /\.safetensors(\.damaged)?$/.test(name));
}

/** Removes what such a run has left, so that it can begin again in its folder. @throws FileError */
export async function removeUnbegun(folder: string): Promise<void> {
  if (!(await isUnbegun(folder)))
    throw new FileError(folder, 'is not a run that was stopped before its first checkpoint.');
  await fs.rm(folder, { recursive: true }).catch((cause) => {
    throw fileError(folder, 'cannot be deleted', cause);
  });
}

interface RestoredRun {
  readonly checkpoint: OpenedRun['checkpoint'];
  readonly manifest: RunManifest;
  readonly logs: { readonly metrics: string; readonly episodes: string };
  readonly best: Rank | undefined;
  readonly damaged: readonly FileError[];
  readonly repaired: readonly string[];
  readonly rowsCut: number;
}

async function restoreRun(folder: string): Promise<RestoredRun> {
  const damaged: FileError[] = [];
  const checkpoint = await lastReadable(folder, damaged);
  const record = checkpoint && readRecord(checkpoint.header);
  const { manifest, repaired: manifestRepaired } = await readManifestFile(folder, record?.manifest);
  if (checkpoint === undefined) {
    const reason = damaged.length > 0 ? `none of its checkpoints can be read: ${damaged[0]!.message}` : '';
    throw new FileError(
      folder,
      `cannot be resumed, ${reason || 'it stopped before its first checkpoint.'} Start it again with another --out.`,
      { cause: damaged[0] },
    );
  }

  // Nothing has been changed up to here; from here on everything can be done twice.
  for (const error of damaged) await setAside(error.path);
  await removeTemporaries(folder);
  await removeTemporaries(path.join(folder, CHECKPOINTS));
  if (manifestRepaired) await writeManifestFile(folder, manifest);
  const metrics = await restoreLog(folder, METRICS, checkpoint.steps, record?.logs.metrics);
  const episodes = await restoreLog(folder, EPISODES, checkpoint.steps, record?.logs.episodes);
  const best = await readBest(folder);
  return {
    checkpoint,
    manifest,
    logs: { metrics: metrics.text, episodes: episodes.text },
    best: best.rank,
    damaged,
    repaired: [manifestRepaired, metrics.repaired, episodes.repaired, best.repaired].filter(
      (sentence) => sentence !== undefined,
    ),
    rowsCut: metrics.rowsCut + episodes.rowsCut,
  };
}

/** The best one comes last: it may be far behind, but is better than none. */
async function lastReadable(
  folder: string,
  damaged: FileError[],
): Promise<OpenedRun['checkpoint'] | undefined> {
  const read = async (file: string) => {
    try {
      return await readCheckpoint(file);
    } catch (error) {
      if (!(error instanceof FileError) || isRefused(error)) throw error;
      damaged.push(error);
      return undefined;
    }
  };
  for (const { path: file, steps } of (await listCheckpoints(folder)).reverse()) {
    const checkpoint = await read(file);
    if (checkpoint) return { ...checkpoint, path: file, steps };
  }
  const best = bestPath(folder);
  const checkpoint = (await kindOf(best)) === 'file' ? await read(best) : undefined;
  const steps = checkpoint && readRecord(checkpoint.header)?.steps;
  return steps === undefined ? undefined : { ...checkpoint!, path: best, steps };
}

/** The system did not let us look: that says nothing of the file. */
function isRefused(error: FileError): boolean {
  const code = (error.cause as NodeJS.ErrnoException | undefined)?.code;
  return code !== undefined && ['EACCES', 'EPERM', 'EMFILE', 'ENFILE', 'ENOMEM'].includes(code);
}

async function readBest(folder: string): Promise<{ rank?: Rank | undefined; repaired?: string }> {
  const file = bestPath(folder);
  if ((await kindOf(file)) !== 'file') return {};
  try {
    return { rank: readRecord((await readCheckpoint(file)).header)?.rank };
  } catch (error) {
    if (!(error instanceof FileError) || isRefused(error)) throw error;
    await setAside(file);
    return {
      repaired: `${error.message} It was renamed to ${path.basename(file)}.damaged; the best one from here on takes its place.`,
    };
  }
}

async function refuseExisting(folder: string): Promise<void> {
  const kind = await kindOf(folder);
  if (kind === 'file') throw new InvalidInputError(`${folder} is a file; choose another --out.`);
  if (kind === 'nothing') return;
  const names = await fs.readdir(folder).catch((cause) => {
    throw fileError(folder, 'cannot be read', cause);
  });
  if (names.includes(MANIFEST)) {
    throw new InvalidInputError(
      `${folder} already holds a run; choose another --out, or go on with it: mikt resume ${folder}`,
    );
  }
  if (names.length > 0) {
    throw new InvalidInputError(`${folder} is not empty; choose another --out, or a new folder.`);
  }
}
