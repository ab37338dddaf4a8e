import fs from 'node:fs/promises';
import path from 'node:path';
import { FileError, InvalidInputError } from '@mikt/core';
import { GENERATOR } from './page/page.js';
import { type RenderOptions, type ReportFile, renderReport } from './render-report.js';

export interface ReportOptions extends Omit<RenderOptions, 'live'> {
  /** Folder for the report; made where it is missing. What an earlier report wrote there is written over. */
  readonly out: string;
}

export interface WrittenReport {
  /** Path of the page. */
  readonly index: string;
  /** Paths of the figures as SVG files. */
  readonly figures: readonly string[];
  /** Bytes of the page. */
  readonly bytes: number;
}

/**
 * Writes the report that `renderReport` gives into a folder.
 * @throws InvalidInputError without runs, or where another page is in the report's place; FileError where a run is
 * missing or damaged, or the report cannot be written
 */
export async function writeReport({ out, ...options }: ReportOptions): Promise<WrittenReport> {
  await refuseForeignPage(out);
  const { files, figures } = await renderReport(options);
  for (const [name, file] of files) await write(path.join(out, name), file, out);
  const page = files.get('index.html') as { readonly text: string };
  return {
    index: path.join(out, 'index.html'),
    figures: figures.map((name) => path.join(out, name)),
    bytes: Buffer.byteLength(page.text),
  };
}

async function write(target: string, file: ReportFile, out: string): Promise<void> {
  try {
    await fs.mkdir(path.dirname(target), { recursive: true });
    if ('copyOf' in file) await fs.copyFile(file.copyOf, target);
    else await fs.writeFile(target, 'text' in file ? file.text : file.bytes);
  } catch (cause) {
    throw new FileError(out, `the report cannot be written there: ${(cause as Error).message}.`, { cause });
  }
}

async function refuseForeignPage(out: string): Promise<void> {
  const index = path.join(out, 'index.html');
  const text = await fs.readFile(index, 'utf8').catch(() => undefined);
  if (text === undefined || text.includes(`content="${GENERATOR}"`)) return;
  throw new InvalidInputError(`${index} is there and is no report of mikt; move it, or give another --out.`);
}
