import fs from 'node:fs/promises';
import path from 'node:path';
import { FileError, InvalidInputError } from '@mikt/core';
import { absolutePath } from '@mikt/runs';
import { GENERATOR } from './page/page.js';
import { type RenderOptions, type ReportFile, renderReport } from './render-report.js';

export interface ReportOptions extends Omit<RenderOptions, 'live'> {
  /** Folder for the report; made where it is missing. An earlier report there is replaced. */
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
  const earlier = linkedFiles(await readEarlierPage(out));
  const { files, figures } = await renderReport(options);
  const folder = absolutePath(out);
  for (const [name, file] of files) await write(path.join(folder, name), file, out);
  // What only the earlier report had would be taken for this one's.
  for (const name of earlier) if (!files.has(name)) await fs.rm(path.join(out, name), { force: true });
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

/** The text of the report that is there. @throws InvalidInputError where the page is not one of ours */
async function readEarlierPage(out: string): Promise<string> {
  const index = path.join(out, 'index.html');
  const text = await fs.readFile(index, 'utf8').catch(() => undefined);
  if (text === undefined || text.includes(`content="${GENERATOR}"`)) return text ?? '';
  throw new InvalidInputError(`${index} is there and is no report of mikt; move it, or give another --out.`);
}

/** The figures and tables that a report's page links, by path from its folder. */
function linkedFiles(page: string): string[] {
  return [...page.matchAll(/href="((?:figures|data)\/[\w-]+(?:\.\w+)+)"/g)].map(([, name]) => name!);
}
