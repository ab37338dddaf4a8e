import { statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MiktError } from '@mikt/core';
import {
  type RenderOptions,
  ReportCache,
  type ReportFile,
  renderReport,
  type ServedFile,
} from '@mikt/report';
import { lockPath } from '../lock.js';
import type { ReportInputs } from './inputs.js';

/** How often run folders are looked at. */
const LOOK_MILLISECONDS = 1000;
/** Share of one core that making pages may take: it is the runs' machine. */
const SHARE = 0.1;

/** The page lives from its own text, and asks its own server for a newer one. */
const POLICY =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; " +
  "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.csv': 'text/csv; charset=utf-8',
  '.json': 'application/json',
};

export interface LiveOptions extends Pick<RenderOptions, 'references'> {
  /** What to report on, asked anew each time. */
  read(): Promise<ReportInputs>;
  /** Folders whose runs may change or begin. */
  folders(): readonly string[];
  readonly signal: AbortSignal;
  /** Told when there is a page to serve. */
  onFirst(): Promise<void>;
  /** Told of what kept a newer page from being made. */
  onProblem(sentence: string): void;
}

/**
 * Keeps a report's files in a map for a server, and makes them again when a run has changed: at most a tenth of the
 * time is spent on it. Resolves when the signal says so.
 * @param files filled before `onFirst` is called; later replaced in one go
 */
export async function keepLive(files: Map<string, ServedFile>, options: LiveOptions): Promise<void> {
  const { read, folders, references, signal, onFirst, onProblem } = options;
  const cache = new ReportCache();
  let seen: string | undefined;
  for (let version = 1; !signal.aborted; ) {
    const state = stateOf(folders());
    let seconds = 0;
    if (state !== seen) {
      const begun = performance.now();
      try {
        const inputs = await read();
        const rendered = await renderReport({
          ...inputs,
          ...(references && { references }),
          ...{ live: true, png: false, rollouts: false, cache },
        });
        replaceFiles(files, rendered.files, version);
        if (version++ === 1) await onFirst();
      } catch (error) {
        // A run that is being written may be whole the next time.
        if (!(error instanceof MiktError) || files.size === 0) throw error;
        onProblem(`The page stays as it is: ${error.message}`);
      }
      seen = state;
      seconds = (performance.now() - begun) / 1000;
    }
    await sleep(Math.max(LOOK_MILLISECONDS, (1000 * seconds) / SHARE), undefined, { signal }).catch(() => {});
  }
}

function replaceFiles(
  files: Map<string, ServedFile>,
  made: ReadonlyMap<string, ReportFile>,
  version: number,
): void {
  files.clear();
  for (const [name, file] of made) {
    const type = TYPES[path.extname(name)] ?? 'application/octet-stream';
    const served =
      'copyOf' in file ? { type, file: file.copyOf } : { type, text: textOf(file), policy: POLICY };
    files.set(name === 'index.html' ? '/' : `/${name}`, served);
  }
  files.set('/version', { type: 'text/plain; charset=utf-8', text: String(version) });
}

function textOf(file: Exclude<ReportFile, { readonly copyOf: string }>): string {
  return 'text' in file ? file.text : Buffer.from(file.bytes).toString('latin1');
}

/** What changes whenever a run does: sizes and times of its logs, its manifest and its lock. */
function stateOf(folders: readonly string[]): string {
  return folders
    .flatMap((folder) => [path.join(folder, 'metrics.csv'), path.join(folder, 'run.json'), lockPath(folder)])
    .map((file) => {
      const found = statSync(file, { throwIfNoEntry: false });
      return found ? `${found.size} ${found.mtimeMs}` : '';
    })
    .join('\n');
}
