import fs from 'node:fs/promises';
import path from 'node:path';
import { FileError, InvalidInputError } from '@mikt/core';
import type { DecodedCheckpoint } from './checkpoint.js';
import { CHECKPOINTS, listCheckpoints, MANIFEST, readCheckpoint } from './checkpoint-files.js';
import { beginEvents, continueEvents } from './events.js';
import { fileError, kindOf, readText, removeTemporaries, writeWhole } from './files.js';
import {
  checkManifest,
  formatManifest,
  type NewRunManifest,
  parseManifest,
  RUN_FORMAT_VERSION,
} from './manifest.js';
import { cutTable, EPISODE_COLUMNS, formatHeader, parseMetrics } from './metrics.js';
import { EPISODES, METRICS, RunWriter, type RunWriterOptions } from './run-writer.js';

/** A run opened to go on from its last readable checkpoint. */
export interface OpenedRun {
  readonly run: RunWriter;
  readonly checkpoint: DecodedCheckpoint & { readonly path: string; readonly steps: number };
  /** Later checkpoints that could not be read, newest first; each was renamed to `<its name>.damaged`. */
  readonly damaged: readonly FileError[];
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
  const header = formatHeader(columns);
  const manifestPath = path.join(folder, MANIFEST);
  const complete = checkManifest({ ...manifest, formatVersion: RUN_FORMAT_VERSION }, manifestPath);
  const manifestText = formatManifest(complete, manifestPath);
  await refuseExisting(folder);
  try {
    await fs.mkdir(path.join(folder, CHECKPOINTS), { recursive: true });
    // Exclusive, so that of two runs started at once in one folder only one goes on.
    await fs.writeFile(path.join(folder, METRICS), header, { flag: 'wx' });
    await fs.writeFile(path.join(folder, EPISODES), formatHeader(EPISODE_COLUMNS), { flag: 'wx' });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') await refuseExisting(folder);
    throw fileError(folder, 'cannot be made a run folder', cause);
  }
  await writeWhole(manifestPath, manifestText);
  return new RunWriter(folder, complete, columns, beginEvents(folder, complete.config), options);
}

/**
 * Opens a run to go on from its last readable checkpoint. Everything the run did after it is cut from the logs and
 * from the TensorBoard event files, and a new event file begins.
 * @throws FileError where it is not a run, its files are damaged, or no checkpoint can be read
 */
export async function openRun(folder: string, options: RunWriterOptions = {}): Promise<OpenedRun> {
  const manifestPath = path.join(folder, MANIFEST);
  if ((await kindOf(manifestPath)) !== 'file') {
    throw new FileError(folder, `is not a run folder (it has no ${MANIFEST}).`);
  }
  const manifest = parseManifest(await readText(manifestPath), manifestPath);
  const damaged: FileError[] = [];
  const checkpoint = await lastReadable(folder, damaged);
  if (checkpoint === undefined) {
    const reason = damaged.length > 0 ? `none of its checkpoints can be read: ${damaged[0]!.message}` : '';
    throw new FileError(
      folder,
      `cannot be resumed, ${reason || 'it stopped before its first checkpoint.'} Start it again with another --out.`,
      { cause: damaged[0] },
    );
  }

  // Nothing has been changed up to here; from here on everything can be done twice.
  for (const error of damaged) {
    await fs
      .rename(error.path, `${error.path}.damaged`)
      .catch((cause) => Promise.reject(fileError(error.path, 'cannot be renamed', cause)));
  }
  await removeTemporaries(folder);
  await removeTemporaries(path.join(folder, CHECKPOINTS));
  const metrics = await cutFile(path.join(folder, METRICS), checkpoint.steps);
  const episodes = await cutFile(path.join(folder, EPISODES), checkpoint.steps);
  const events = await continueEvents(folder, parseMetrics(metrics.text), manifest.config);
  const run = new RunWriter(folder, manifest, metrics.columns, events, {
    ...options,
    continuedAt: checkpoint.steps,
  });
  return { run, checkpoint, damaged, rowsCut: metrics.rowsCut + episodes.rowsCut };
}

async function lastReadable(
  folder: string,
  damaged: FileError[],
): Promise<OpenedRun['checkpoint'] | undefined> {
  for (const { path: file, steps } of (await listCheckpoints(folder)).reverse()) {
    try {
      return { ...(await readCheckpoint(file)), path: file, steps };
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      damaged.push(error);
    }
  }
  return undefined;
}

async function cutFile(
  file: string,
  lastSteps: number,
): Promise<{ columns: readonly string[]; text: string; rowsCut: number }> {
  const text = await readText(file);
  const cut = cutTable(text, lastSteps, file);
  if (cut.text !== text) await writeWhole(file, cut.text);
  return cut;
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
