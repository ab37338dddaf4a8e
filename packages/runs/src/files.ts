import fs from 'node:fs/promises';
import path from 'node:path';
import { FileError } from '@mikt/core';

/** The end of a name that only a write in progress, or one that was killed, has. */
const TEMPORARY = '.tmp';

/**
 * Writes a file so that whoever opens it, also after a crash, finds the old contents or the new ones, whole:
 * to a temporary file beside it, to the disk, and then under its name.
 * @throws FileError; the old file is then untouched
 */
export async function writeWhole(file: string, contents: Uint8Array | string): Promise<void> {
  const temporary = `${file}.${process.pid}${TEMPORARY}`;
  try {
    const handle = await fs.open(temporary, 'w');
    try {
      await handle.writeFile(contents);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.rename(temporary, file);
    await syncFolder(path.dirname(file));
  } catch (cause) {
    await fs.rm(temporary, { force: true }).catch(() => undefined);
    throw fileError(file, 'cannot be written', cause);
  }
}

/** Removes what writes that were killed have left in a folder. */
export async function removeTemporaries(folder: string): Promise<void> {
  for (const name of await fs.readdir(folder)) {
    if (name.endsWith(TEMPORARY)) await fs.rm(path.join(folder, name), { force: true });
  }
}

/** @throws FileError naming the file where it is missing or unreadable */
export async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return await fs.readFile(file);
  } catch (cause) {
    throw fileError(file, 'cannot be read', cause);
  }
}

/** As `readBytes`, for UTF-8 text. */
export async function readText(file: string): Promise<string> {
  return new TextDecoder().decode(await readBytes(file));
}

/** @returns whether there is a file, a folder, or nothing under this path */
export async function kindOf(file: string): Promise<'file' | 'folder' | 'nothing'> {
  try {
    return (await fs.stat(file)).isDirectory() ? 'folder' : 'file';
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'nothing';
    throw fileError(file, 'cannot be read', cause);
  }
}

/** The system's reason as the end of a sentence about a file. */
export function fileError(file: string, problem: string, cause: unknown): FileError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file or folder',
    ENOTDIR: 'a part of its path is a file, not a folder',
    // Of making folders: they may be there, a file may not.
    EEXIST: 'a part of its path is a file, not a folder',
    ENAMETOOLONG: 'its name is too long',
    ERR_INVALID_ARG_VALUE: 'it is no path',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EROFS: 'the file system is read-only',
    ENOSPC: 'no space is left on the disk',
    EISDIR: 'it is a folder',
  };
  return new FileError(file, `${problem}: ${(code && reasons[code]) ?? message}.`, { cause });
}

/** A rename is only sure to survive a power cut once its folder is on the disk; Windows has no such call. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await fs.open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
