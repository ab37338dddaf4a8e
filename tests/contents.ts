import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readTrainingState } from '@mikt/algos';
import { type Columns, lastCheckpoint, readCheckpoint, readRun } from '@mikt/runs';

/** Of a run what must not depend on what happened to it on the way, clocks apart. */
export interface RunContents {
  /** Of its last checkpoint. */
  readonly state: object;
  readonly progress: object;
  /** Of metrics.csv. */
  readonly columns: Columns;
  /** The text of episodes.csv. */
  readonly episodes: string;
}

export async function contentsOf(folder: string): Promise<RunContents> {
  const { path: file } = (await lastCheckpoint(folder))!;
  const { progress, ...state } = readTrainingState(await readCheckpoint(file), file);
  const { seconds: _, steps_per_second: __, ...columns } = (await readRun(folder)).metrics;
  const episodes = readFileSync(path.join(folder, 'episodes.csv'), 'utf8');
  return { state, progress: { ...progress, seconds: 0 }, columns, episodes };
}
