import fs from 'node:fs/promises';
import path from 'node:path';
import { FileError, InvalidInputError } from '@mikt/core';
import { type Checkpoint, type DecodedCheckpoint, decodeCheckpoint, encodeCheckpoint } from './checkpoint.js';
import { fileError, kindOf, readBytes, writeWhole } from './files.js';

export const MANIFEST = 'run.json';
export const CHECKPOINTS = 'checkpoints';
const BEST = 'best.safetensors';

export interface CheckpointFile {
  readonly path: string;
  /** Environment steps at which it was taken. */
  readonly steps: number;
}

/** Writes a checkpoint whole: a crash leaves the old file or the new one. @throws FileError, InvalidInputError */
export async function writeCheckpoint(file: string, checkpoint: Checkpoint): Promise<void> {
  await writeWhole(file, encodeCheckpoint(checkpoint));
}

/** @throws FileError where the file is missing, damaged, no checkpoint, or of a newer format */
export async function readCheckpoint(file: string): Promise<DecodedCheckpoint> {
  return decodeCheckpoint(await readBytes(file), file);
}

/** Where a run keeps the checkpoint taken at `steps`; the names sort as the numbers do. */
export function checkpointPath(folder: string, steps: number): string {
  return path.join(folder, CHECKPOINTS, `${String(steps).padStart(10, '0')}.safetensors`);
}

/** A run's checkpoints, oldest first. @throws FileError where the folder cannot be read */
export async function listCheckpoints(folder: string): Promise<CheckpointFile[]> {
  const checkpoints = path.join(folder, CHECKPOINTS);
  if ((await kindOf(checkpoints)) !== 'folder') return [];
  const names = await fs.readdir(checkpoints).catch((cause) => {
    throw fileError(checkpoints, 'cannot be read', cause);
  });
  return names
    .filter((name) => /^\d{10,}\.safetensors$/.test(name))
    .map((name) => ({ path: path.join(checkpoints, name), steps: Number.parseInt(name, 10) }))
    .sort((a, b) => a.steps - b.steps);
}

/** A run's newest checkpoint, unread; undefined where it has none yet. */
export async function lastCheckpoint(folder: string): Promise<CheckpointFile | undefined> {
  return (await listCheckpoints(folder)).at(-1);
}

/** Where a run keeps its best checkpoint. */
export function bestPath(folder: string): string {
  return path.join(folder, CHECKPOINTS, BEST);
}

/**
 * The checkpoint file that a path means: a run's last or best one, or the file itself.
 * @throws FileError where there is nothing, or a run without checkpoints; InvalidInputError where the best one of a
 * file is asked for
 */
export async function resolveCheckpoint(given: string, which: 'last' | 'best' = 'last'): Promise<string> {
  const kind = await kindOf(given);
  if (kind === 'file' && which === 'best') {
    throw new InvalidInputError(
      `--best is one of a run's checkpoints, and ${given} is a file; give the run's folder.`,
    );
  }
  if (kind === 'file') return given;
  if (kind === 'nothing') {
    throw new FileError(given, 'there is no such file or folder; give a checkpoint file or a run folder.');
  }
  if ((await kindOf(path.join(given, MANIFEST))) !== 'file') {
    throw new FileError(given, `is a folder, but not a run (it has no ${MANIFEST}).`);
  }
  if (which === 'best') {
    const best = bestPath(given);
    if ((await kindOf(best)) === 'file') return best;
    throw new FileError(
      given,
      'has no best checkpoint: one is kept from the first checkpoint on by which 100 episodes of its present agent ' +
        'have ended. Leave out --best for its last one.',
    );
  }
  const last = await lastCheckpoint(given);
  if (last === undefined) throw new FileError(given, 'is a run that has not saved a checkpoint yet.');
  return last.path;
}
