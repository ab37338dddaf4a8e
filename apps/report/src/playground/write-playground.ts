import fs from 'node:fs/promises';
import path from 'node:path';
import { FileError, InvalidInputError } from '@mikt/core';
import { absolutePath } from '@mikt/runs';
import { type OfferedTeacher, PLAYGROUND_GENERATOR, playgroundFiles } from './playground-files.js';

export interface WrittenPlayground {
  /** Path of the page. */
  readonly index: string;
  /** Number of files, and their size. */
  readonly files: number;
  readonly bytes: number;
}

/** What builds name anew whenever its content changes. */
const SHARED_SCRIPT = /-[A-Z0-9]{8}\.js$/;

/**
 * Writes the playground into a folder, which any web server can serve at any address. An earlier one there is replaced.
 * @throws InvalidInputError where another page is in its place; FileError where it cannot be written
 */
export async function writePlayground(
  out: string,
  teachers: readonly OfferedTeacher[],
): Promise<WrittenPlayground> {
  const index = path.join(out, 'index.html');
  const earlier = await fs.readFile(index, 'utf8').catch(() => undefined);
  if (earlier !== undefined && !earlier.includes(`content="${PLAYGROUND_GENERATOR}"`)) {
    throw new InvalidInputError(
      `${index} is there and is no playground of mikt; move it, or give another --out.`,
    );
  }
  const files = playgroundFiles(teachers);
  const folder = absolutePath(out);
  try {
    let bytes = 0;
    for (const [name, file] of files) {
      const target = path.join(folder, name);
      await fs.mkdir(path.dirname(target), { recursive: true });
      // Not a copy of the file with its rights: what packages bring may be read-only.
      await fs.writeFile(target, 'text' in file ? file.text : await fs.readFile(file.file));
      bytes += (await fs.stat(target)).size;
    }
    for (const name of await fs.readdir(out)) {
      if (SHARED_SCRIPT.test(name) && !files.has(name)) await fs.rm(path.join(out, name));
    }
    return { index, files: files.size, bytes };
  } catch (cause) {
    throw new FileError(out, `the playground cannot be written there: ${(cause as Error).message}.`, {
      cause,
    });
  }
}
