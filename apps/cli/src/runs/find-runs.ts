import fs from 'node:fs';
import path from 'node:path';
import { FileError } from '@mikt/core';

/** Folders that hold none, and may hold very much else. */
const PASSED_OVER = new Set(['node_modules']);

/**
 * The run folders among and below the given ones, those of studies included, each once, by name within each.
 * What has a run's logs and no run.json counts as well, and so does a folder below that cannot be opened: reading it
 * says what is wrong.
 * @throws FileError where a given one is no folder
 */
export function findRuns(given: readonly string[]): string[] {
  const seen = new Set<string>();
  return given.flatMap((folder) => {
    const kind = fs.statSync(folder, { throwIfNoEntry: false });
    if (!kind) throw new FileError(folder, 'there is no such folder.');
    if (!kind.isDirectory())
      throw new FileError(folder, 'is a file; give a run folder, or a folder of runs.');
    return below(folder, seen);
  });
}

function below(folder: string, seen: Set<string>): string[] {
  // Links may lead round in circles.
  const real = fs.realpathSync(folder);
  if (seen.has(real)) return [];
  seen.add(real);
  let entries: fs.Dirent[];
  try {
    entries = fs.readdirSync(folder, { withFileTypes: true });
  } catch {
    return [withoutSlash(folder)];
  }
  if (isRun(entries)) return [withoutSlash(folder)];
  return entries
    .filter(({ name }) => !name.startsWith('.') && !PASSED_OVER.has(name))
    .map((entry) => ({ entry, inner: path.join(folder, entry.name) }))
    .filter(({ entry, inner }) => entry.isDirectory() || (entry.isSymbolicLink() && isFolder(inner)))
    .map(({ inner }) => inner)
    .sort()
    .flatMap((inner) => below(inner, seen));
}

function isRun(entries: readonly fs.Dirent[]): boolean {
  const names = new Set(entries.map(({ name }) => name));
  return names.has('run.json') || (names.has('metrics.csv') && names.has('checkpoints'));
}

function isFolder(file: string): boolean {
  try {
    return fs.statSync(file).isDirectory();
  } catch {
    // A link to nothing.
    return false;
  }
}

function withoutSlash(folder: string): string {
  return folder.length > 1 ? folder.replace(/[\\/]+$/, '') : folder;
}
