import fs from 'node:fs/promises';
import path from 'node:path';
import { FileError } from '@mikt/core';
import { type Checkpoint, type DecodedCheckpoint, decodeCheckpoint, encodeCheckpoint } from './checkpoint.js';
import { fileError, kindOf, readBytes, writeWhole } from './files.js';

export const MANIFEST = 'run.json';
export const CHECKPOINTS = 'checkpoints';

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

/**
 * The checkpoint file that a path means: a run's last one, or the file itself.
 * @throws FileError where there is nothing, or a run without checkpoints
 */
export async function resolveCheckpoint(given: string): Promise<string> {
  const kind = await kindOf(given);
  if (kind === 'file') return given;
  if (kind === 'nothing') {
    throw new FileError(given, 'there is no such file or folder; give a checkpoint file or a run folder.');
  }
  if ((await kindOf(path.join(given, MANIFEST))) !== 'file') {
    throw new FileError(given, `is a folder, but not a run (it has no ${MANIFEST}).`);
  }
  const last = await lastCheckpoint(given);
  if (last === undefined) throw new FileError(given, 'is a run that has not saved a checkpoint yet.');
  return last.path;
}
