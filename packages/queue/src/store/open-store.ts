import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { InvalidInputError } from '@mikt/core';
import { z } from 'zod';
import { FolderStore } from './folder-store.js';
import { S3Store } from './s3-store.js';
import { type Store, StoreError } from './store.js';

/** Tells one store from another, however a machine calls it: a folder that is not mounted has none. */
const MARK = 'mikt-store.json';

const markSchema = z.strictObject({ format: z.literal(1), id: z.string().min(1) });

export interface OpenStore {
  readonly store: Store;
  readonly id: string;
}

/**
 * Opens the store at a folder or `s3://bucket/prefix`, making it one where it is not.
 * @throws InvalidInputError where it is neither, StoreError where it cannot be used
 */
export async function createStore(location: string): Promise<OpenStore> {
  const store = await storeAt(location);
  const id = randomBytes(8).toString('hex');
  if (await store.create(MARK, Buffer.from(`${JSON.stringify({ format: 1, id })}\n`))) return { store, id };
  return { store, id: await readMark(store) };
}

/**
 * Opens a store that is there.
 * @param id that it must have; undefined: any
 * @throws StoreError where there is none, or another one
 */
export async function openStore(location: string, id?: string): Promise<OpenStore> {
  const store = await storeAt(location);
  const found = await readMark(store);
  if (id !== undefined && found !== id) {
    throw new StoreError(store.location, 'is another store than the one that the study is run with.');
  }
  return { store, id: found };
}

async function storeAt(location: string): Promise<Store> {
  if (location.startsWith('s3://')) return S3Store.open(location);
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(location)) {
    throw new InvalidInputError(
      `a store is a folder or s3://bucket/prefix, got ${location.replace(/:\/\/.*@/, '://***@')}.`,
    );
  }
  return new FolderStore(path.resolve(location));
}

async function readMark(store: Store): Promise<string> {
  const bytes = await store.get(MARK);
  if (bytes === undefined) {
    throw new StoreError(
      store.location,
      `is no store of runs on this machine (it has no ${MARK}); mount it, or give its place here with --store.`,
    );
  }
  try {
    return markSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8'))).id;
  } catch (cause) {
    throw new StoreError(store.location, `its ${MARK} is damaged, or of a newer version of mikt.`, { cause });
  }
}
