import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { eachOf, type Store, StoreError } from './store.js';

const TEMPORARY = /\.tmp$/;
/** Whoever empties a folder removes it, perhaps just before somebody else writes into it. */
const ATTEMPTS = 4;

/** A folder that all machines have, on a shared file system. */
export class FolderStore implements Store {
  readonly location: string;

  /** @param folder absolute */
  constructor(folder: string) {
    this.location = folder;
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    await this.#writeTemporary(key, bytes, async (temporary, file) => {
      await fs.rename(temporary, file);
      return true;
    });
  }

  async create(key: string, bytes: Uint8Array): Promise<boolean> {
    return this.#writeTemporary(key, bytes, async (temporary, file) => {
      try {
        // Unlike a rename it fails where the file is there.
        await fs.link(temporary, file);
        return true;
      } catch (error) {
        if (codeOf(error) === 'EEXIST') return false;
        throw error;
      } finally {
        await fs.rm(temporary, { force: true });
      }
    });
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    try {
      return await fs.readFile(this.#file(key));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw this.#error(key, 'cannot be read', error);
    }
  }

  async list(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    const below = async (folder: string): Promise<void> => {
      for (const entry of await fs.readdir(this.#file(folder), { withFileTypes: true })) {
        const key = `${folder}${entry.name}`;
        if (entry.isDirectory()) await below(`${key}/`).catch(passOverMissing);
        else if (entry.isFile() && !TEMPORARY.test(entry.name)) keys.push(key);
      }
    };
    await below(prefix).catch((error) => {
      if (codeOf(error) !== 'ENOENT') throw this.#error(prefix, 'cannot be read', error);
    });
    return keys;
  }

  async remove(keys: readonly string[]): Promise<void> {
    await eachOf(keys, async (key) => {
      try {
        await fs.rm(this.#file(key), { force: true });
      } catch (error) {
        throw this.#error(key, 'cannot be deleted', error);
      }
      await this.#removeEmptyFolders(path.dirname(this.#file(key)));
    });
  }

  async #removeEmptyFolders(from: string): Promise<void> {
    for (let folder = from; folder.length > this.location.length; folder = path.dirname(folder)) {
      try {
        await fs.rmdir(folder);
      } catch {
        return;
      }
    }
  }

  async #writeTemporary<T>(
    key: string,
    bytes: Uint8Array,
    finish: (temporary: string, file: string) => Promise<T>,
  ): Promise<T> {
    const file = this.#file(key);
    // By a random name: processes of several machines may have the same number.
    const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
    for (let attempt = 1; ; attempt++) {
      try {
        await fs.mkdir(path.dirname(file), { recursive: true });
        const handle = await fs.open(temporary, 'wx');
        try {
          await handle.writeFile(bytes);
          await handle.sync();
        } finally {
          await handle.close();
        }
        return await finish(temporary, file);
      } catch (error) {
        await fs.rm(temporary, { force: true }).catch(() => {});
        if (codeOf(error) !== 'ENOENT' || attempt === ATTEMPTS) {
          throw this.#error(key, 'cannot be written', error);
        }
      }
    }
  }

  #file(key: string): string {
    return path.join(this.location, ...key.split('/'));
  }

  #error(key: string, problem: string, cause: unknown): StoreError {
    return new StoreError(this.#file(key), `${problem}: ${(cause as Error).message}.`, { cause });
  }
}

function passOverMissing(error: unknown): void {
  if (codeOf(error) !== 'ENOENT') throw error;
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
