import * as z from 'zod';
import { manifestSchema, type RunManifest } from './manifest.js';

const count = z.int().min(0);

const mark = z.object({
  columns: z.array(z.string()).min(1),
  rows: count,
  bytes: count,
  sha256: z.string(),
});

const rank = z.object({ group: z.string(), score: z.number().nullable() });

const recordSchema = z.object({
  steps: count,
  manifest: manifestSchema,
  logs: z.object({ metrics: mark, episodes: mark }),
  rank: rank.optional(),
});

/** How far a log had come at a checkpoint: its columns, its rows, its bytes and their SHA-256. */
export type LogMark = z.infer<typeof mark>;

/**
 * What a checkpoint is worth: the best one of a run is the one with the highest `score` of the last `group`. A null
 * score is none yet; a new group drops the best of the one before.
 */
export type Rank = Readonly<z.infer<typeof rank>>;

/** What a run's checkpoint says of the run itself: enough to put the other files of its folder right. */
export interface RunRecord {
  /** Environment steps at which it was taken. */
  readonly steps: number;
  /** run.json as it was then. */
  readonly manifest: RunManifest;
  readonly logs: { readonly metrics: LogMark; readonly episodes: LogMark };
  readonly rank?: Rank | undefined;
}

/** The header's key. */
export const RECORD = 'run';

/** What a checkpoint's header says of its run; undefined where an earlier version wrote it, or no run did. */
export function readRecord(header: Readonly<Record<string, unknown>>): RunRecord | undefined {
  const result = recordSchema.safeParse(header[RECORD]);
  return result.success ? result.data : undefined;
}
