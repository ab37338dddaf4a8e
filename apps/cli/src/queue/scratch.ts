import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { FileError } from '@mikt/core';
import { absolutePath } from '@mikt/runs';
import { acquireLock, lockOwner } from '../lock.js';

/** Where a worker trains before it stores. */
export interface Scratch {
  readonly folder: string;
  remove(): void;
}

/**
 * Makes a folder of this process's own, and removes those of workers that were killed.
 * @param root default: below the system's folder for temporary files
 * @throws FileError where it cannot be written
 */
export function makeScratch(root = path.join(tmpdir(), `mikt-worker-${userInfo().username}`)): Scratch {
  const absolute = absolutePath(root);
  let folder: string;
  try {
    mkdirSync(absolute, { recursive: true, mode: 0o700 });
    removeAbandoned(root);
    folder = mkdtempSync(path.join(root, 'worker-'));
  } catch (cause) {
    throw new FileError(root, `cannot be written: ${(cause as Error).message}.`, { cause });
  }
  const release = acquireLock(folder);
  return {
    folder,
    remove() {
      rmSync(folder, { recursive: true, force: true });
      release();
    },
  };
}

function removeAbandoned(root: string): void {
  for (const name of readdirSync(root)) {
    const folder = path.join(root, name);
    // A worker that is just starting has a folder before it has its lock, and nothing in the folder.
    if (!name.startsWith('worker-') || lockOwner(folder) !== undefined) continue;
    if (readdirSync(folder).length > 0) rmSync(folder, { recursive: true, force: true });
  }
}
