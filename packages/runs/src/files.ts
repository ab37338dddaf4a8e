import { statSync } from 'node:fs';
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

/**
 * Puts a file under a second name, whole: as a hard link where the file system has them, else as a copy.
 * @throws FileError; what was under that name before is then untouched
 */
export async function linkWhole(file: string, name: string): Promise<void> {
  const temporary = `${name}.${process.pid}${TEMPORARY}`;
  try {
    await fs.rm(temporary, { force: true });
    await fs.link(file, temporary);
    await fs.rename(temporary, name);
    await syncFolder(path.dirname(name));
  } catch {
    await fs.rm(temporary, { force: true }).catch(() => undefined);
    await writeWhole(name, await readBytes(file));
  }
}

/**
 * Overwrites a small file where it lies, for when a full disk has no room for a second one beside it. Not whole: a
 * crash in the middle leaves neither the old contents nor the new ones.
 * @throws FileError; the old contents are then written back
 */
export async function overwrite(file: string, contents: string): Promise<void> {
  const before = await readBytes(file);
  const write = async (bytes: Uint8Array | string) => {
    const handle = await fs.open(file, 'r+');
    try {
      await handle.truncate(Buffer.byteLength(bytes));
      await handle.write(bytes as string, 0);
      await handle.sync();
    } finally {
      await handle.close();
    }
  };
  try {
    await write(contents);
  } catch (cause) {
    await write(before).catch(() => undefined);
    throw fileError(file, 'cannot be written', cause);
  }
}

/**
 * The absolute path of what is to be made, relative to the working folder. Give it to Node's recursive `mkdir`, which
 * spins for ever on a relative path where the working folder was deleted.
 * @throws FileError where it was
 */
export function absolutePath(file: string): string {
  if (path.isAbsolute(file)) return file;
  try {
    // `cwd()` alone may be what Node remembers of it.
    statSync(process.cwd());
  } catch (cause) {
    throw new FileError(
      file,
      'cannot be made: the folder that mikt works in was deleted; change to another one, or give a full path.',
      { cause },
    );
  }
  return path.resolve(file);
}

/** Renames a damaged file to `<name>.damaged`, over an earlier one. @throws FileError */
export async function setAside(file: string): Promise<void> {
  await fs.rename(file, `${file}.damaged`).catch((cause) => {
    throw fileError(file, 'cannot be renamed', cause);
  });
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

/** As `readBytes`; undefined where there is no such file. */
export async function readIfThere(file: string): Promise<Uint8Array | undefined> {
  return (await kindOf(file)) === 'nothing' ? undefined : readBytes(file);
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
