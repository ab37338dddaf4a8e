import fs from 'node:fs';
import path from 'node:path';
import { FileError } from '@mikt/core';
import { AppendFile } from './append-file.js';
import { EVENT_FILE_VERSION, type EventRecord, encodeEvent, readEvents } from './event-records.js';
import { fileError, readBytes } from './files.js';
import type { Columns } from './metrics.js';
import { tagOf } from './tags.js';

const PREFIX = 'events.out.tfevents.';
const OURS = /^events\.out\.tfevents\.\d+\.mikt\.\d+\.v2$/;

/** A row of metrics.csv; what is undefined or NaN becomes an empty cell. */
export type MetricsRow = Readonly<Record<string, number | undefined>>;

/** Writes the TensorBoard event file of one session of a run. */
export class EventWriter {
  readonly #file: AppendFile;
  #configuration: string | undefined;

  /**
   * Starts `events.out.tfevents.<unix seconds>.mikt.<session>.v2` in `folder`. Where TensorBoard's own writers put
   * the machine's name stands mikt's: run folders are given away.
   * @param from where earlier files are gone on from: TensorBoard drops what it has read of this step and later ones
   * @param configuration the text that they show already
   * @throws FileError
   */
  constructor(folder: string, from = 0, configuration?: string) {
    this.#configuration = configuration;
    const now = Date.now() / 1000;
    const names = fs.readdirSync(folder).filter((name) => name.startsWith(PREFIX));
    const started = names.map((name) => Number.parseInt(name.slice(PREFIX.length), 10));
    // TensorBoard reads a folder's files in the order of their names: a new one must come last.
    const seconds = Math.max(Math.floor(now), ...started.filter(Number.isFinite).map((last) => last + 1));
    const file = path.join(folder, `${PREFIX}${seconds}.mikt.${names.length}.v2`);
    this.#file = new AppendFile(file, 'create');
    this.#append({ step: 0, fileVersion: EVENT_FILE_VERSION });
    // In the first file as well: TensorBoard takes the first start that it reads for no restart.
    this.#append({ step: from, sessionStart: true });
  }

  /** Appends a row of metrics.csv, each cell that has a value under its tag. @throws FileError */
  appendRow(columns: readonly string[], row: MetricsRow): void {
    const scalars = columns.flatMap((column): [string, number][] => {
      const [tag, value] = [tagOf(column), row[column]];
      return tag === undefined || value === undefined || Number.isNaN(value) ? [] : [[tag, value]];
    });
    this.#append({ step: row.steps!, scalars: Object.fromEntries(scalars) });
  }

  /** Shows a configuration from `step` on, as a table among TensorBoard's texts, unless it is shown. @throws FileError */
  showConfiguration(step: number, config: Readonly<Record<string, unknown>>): void {
    const configuration = markdownTable(config);
    if (configuration !== this.#configuration) this.#append({ step, texts: { configuration } });
    this.#configuration = configuration;
  }

  close(): void {
    this.#file.close();
  }

  #append(event: Omit<EventRecord, 'wallTime'>): void {
    this.#file.append(encodeEvent({ wallTime: Date.now() / 1000, ...event }));
  }
}

/** Starts the events of a new run. @throws FileError */
export function beginEvents(folder: string, config: Readonly<Record<string, unknown>>): EventWriter {
  const writer = new EventWriter(folder);
  writer.showConfiguration(0, config);
  return writer;
}

/**
 * Goes on with the events of a run in a new file, so that TensorBoard shows what metrics.csv has: cuts the files of
 * earlier sessions where they go beyond it or lack a row of it (damaged, deleted, lost in a power cut), and writes
 * the rows that are then missing once more.
 * @param metrics the rows to go on from
 * @throws FileError
 */
export async function continueEvents(
  folder: string,
  metrics: Columns,
  config: Readonly<Record<string, unknown>>,
): Promise<EventWriter> {
  const steps = metrics.steps!;
  const names = fs.readdirSync(folder).filter((name) => OURS.test(name));
  const files = await Promise.all(names.sort().map((name) => wholeEvents(path.join(folder, name))));
  const present = new Set(files.flatMap(({ events }) => events.filter(isRow).map(({ event }) => event.step)));
  const kept = steps.findIndex((step) => !present.has(step));
  const rowsKept = kept < 0 ? steps.length : kept;
  const lastStep = rowsKept === 0 ? -1 : steps[rowsKept - 1]!;

  let configuration: string | undefined;
  for (const { file, events } of files) {
    const beyond = events.findIndex(({ event }) => event.step > lastStep);
    const own = beyond < 0 ? events : events.slice(0, beyond);
    await fs.promises.truncate(file, own.at(-1)?.end ?? 0).catch((cause) => {
      throw fileError(file, 'cannot be cut', cause);
    });
    configuration = own.findLast(({ event }) => event.texts)?.event.texts?.configuration ?? configuration;
  }

  const writer = new EventWriter(folder, lastStep + 1, configuration);
  writer.showConfiguration(Math.max(0, lastStep), config);
  const columns = Object.keys(metrics);
  for (let row = rowsKept; row < steps.length; row++) {
    writer.appendRow(columns, Object.fromEntries(columns.map((column) => [column, metrics[column]![row]!])));
  }
  return writer;
}

/** The records of a file up to the first one that is damaged or not all there: TensorBoard reads no further. */
async function wholeEvents(
  file: string,
): Promise<{ file: string; events: { event: EventRecord; end: number }[] }> {
  const bytes = await readBytes(file);
  const events: { event: EventRecord; end: number }[] = [];
  try {
    for (const record of readEvents(bytes, file)) events.push(record);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
  }
  return { file, events };
}

function isRow({ event }: { readonly event: EventRecord }): boolean {
  return event.fileVersion === undefined && event.texts === undefined && event.sessionStart === undefined;
}

function markdownTable(config: Readonly<Record<string, unknown>>): string {
  const rows = Object.entries(config).map(([key, value]) => {
    const text = typeof value === 'string' ? value : String(JSON.stringify(value));
    return `| ${key} | ${text.replaceAll('|', '\\|')} |`;
  });
  return ['| key | value |', '| --- | --- |', ...rows].join('\n');
}
