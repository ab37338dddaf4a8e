import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { FileError } from '@mikt/core';
import { absolutePath, fileError } from '@mikt/runs';

/** The process that holds a lock; `startedAt` tells it from a later one that got the same number. */
export interface LockOwner {
  readonly pid: number;
  readonly startedAt: string;
  readonly host: string;
}

/** How often a lock is looked at; one without an owner in it, which may be a moment old, for half as often. */
const ATTEMPTS = 10;
const PAUSE_MILLISECONDS = 50;

/** Where the lock of a run folder lies: beside it, for a new run wants its folder empty; hidden, for `runs/*` to pass over it. */
export function lockPath(folder: string): string {
  const absolute = path.resolve(folder);
  return path.join(path.dirname(absolute), `.${path.basename(absolute)}.lock`);
}

/**
 * Takes the lock of a folder for this process, over one left by a process that is gone.
 * @returns what gives it back
 * @throws FileError where a living process holds it
 */
export function acquireLock(folder: string): () => void {
  const file = lockPath(absolutePath(folder));
  const parent = path.dirname(file);
  const madeFirst = makeFolders(parent);
  const removeFolders = () => removeEmptyFolders(parent, madeFirst);
  const me: LockOwner = { pid: process.pid, startedAt: processStart(process.pid), host: hostname() };
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      writeFileSync(file, JSON.stringify(me), { flag: 'wx' });
      return () => {
        rmSync(file, { force: true });
        removeFolders();
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        removeFolders();
        throw fileError(file, 'cannot be written', error);
      }
    }
    const owner = readOwner(file);
    if (owner === 'unreadable' && attempt <= ATTEMPTS / 2) {
      pause();
    } else if (owner === undefined || owner === 'unreadable' || !isAlive(owner)) {
      removeStale(file);
    } else {
      removeFolders();
      throw new FileError(
        folder,
        `another process works on it (${describeOwner(owner)}). Wait for it or end it` +
          `${owner.host === hostname() ? '' : `; if it is gone, delete ${file}`}.`,
      );
    }
  }
  throw new FileError(file, 'this lock comes back as often as it is taken away; try again.');
}

/** The living process that holds a folder's lock; undefined where none does. */
export function lockOwner(folder: string): LockOwner | undefined {
  const owner = readOwner(lockPath(folder));
  return typeof owner === 'object' && isAlive(owner) ? owner : undefined;
}

export function describeOwner({ pid, host }: LockOwner): string {
  return host === hostname() ? `process ${pid}` : `process ${pid} on ${host}`;
}

function readOwner(file: string): LockOwner | 'unreadable' | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (isNothing(error)) return undefined;
    throw fileError(file, 'cannot be read', error);
  }
  try {
    const { pid, startedAt, host } = JSON.parse(text) as Partial<LockOwner>;
    if (Number.isSafeInteger(pid) && typeof startedAt === 'string' && typeof host === 'string') {
      return { pid: pid!, startedAt, host };
    }
  } catch {
    // Cut off: it is being written, or its process ended while it was.
  }
  return 'unreadable';
}

/** Where a part of its path is a file, there is no lock either. */
function isNothing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MILLISECONDS);
}

/** Another host's processes cannot be seen from here: they count as living. */
function isAlive({ pid, startedAt, host }: LockOwner): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and another user's.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return processStart(pid) === startedAt;
}

/** When a process started, in a form only to be compared; empty where it has ended or the system does not say. */
export function processStart(pid: number): string {
  try {
    if (process.platform === 'linux') {
      // proc(5): field 3 is the state, 22 the start in ticks since boot; the name in field 2 may hold brackets.
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      // Ended, and nobody has asked for its exit status yet.
      if (fields[0] === 'Z') return '';
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
      return `${boot} ${fields[19]}`;
    }
    if (process.platform === 'win32') return '';
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}

/** Renames before deleting: of several processes that find a lock stale, one gets it, and sees what it got. */
function removeStale(file: string): void {
  const taken = `${file}.${process.pid}`;
  try {
    renameSync(file, taken);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw fileError(file, 'cannot be removed', error);
  }
  const owner = readOwner(taken);
  // Somebody was quicker, and what was renamed is the new, living lock.
  if (typeof owner === 'object' && isAlive(owner)) renameSync(taken, file);
  else rmSync(taken, { force: true });
}

/** @returns the first folder that had to be made @throws FileError */
function makeFolders(folder: string): string | undefined {
  try {
    return mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw fileError(folder, 'cannot be made', error);
  }
}

/** Removes the folders that the lock made, where nothing else has come into them. */
function removeEmptyFolders(folder: string, first: string | undefined): void {
  if (first === undefined) return;
  for (let at = folder; at.length >= first.length; at = path.dirname(at)) {
    try {
      rmdirSync(at);
    } catch {
      return;
    }
  }
}
