import path from 'node:path';
import { FileError } from '@mikt/core';
import { listCheckpoints, MANIFEST } from './checkpoint-files.js';
import { kindOf, readText } from './files.js';
import { parseManifest, type RunManifest } from './manifest.js';
import { type Columns, type Episodes, parseEpisodes, parseMetrics } from './metrics.js';
import { EPISODES, METRICS } from './run-writer.js';

export interface Run {
  readonly path: string;
  readonly manifest: RunManifest;
  readonly metrics: Columns;
  readonly episodes: Episodes;
}

/** Reads a run's manifest and logs, also while it is being written. @throws FileError where it is no run, or damaged */
export async function readRun(folder: string): Promise<Run> {
  const kind = await kindOf(folder);
  if (kind === 'nothing') throw new FileError(folder, 'there is no such run folder.');
  const file = (name: string) => path.join(folder, name);
  if (kind === 'file' || (await kindOf(file(MANIFEST))) !== 'file') {
    throw new FileError(folder, `is not a run folder (it has no ${MANIFEST}).`);
  }
  try {
    return {
      path: folder,
      manifest: parseManifest(await readText(file(MANIFEST)), file(MANIFEST)),
      metrics: parseMetrics(await readText(file(METRICS)), file(METRICS)),
      episodes: parseEpisodes(await readText(file(EPISODES)), file(EPISODES)),
    };
  } catch (error) {
    if (!(error instanceof FileError) || (await listCheckpoints(folder)).length === 0) throw error;
    const problem = error.message.slice(error.path.length + 2);
    throw new FileError(error.path, `${problem} Its checkpoints may restore it: mikt resume ${folder}`, {
      cause: error,
    });
  }
}
