import fs from 'node:fs/promises';
import path from 'node:path';
import { FileError } from '@mikt/core';
import { lastCheckpoint } from '@mikt/runs';
import { z } from 'zod';
import { insidePath, jobId, type RunJob, sha256 } from '../run-job.js';
import { eachOf, type Store, StoreError } from './store.js';

const INDEX = 'snapshot.json';
const TEMPORARY = /\.tmp$/;
/** A checkpoint may be deleted for a newer one while the folder is being read. */
const ATTEMPTS = 5;

const indexSchema = z.strictObject({
  format: z.literal(1),
  steps: z.int().min(0),
  finished: z.boolean(),
  files: z.array(
    z.strictObject({ path: insidePath, size: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  ),
});

type SnapshotFile = z.output<typeof indexSchema>['files'][number];

/**
 * A run folder as it was at some moment, in the store. Each turn at a run, a lease, writes below a name of its own,
 * which no other ever has: nobody can overwrite what another one wrote.
 */
export interface Snapshot {
  /** Below which its objects lie: `<lease>/snapshot.json` and `<lease>/<SHA-256>` for each file's bytes. */
  readonly lease: string;
  /** Environment steps of its last checkpoint. */
  readonly steps: number;
  readonly finished: boolean;
  readonly files: readonly SnapshotFile[];
}

/** What a store has of a run. */
export interface StoredRun {
  /** The best to go on from first: finished ones, then those with most steps, then the latest turn's. */
  readonly snapshots: readonly Snapshot[];
  /** Of all its objects. */
  readonly keys: readonly string[];
}

/** Where a store has a run's objects. */
export function runPrefix(job: Pick<RunJob, 'study' | 'folder' | 'fingerprint'>): string {
  return `runs/${jobId(job)}/`;
}

/** What a store has of a run; a snapshot whose index is damaged is passed over. @throws StoreError */
export async function readStoredRun(store: Store, prefix: string): Promise<StoredRun> {
  const keys = await store.list(prefix);
  const snapshots: Snapshot[] = [];
  await eachOf(
    keys.filter((key) => key.endsWith(`/${INDEX}`)),
    async (key) => {
      const index = parseIndex(await store.get(key));
      if (index) snapshots.push({ ...index, lease: key.slice(prefix.length, -`/${INDEX}`.length) });
    },
  );
  snapshots.sort(
    (a, b) => Number(b.finished) - Number(a.finished) || b.steps - a.steps || (b.lease < a.lease ? -1 : 1),
  );
  return { snapshots, keys };
}

/** Prefixes of the runs of a study that the store has a snapshot of. @throws StoreError */
export async function storedRuns(store: Store, study: string): Promise<Set<string>> {
  const keys = await store.list(`runs/${study}/`);
  return new Set(
    keys
      .filter((key) => key.endsWith(`/${INDEX}`))
      .map((key) => key.split('/').slice(0, -2).join('/').concat('/')),
  );
}

/**
 * Brings a snapshot into a new folder, every byte checked.
 * @throws FileError where an object is missing or is not what the index says, StoreError
 */
export async function fetchSnapshot(
  store: Store,
  prefix: string,
  snapshot: Snapshot,
  folder: string,
): Promise<void> {
  await fs.mkdir(folder, { recursive: true });
  await eachOf(snapshot.files, async ({ path: name, size, sha256: digest }) => {
    const key = `${prefix}${snapshot.lease}/${digest}`;
    const bytes = await store.get(key);
    if (bytes === undefined || bytes.length !== size || sha256(bytes) !== digest) {
      throw new FileError(
        `${store.location}/${key}`,
        bytes === undefined ? `is missing; it is ${name} of a run.` : `is not the ${name} that was stored.`,
      );
    }
    const file = path.join(folder, ...name.split('/'));
    await fs.mkdir(path.dirname(file), { recursive: true });
    await fs.writeFile(file, bytes);
  });
}

/** Uploads a run folder again and again during one turn. */
export class RunUploader {
  readonly #store: Store;
  readonly #prefix: string;
  readonly #lease: string;
  #outdated: readonly string[];
  readonly #uploaded = new Set<string>();

  /** @param outdated keys of earlier turns, deleted once this one has a snapshot of its own */
  constructor(store: Store, prefix: string, lease: string, outdated: readonly string[] = []) {
    this.#store = store;
    this.#prefix = prefix;
    this.#lease = lease;
    this.#outdated = outdated;
  }

  /**
   * Uploads what has changed in the folder. The index is written last: a snapshot is whole or is not there.
   * @param finished whether the run has ended and nothing more will come
   * @returns undefined where there is no checkpoint yet
   * @throws StoreError; the snapshot before is then untouched
   */
  async upload(folder: string, finished: boolean): Promise<Snapshot | undefined> {
    const read = await readRunFolder(folder);
    if (read === undefined) return undefined;
    const index = {
      format: 1 as const,
      steps: read.steps,
      finished,
      files: read.files.map(({ file }) => file),
    };
    const digests = new Map(read.files.map(({ file, bytes }) => [file.sha256, bytes]));
    await eachOf([...digests], async ([digest, bytes]) => {
      if (this.#uploaded.has(digest)) return;
      await this.#store.put(this.#key(digest), bytes);
      this.#uploaded.add(digest);
    });
    await this.#store.put(this.#key(INDEX), Buffer.from(JSON.stringify(index)));
    await this.#removeOutdated(new Set(digests.keys()));
    return { ...index, lease: this.#lease };
  }

  async #removeOutdated(needed: ReadonlySet<string>): Promise<void> {
    const unneeded = [...this.#uploaded].filter((digest) => !needed.has(digest));
    await this.#store.remove([...unneeded.map((digest) => this.#key(digest)), ...this.#outdated]);
    for (const digest of unneeded) this.#uploaded.delete(digest);
    this.#outdated = [];
  }

  #key(name: string): string {
    return `${this.#prefix}${this.#lease}/${name}`;
  }
}

interface ReadFolder {
  readonly steps: number;
  readonly files: readonly { readonly file: SnapshotFile; readonly bytes: Uint8Array }[];
}

/** The files of a run that may be going on, such that one can go on from them. */
async function readRunFolder(folder: string): Promise<ReadFolder | undefined> {
  for (let attempt = 1; ; attempt++) {
    const newest = await lastCheckpoint(folder);
    if (newest === undefined) return undefined;
    const names = await filesBelow(folder);
    // Rows are in the logs before the checkpoint that follows them is there: logs that are read later have them.
    names.sort((a, b) => Number(isCheckpoint(b)) - Number(isCheckpoint(a)));
    const files: ReadFolder['files'][number][] = [];
    for (const name of names) {
      const bytes = await fs.readFile(path.join(folder, ...name.split('/'))).catch((error) => {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw new FileError(path.join(folder, name), `cannot be read: ${(error as Error).message}.`);
      });
      if (bytes) files.push({ file: { path: name, size: bytes.length, sha256: sha256(bytes) }, bytes });
    }
    const last = path.relative(folder, newest.path).split(path.sep).join('/');
    if (files.some(({ file }) => file.path === last)) return { steps: newest.steps, files };
    if (attempt === ATTEMPTS) {
      throw new FileError(newest.path, 'is gone as often as it is read; the disk is too slow for the run.');
    }
  }
}

async function filesBelow(folder: string, prefix = ''): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await fs.readdir(path.join(folder, prefix), { withFileTypes: true })) {
    const name = `${prefix}${entry.name}`;
    if (entry.isDirectory()) names.push(...(await filesBelow(folder, `${name}/`)));
    else if (entry.isFile() && !TEMPORARY.test(name)) names.push(name);
  }
  return names.sort();
}

function isCheckpoint(name: string): boolean {
  return name.startsWith('checkpoints/');
}

function parseIndex(bytes: Uint8Array | undefined): z.output<typeof indexSchema> | undefined {
  if (bytes === undefined) return undefined;
  try {
    return indexSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch {
    return undefined;
  }
}

/** Puts a file under the SHA-256 of its bytes, for all runs that need it. @returns the SHA-256 */
export async function putTeacher(store: Store, bytes: Uint8Array): Promise<string> {
  const digest = sha256(bytes);
  await store.create(teacherKey(digest), bytes);
  return digest;
}

/** @throws StoreError where it is not there or not whole */
export async function getTeacher(store: Store, digest: string): Promise<Uint8Array> {
  const bytes = await store.get(teacherKey(digest));
  if (bytes !== undefined && sha256(bytes) === digest) return bytes;
  throw new StoreError(
    `${store.location}/${teacherKey(digest)}`,
    bytes === undefined
      ? 'is missing; it is a teacher of the study. Start the study again, which puts it there.'
      : 'is damaged; delete it and start the study again, which puts it there.',
  );
}

function teacherKey(digest: string): string {
  return `teachers/${digest}.safetensors`;
}
