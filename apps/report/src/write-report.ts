import fs from 'node:fs/promises';
import path from 'node:path';
import { FileError, InvalidInputError } from '@mikt/core';
import { type Run, readRun } from '@mikt/runs';
import type { Figure } from './figure.js';
import { learningCurves, type Reference } from './figures.js';
import { groupRuns } from './methods.js';
import { mixingWeights, teacherWeights } from './mixing-figures.js';
import { reportPage, type Section } from './page.js';
import { methodResults, verdict } from './verdict.js';

export interface ReportOptions {
  /** Run folders. */
  readonly runs: readonly string[];
  /** Folder for the report; made where it is missing. What an earlier report wrote there is written over. */
  readonly out: string;
  /** Values to draw into an environment's learning curves, e.g. what doing nothing earns. */
  readonly references?: Readonly<Record<string, readonly Reference[]>>;
}

export interface WrittenReport {
  /** Path of the page. */
  readonly index: string;
  /** Paths of the figures as SVG files. */
  readonly figures: readonly string[];
}

/**
 * Compares runs in a page of figures and tables: `index.html`, which needs no other file, and `figures/*.svg`.
 * The same runs give the same bytes.
 * @throws InvalidInputError without runs, FileError where one is missing or damaged or the report cannot be written
 */
export async function writeReport({ runs, out, references = {} }: ReportOptions): Promise<WrittenReport> {
  if (runs.length === 0) throw new InvalidInputError('a report needs at least one run folder.');
  const folders = [...new Set(runs.map((folder) => path.resolve(folder)))];
  const read: Run[] = [];
  for (const folder of folders) read.push(await readRun(folder));
  const sections = await makeSections(read, references);

  const index = path.join(out, 'index.html');
  const files = new Map([[index, reportPage(sections)]]);
  const figures = sections.flatMap((section) => section.figures);
  const figurePaths = figures.map(({ id }) => path.join(out, 'figures', `${id}.svg`));
  figures.forEach(({ file }, position) => {
    files.set(figurePaths[position]!, file);
  });
  try {
    await fs.mkdir(path.join(out, 'figures'), { recursive: true });
    for (const [file, text] of files) await fs.writeFile(file, text);
  } catch (cause) {
    throw new FileError(out, `the report cannot be written there: ${(cause as Error).message}.`, { cause });
  }
  return { index, figures: figurePaths };
}

async function makeSections(
  runs: readonly Run[],
  references: NonNullable<ReportOptions['references']>,
): Promise<Section[]> {
  const methods = groupRuns(runs);
  const sections: Section[] = [];
  const taken = new Set<string>();
  const takeId = (wanted: string) => {
    let id = wanted;
    for (let number = 2; taken.has(id); number++) id = `${wanted}-${number}`;
    taken.add(id);
    return id;
  };
  for (const env of new Set(methods.map((method) => method.env))) {
    const here = methods.filter((method) => method.env === env);
    const compared = Object.hasOwn(references, env) ? references[env]! : [];
    const figures: (Figure | undefined)[] = [await learningCurves(takeId, env, here, compared)];
    for (const method of here)
      figures.push(await mixingWeights(takeId, method), await teacherWeights(takeId, method));
    sections.push({
      env,
      verdict: verdict(env, here, compared),
      figures: figures.filter((figure) => figure !== undefined),
      methods: here,
      results: methodResults(here),
    });
  }
  return sections;
}
