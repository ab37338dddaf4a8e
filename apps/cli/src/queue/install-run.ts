import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Snapshot, Store } from '@mikt/queue';
import { acquireLock } from '../lock.js';
import type { QueuePackage } from './package.js';

/**
 * Brings a stored run to where a local study would have made it, all of it at once, in place of what is there of it.
 * @throws FileError where the snapshot is damaged or a process works on the folder, StoreError
 */
export async function installRun(
  { fetchSnapshot }: QueuePackage,
  store: Store,
  prefix: string,
  snapshot: Snapshot,
  folder: string,
): Promise<void> {
  const release = acquireLock(folder);
  const incoming = beside(folder, 'incoming');
  const outgoing = beside(folder, 'outgoing');
  try {
    removeLeftovers(folder);
    await fetchSnapshot(store, prefix, snapshot, incoming);
    replace(folder, incoming, outgoing);
  } finally {
    for (const each of [incoming, outgoing]) rmSync(each, { recursive: true, force: true });
    release();
  }
}

function replace(folder: string, incoming: string, outgoing: string): void {
  const isThere = existsSync(folder);
  if (isThere) renameSync(folder, outgoing);
  try {
    renameSync(incoming, folder);
  } catch (error) {
    if (isThere) renameSync(outgoing, folder);
    throw error;
  }
}

/** Hidden, so that nobody takes it for a run. */
function beside(folder: string, what: string): string {
  return path.join(
    path.dirname(folder),
    `.${path.basename(folder)}.${what}-${randomBytes(4).toString('hex')}`,
  );
}

/** What a process that was killed here has left; its lock was taken over. */
function removeLeftovers(folder: string): void {
  const parent = path.dirname(folder);
  const name = path.basename(folder);
  for (const entry of readdirSync(parent)) {
    if (entry.startsWith(`.${name}.incoming-`) || entry.startsWith(`.${name}.outgoing-`)) {
      rmSync(path.join(parent, entry), { recursive: true, force: true });
    }
  }
}
