import fs from 'node:fs/promises';
import path from 'node:path';
import { FileError } from '@mikt/core';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { AppendFile } from './append-file.js';
import { CHECKPOINTS } from './checkpoint-files.js';
import { readIfThere, setAside, writeWhole } from './files.js';
import { cutTable, formatHeader, formatRow, salvageRows } from './metrics.js';
import type { LogMark } from './run-record.js';

/**
 * A log of a run, and its copy among the checkpoints: rows go to the log as they come, and to the copy with every
 * checkpoint, so that a damaged log can be written anew.
 */
export class RunLog {
  readonly columns: readonly string[];
  readonly #file: AppendFile;
  readonly #copy: AppendFile;
  readonly #hash = sha256.create();
  #bytes: number;
  #rows: number;
  /** Rows that the copy does not have yet. */
  #pending = '';

  /** @param text what the log and its copy hold, header and all */
  constructor(folder: string, name: string, text: string) {
    const [header = '', ...rows] = text.split('\n').slice(0, -1);
    this.columns = header.split(',');
    this.#rows = rows.length;
    this.#file = new AppendFile(path.join(folder, name), 'continue');
    this.#copy = new AppendFile(copyPath(folder, name), 'continue');
    const bytes = new TextEncoder().encode(text);
    this.#hash.update(bytes);
    this.#bytes = bytes.length;
  }

  /** Appends a row, a value for each column. @throws FileError */
  append(values: readonly (number | undefined)[]): void {
    const row = formatRow(values);
    this.#file.append(row);
    const bytes = new TextEncoder().encode(row);
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
    this.#rows++;
    this.#pending += row;
  }

  /** Brings the log and its copy to the disk. @returns how far they have come @throws FileError */
  mark(): LogMark {
    this.#copy.append(this.#pending);
    this.#pending = '';
    this.#copy.sync();
    this.#file.sync();
    return {
      columns: [...this.columns],
      rows: this.#rows,
      bytes: this.#bytes,
      sha256: bytesToHex(this.#hash.clone().digest()),
    };
  }

  close(): void {
    this.#file.close();
    this.#copy.close();
  }
}

/** Starts a log. Refuses one that is there (error code EEXIST). */
export async function createLog(folder: string, name: string, columns: readonly string[]): Promise<RunLog> {
  const header = formatHeader(columns);
  await fs.writeFile(path.join(folder, name), header, { flag: 'wx' });
  await fs.writeFile(copyPath(folder, name), header);
  return new RunLog(folder, name, header);
}

/** A log as a checkpoint knew it. */
export interface RestoredLog {
  readonly text: string;
  /** Rows beyond the checkpoint that were cut. */
  readonly rowsCut: number;
  /** What was wrong and put right, in a sentence. */
  readonly repaired?: string;
}

/**
 * Brings a log and its copy to where they were at a checkpoint: rows beyond it are cut, and one of the two that is
 * damaged is written anew from the other.
 * @param lastSteps environment steps at the checkpoint
 * @param mark what the checkpoint says of the log; undefined where an earlier version wrote it
 * @throws FileError where it cannot be read or written, or is damaged and there is no mark to repair it by
 */
export async function restoreLog(
  folder: string,
  name: string,
  lastSteps: number,
  mark: LogMark | undefined,
): Promise<RestoredLog> {
  const file = path.join(folder, name);
  const copy = copyPath(folder, name);
  const [own, spare] = [await readIfThere(file), await readIfThere(copy)];
  const restored = mark ? repair(file, own, copy, spare, lastSteps, mark) : cut(file, own, lastSteps);
  const bytes = new TextEncoder().encode(restored.text);
  if (restored.lost && own) await setAside(file);
  if (!own || !isSame(own, bytes)) await writeWhole(file, bytes);
  if (!spare || !isSame(spare, bytes)) await writeWhole(copy, bytes);
  return restored;
}

function repair(
  file: string,
  own: Uint8Array | undefined,
  copy: string,
  spare: Uint8Array | undefined,
  lastSteps: number,
  mark: LogMark,
): RestoredLog & { lost?: true } {
  const isSpareWhole = spare && matches(spare, mark);
  if (own && matches(own, mark)) {
    const rowsCut = text(own.subarray(mark.bytes)).split('\n').length - 1;
    const restored = { text: text(own.subarray(0, mark.bytes)), rowsCut };
    if (isSpareWhole) return restored;
    return { ...restored, repaired: `${copy} was ${damage(spare)}; it was written anew from ${file}.` };
  }
  if (isSpareWhole) {
    const repaired = `${file} was ${damage(own)}; its rows were restored from ${copy}.`;
    return { text: text(spare.subarray(0, mark.bytes)), rowsCut: 0, repaired };
  }
  const kept = [own, spare]
    .map((bytes) => (bytes ? salvageRows(text(bytes), mark.columns, lastSteps) : []))
    .reduce((most, rows) => (rows.length > most.length ? rows : most));
  return {
    text: [mark.columns.join(','), ...kept, ''].join('\n'),
    rowsCut: 0,
    lost: true,
    repaired:
      `${file} was ${damage(own)}, and so is its copy ${copy}: ${kept.length} of the ${mark.rows} rows up to step ` +
      `${lastSteps} could be kept${own ? `; what was there is in ${file}.damaged` : ''}.`,
  };
}

/** For checkpoints of versions that kept no copies. */
function cut(
  file: string,
  own: Uint8Array | undefined,
  lastSteps: number,
): RestoredLog & { lost?: undefined } {
  if (!own) throw new FileError(file, 'cannot be read: there is no such file or folder.');
  return cutTable(text(own), lastSteps, file);
}

function matches(bytes: Uint8Array, mark: LogMark): boolean {
  return bytes.length >= mark.bytes && bytesToHex(sha256(bytes.subarray(0, mark.bytes))) === mark.sha256;
}

function damage(bytes: Uint8Array | undefined): string {
  return bytes ? 'damaged' : 'missing';
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function copyPath(folder: string, name: string): string {
  return path.join(folder, CHECKPOINTS, name);
}
