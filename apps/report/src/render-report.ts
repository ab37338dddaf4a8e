import path from 'node:path';
import { InvalidInputError } from '@mikt/core';
import { type Run, readRun } from '@mikt/runs';
import { readBuiltFile } from './built-files.js';
import { toPng } from './figures/png.js';
import { slug } from './format.js';
import { type MakeReportOptions, makeReport } from './make-report.js';
import { reportPage } from './page/page.js';
import { figuresOf, type Report } from './report.js';
import type { ReportedRun, RunInput } from './runs.js';
import { playerScript } from './viewer/index.js';

export interface RenderOptions extends MakeReportOptions {
  /** Run folders. */
  readonly runs: readonly (string | RunInput)[];
  /** Gives the figures as PNG files too. Default true. */
  readonly png?: boolean;
  /** The page asks the server that it came from for a newer one. Default false. */
  readonly live?: boolean;
}

/** A file of a report: its text, its bytes, or the file that it is a copy of. */
export type ReportFile =
  | { readonly text: string }
  | { readonly bytes: Uint8Array }
  | { readonly copyOf: string };

/** A report that is not written yet. */
export interface RenderedReport {
  /** By path from the report's folder, with `/`; the page is `index.html`. */
  readonly files: ReadonlyMap<string, ReportFile>;
  /** Paths of the figures as SVG files, in the order of the page. */
  readonly figures: readonly string[];
}

/**
 * Compares runs in a page of figures and tables, `index.html`, which needs no other file; beside it `figures/` with
 * each figure as SVG, PNG, CSV and Vega-Lite, and `data/` with every run's metrics. The same runs give the same bytes.
 * @throws InvalidInputError without runs, FileError where one is missing or damaged
 */
export async function renderReport({
  runs,
  png = true,
  live = false,
  ...options
}: RenderOptions): Promise<RenderedReport> {
  const report = await makeReport(await readRuns(runs), options);
  const names = fileNames(report);
  const page = reportPage(report, {
    script: readBuiltFile('browser/page.js').trim(),
    hasPng: png,
    csvOf: (run) => names.get(run)!,
    ...((report.rollouts?.rollouts.length ?? 0) > 0 && { player: playerScript() }),
    ...(live && { liveScript: readBuiltFile('browser/live.js').trim() }),
  });
  const files = new Map<string, ReportFile>([['index.html', { text: page }]]);
  const figures = figuresOf(report);
  for (const { id, file, csv, spec } of figures) {
    files.set(`figures/${id}.svg`, { text: file });
    files.set(`figures/${id}.csv`, { text: csv });
    files.set(`figures/${id}.vl.json`, { text: `${JSON.stringify(spec)}\n` });
    if (png) files.set(`figures/${id}.png`, { bytes: await toPng(file) });
  }
  for (const [run, name] of names) files.set(name, { copyOf: path.join(run.path, 'metrics.csv') });
  return { files, figures: figures.map(({ id }) => `figures/${id}.svg`) };
}

/** Runs as they are on the disk, each once. */
async function readRuns(
  inputs: readonly (string | RunInput)[],
): Promise<{ readonly run: Run; readonly input: RunInput }[]> {
  if (inputs.length === 0) throw new InvalidInputError('a report needs at least one run folder.');
  const byFolder = new Map<string, RunInput>();
  for (const given of inputs) {
    const input = typeof given === 'string' ? { folder: given } : given;
    const folder = path.resolve(input.folder);
    // What a study knows of it says more.
    if (!byFolder.has(folder) || input.label !== undefined) byFolder.set(folder, { ...input, folder });
  }
  const read = [];
  for (const input of byFolder.values()) read.push({ run: await readRun(input.folder), input });
  return read;
}

/** Where each run's metrics are in the report. */
function fileNames({ runs }: Report): Map<ReportedRun, string> {
  const names = new Map<ReportedRun, string>();
  const taken = new Set<string>();
  for (const run of runs) {
    const wanted = slug(run.name);
    let name = wanted;
    for (let number = 2; taken.has(name); number++) name = `${wanted}-${number}`;
    taken.add(name);
    names.set(run, `data/${name}.csv`);
  }
  return names;
}
