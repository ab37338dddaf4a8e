import { FileError, InvalidInputError } from '@mikt/core';
import { isPathInside, megabytes } from './definition.js';
import { LIMITS } from './model-limits.js';
import { isModelFile, textOf } from './model-xml.js';
import { findReferences, type Reference } from './references.js';

/** A model and all files that it names, as they are on the disk. */
export interface CollectedFiles {
  /** Path of the model below the folder. */
  readonly model: string;
  readonly files: Record<string, Uint8Array>;
}

/**
 * Reads a model and the files that it names, whatever includes what, from one folder and those below it. Node only.
 * What is named and is not there is left to MuJoCo to miss: it does not need all that a model names.
 * @param folder that holds all of them; default: the model's own
 * @throws FileError where the model cannot be read; InvalidInputError where it names a file outside the folder, or
 * something is too large
 */
export async function collectFiles(file: string, folder?: string): Promise<CollectedFiles> {
  const path = process.getBuiltinModule('node:path');
  const beside = path.dirname(file);
  if ((await realPath(file)) === undefined) throw new FileError(file, 'there is no such model file.');
  const root = await realFolder(folder ?? beside);
  const collector = new Collector(root, folder ?? beside);
  const model = path
    .relative(root, path.join(await realFolder(beside), path.basename(file)))
    .replaceAll(path.sep, '/');
  if (!isPathInside(model)) {
    throw new InvalidInputError(
      folder === undefined
        ? `${file}: names of models do without backslashes, colons and control characters; rename it.`
        : `${file} is not inside ${folder}; --assets takes a folder that holds the model as well.`,
    );
  }
  await collector.add(model, file);
  const folders = new Set<string>();
  // Models that were read and whose own references have not been looked for.
  const open = [model];
  const isUrdf = findReferences(textOf(collector.files[model]!)).isUrdf;
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const found = findReferences(textOf(collector.files[at]!));
    for (const each of found.folders) folders.add(each);
    for (const reference of found.files) {
      const added = await collector.find(reference, { from: [model, at], folders: [...folders], isUrdf });
      open.push(...added.filter(isModelFile));
    }
  }
  return { model, files: collector.files };
}

class Collector {
  readonly files: Record<string, Uint8Array> = {};
  /** Without symbolic links. */
  readonly #root: string;
  /** As it was given, for errors. */
  readonly #shown: string;
  #bytes = 0;

  constructor(root: string, shown: string) {
    this.#root = root;
    this.#shown = shown;
  }

  /**
   * Reads what a reference may mean, by MuJoCo's rules: from the model's folder or the including file's, with or without
   * the compiler's folders between.
   * @returns the paths that were not read before
   */
  async find(
    { file, tag }: Reference,
    { from, folders, isUrdf }: { from: readonly string[]; folders: readonly string[]; isUrdf: boolean },
  ): Promise<string[]> {
    const { posix } = process.getBuiltinModule('node:path');
    const written = file.replaceAll('\\', '/').replace(/^package:\/\//, '');
    // In URDF, MuJoCo leaves out the folders of meshes unless it is told not to.
    const names = isUrdf ? [written, posix.basename(written)] : [written];
    const candidates = new Set<string>();
    for (const name of names) {
      for (const base of from.map((path) => posix.dirname(path))) {
        for (const between of ['', ...folders]) {
          candidates.add(posix.normalize(posix.join(base, between, name)));
          candidates.add(posix.normalize(posix.join(posix.dirname(from[0]!), between, base, name)));
        }
      }
    }
    const added: string[] = [];
    let isFound = false;
    for (const candidate of candidates) {
      if (!isPathInside(candidate) || posix.isAbsolute(written)) continue;
      if (Object.hasOwn(this.files, candidate)) isFound = true;
      else if (await this.#exists(candidate)) {
        await this.add(candidate, posix.join(this.#shown, candidate));
        added.push(candidate);
        isFound = true;
      }
    }
    if (!isFound && !isUrdf) this.#refuseOutside(file, tag, [...candidates]);
    return added;
  }

  /** @param shown names the file in errors */
  async add(path: string, shown: string): Promise<void> {
    const fs = process.getBuiltinModule('node:fs/promises');
    const { join } = process.getBuiltinModule('node:path');
    const file = join(this.#root, path);
    const stat = await fs.stat(file);
    if (!stat.isFile()) throw new FileError(shown, 'is not a file.');
    const { size } = stat;
    const most = isModelFile(path) || this.#bytes === 0 ? LIMITS.text : LIMITS.file;
    if (size > most) {
      throw new InvalidInputError(
        `${shown} is ${megabytes(size)}; ${megabytes(most)} are allowed for such a file.`,
      );
    }
    this.#bytes += size;
    if (this.#bytes > LIMITS.total || Object.keys(this.files).length >= LIMITS.files) {
      throw new InvalidInputError(
        `${shown}: the model comes to more than ${megabytes(LIMITS.total)} or ${LIMITS.files} files, which a robot may ` +
          'take: it becomes part of every checkpoint. Leave out meshes and textures that are only looked at.',
      );
    }
    try {
      this.files[path] = new Uint8Array(await fs.readFile(file));
    } catch (cause) {
      throw new FileError(shown, `cannot be read: ${(cause as Error).message}.`, { cause });
    }
  }

  /** Whether there is such a file, and no link leads out of the folder on the way to it. */
  async #exists(path: string): Promise<boolean> {
    const { join, relative, sep } = process.getBuiltinModule('node:path');
    const real = await realPath(join(this.#root, path));
    if (real === undefined) return false;
    const inside = relative(this.#root, real).split(sep).join('/');
    const { stat } = process.getBuiltinModule('node:fs/promises');
    return isPathInside(inside) && (await stat(real)).isFile();
  }

  #refuseOutside(file: string, tag: string, candidates: readonly string[]): void {
    const { posix } = process.getBuiltinModule('node:path');
    if (!posix.isAbsolute(file) && candidates.some(isPathInside)) return;
    throw new InvalidInputError(
      `<${tag}> names "${file}", which is outside the model's folder ${this.#shown}; files are read from there and below ` +
        'only. Give a folder that holds the model and its files with --assets.',
    );
  }
}

async function realFolder(folder: string): Promise<string> {
  const real = await realPath(folder);
  if (real === undefined) throw new FileError(folder, 'there is no such folder.');
  const { stat } = process.getBuiltinModule('node:fs/promises');
  if (!(await stat(real)).isDirectory()) throw new FileError(folder, 'is a file; a folder is needed here.');
  return real;
}

/** Without symbolic links; undefined where there is nothing. */
async function realPath(file: string): Promise<string | undefined> {
  try {
    return await process.getBuiltinModule('node:fs/promises').realpath(file);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'ENAMETOOLONG')
      return undefined;
    throw new FileError(file, `cannot be read: ${message}.`, { cause });
  }
}
