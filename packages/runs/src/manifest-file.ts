import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { FileError } from '@mikt/core';
import { MANIFEST } from './checkpoint-files.js';
import { overwrite, readIfThere, writeWhole } from './files.js';
import { formatManifest, parseManifest, RUN_FORMAT_VERSION, type RunManifest } from './manifest.js';

/** What run.json says, or what a checkpoint says that it should. */
export interface RestoredManifest {
  readonly manifest: RunManifest;
  /** What was wrong with run.json, in a sentence. */
  readonly repaired?: string;
}

/** Entries that run.json may have changed since a checkpoint was taken. */
const CHANGING = ['status', 'reason', 'config', 'steps', 'continuations'] as const;

/**
 * run.json, or where it is missing, damaged or contradicts the checkpoint, what the checkpoint says of the run. Nothing is written.
 * @param recorded the manifest in a checkpoint of the run, if there is one
 * @throws FileError where the file is of a newer format, or is damaged and there is nothing to restore it from
 */
export async function readManifestFile(
  folder: string,
  recorded: RunManifest | undefined,
): Promise<RestoredManifest> {
  const file = path.join(folder, MANIFEST);
  const bytes = await readIfThere(file);
  const restored = (problem: string): RestoredManifest => ({
    manifest: recorded!,
    repaired: `${file} ${problem}; it was restored from what the checkpoint says of the run.`,
  });
  if (!bytes) {
    if (recorded) return restored('was missing');
    throw new FileError(folder, `is not a run folder (it has no ${MANIFEST}).`);
  }
  const text = new TextDecoder().decode(bytes);
  let manifest: RunManifest;
  try {
    manifest = parseManifest(text, file);
  } catch (error) {
    if (!(error instanceof FileError) || !recorded || isNewer(text)) throw error;
    return restored('was damaged');
  }
  if (!recorded) return { manifest };
  if (!goesOnFrom(manifest, recorded)) return restored('planned other steps than its checkpoint');
  const changed = Object.keys({ ...manifest, ...recorded }).filter(
    (key) =>
      !CHANGING.some((changing) => changing === key) &&
      !isDeepStrictEqual(manifest[key as keyof RunManifest], recorded[key as keyof RunManifest]),
  );
  return changed.length === 0
    ? { manifest }
    : restored(`had another ${changed.join(', ')} than its checkpoint`);
}

/** Writes run.json: whole, or where the disk is too full for a second file, in its place. @throws FileError */
export async function writeManifestFile(folder: string, manifest: RunManifest): Promise<void> {
  const file = path.join(folder, MANIFEST);
  const text = formatManifest(manifest, file);
  try {
    await writeWhole(file, text);
  } catch (error) {
    if ((error as { cause?: NodeJS.ErrnoException }).cause?.code !== 'ENOSPC') throw error;
    await overwrite(file, text);
  }
}

/** Whether the steps that it plans are those of the checkpoint, or were added to them since. */
function goesOnFrom(manifest: RunManifest, recorded: RunManifest): boolean {
  const [continuations, known] = [manifest.continuations ?? [], recorded.continuations ?? []];
  if (!isDeepStrictEqual(continuations.slice(0, known.length), [...known])) return false;
  let planned = recorded.steps;
  for (const { from, to } of continuations.slice(known.length)) {
    if (from !== planned) return false;
    planned = to;
  }
  const { steps, config } = manifest;
  return steps === planned && (!('steps' in config) || config.steps === planned);
}

function isNewer(text: string): boolean {
  try {
    return (JSON.parse(text) as { formatVersion: number }).formatVersion > RUN_FORMAT_VERSION;
  } catch {
    return false;
  }
}
