import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { AppendFile } from './append-file.js';
import { EVENT_FILE_VERSION, encodeEvent } from './event-records.js';

const PREFIX = 'events.out.tfevents.';

/** Writes one TensorBoard event file. */
export class EventWriter {
  readonly #file: AppendFile;

  /**
   * Starts `events.out.tfevents.<unix seconds>.<host>` in `folder`.
   * @param continuedAt environment steps of the checkpoint that the run goes on from: TensorBoard then drops
   * what the folder's older files say of later steps
   * @throws FileError
   */
  constructor(folder: string, continuedAt?: number) {
    const now = Date.now() / 1000;
    // TensorBoard reads a folder's files in the order of their names: a new one must come last.
    const seconds = Math.max(Math.floor(now), lastSeconds(folder) + 1);
    const host = os.hostname().replace(/[^\w.-]/g, '_');
    this.#file = new AppendFile(path.join(folder, `${PREFIX}${seconds}.${host}`), 'create');
    this.#file.append(encodeEvent({ wallTime: now, step: 0, fileVersion: EVENT_FILE_VERSION }));
    if (continuedAt !== undefined) {
      this.#file.append(encodeEvent({ wallTime: now, step: continuedAt + 1, sessionStart: true }));
    }
  }

  get path(): string {
    return this.#file.path;
  }

  /** One point of each scalar, by tag. @throws FileError */
  append(step: number, scalars: Readonly<Record<string, number>>): void {
    this.#file.append(encodeEvent({ wallTime: Date.now() / 1000, step, scalars }));
  }

  close(): void {
    this.#file.close();
  }
}

/** The tag of a metrics column: TensorBoard groups tags by what stands before the slash. */
export function tagOf(column: string): string {
  return column.includes('/') ? column : `train/${column}`;
}

function lastSeconds(folder: string): number {
  const seconds = fs
    .readdirSync(folder)
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => Number.parseInt(name.slice(PREFIX.length), 10));
  return Math.max(0, ...seconds.filter(Number.isFinite));
}
