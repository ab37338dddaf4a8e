import { FileError } from '@mikt/core';
import { redact } from '../redact.js';

/** Where the files of runs lie so that all machines reach them: whole objects under keys with `/`. */
export interface Store {
  /** As `--store` takes it, without anything secret. */
  readonly location: string;
  /** Whoever gets the object later gets the old bytes or these, never a part. @throws StoreError */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** As `put`, where there is no such object yet. @returns whether this call made it @throws StoreError */
  create(key: string, bytes: Uint8Array): Promise<boolean>;
  /** @returns undefined where there is no such object @throws StoreError */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Keys below a prefix that ends with `/`, in no order. @throws StoreError */
  list(prefix: string): Promise<string[]>;
  /** Those that are not there are no error. @throws StoreError */
  remove(keys: readonly string[]): Promise<void>;
}

/** A store cannot be reached or used now; nothing is wrong with the run. */
export class StoreError extends FileError {
  constructor(location: string, problem: string, options?: ErrorOptions) {
    super(location, redact(problem), options);
  }
}

/** Calls `act` on all items, a few at a time: stores are far away. */
export async function eachOf<T>(
  items: readonly T[],
  act: (item: T) => Promise<unknown>,
  atATime = 8,
): Promise<void> {
  const left = [...items];
  const work = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await act(item);
  };
  await Promise.all(Array.from({ length: Math.min(atATime, left.length) }, work));
}
