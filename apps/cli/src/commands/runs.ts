import { existsSync } from 'node:fs';
import { InvalidInputError } from '@mikt/core';
import { Command, Option } from 'commander';
import { collect, printJson, say } from '../options.js';
import { compareRuns, differInSeedsOnly } from '../runs/compare.js';
import { describeComparison } from '../runs/comparison-text.js';
import { findRuns } from '../runs/find-runs.js';
import { listRuns } from '../runs/list.js';
import {
  type Filter,
  knownValues,
  matches,
  parseFilters,
  SORT_KEYS,
  type SortKey,
  sortRuns,
} from '../runs/select.js';
import {
  type DamagedRun,
  type RunSummary,
  readSummary,
  summaryJson,
  tryReadSummary,
} from '../runs/summary.js';

const DEFAULT_FOLDER = 'runs';

type AnyRun = RunSummary | DamagedRun;

interface RunsFlags {
  readonly sort?: SortKey;
  readonly filter?: readonly string[];
  readonly json?: boolean;
}

export function runsCommand(): Command {
  const runs = withOptions(
    new Command('runs')
      .description('list runs: how each was made, how it stands, its return and what it cost')
      .argument('[folders...]', `run folders, or folders of runs and studies (default: ${DEFAULT_FOLDER})`),
    'started',
  )
    .addHelpText(
      'after',
      '\nbest: the highest return_100. mikt eval, watch and export <run> --best take the\nbest checkpoint.',
    )
    .action(list);
  withOptions(
    runs
      .command('compare')
      .description('say in what runs differ: configuration, returns at common steps, cost, versions')
      .argument('<runs...>', 'run folders; a folder of runs stands for all that are in it'),
    'as given',
    // What both have is read by the command above.
  ).action((given: string[], _flags, command: Command) => compare(given, command.optsWithGlobals()));
  return runs;
}

function withOptions(command: Command, order: string): Command {
  return command
    .addOption(new Option('--sort <by>', `latest or highest first (default: ${order})`).choices(SORT_KEYS))
    .option(
      '--filter <key=value>',
      'only runs with this name, env, algo, method, teacher, seed, state or configuration key; may be repeated: ' +
        'of several values for one key any will do',
      collect,
    )
    .option('--json', 'print the result as JSON');
}

async function list(given: readonly string[], { sort = 'started', filter = [], json }: RunsFlags) {
  const filters = parseFilters(filter);
  const folders = given.length > 0 ? given : [DEFAULT_FOLDER];
  // Before the first training there is no such folder, which is nothing wrong.
  const all = given.length > 0 || existsSync(DEFAULT_FOLDER) ? await readRuns(folders) : [];
  const runs = sortRuns(
    all.filter((run) => matches(run, filters)),
    sort,
  );
  if (json) printJson(runs.map(summaryJson));
  else if (runs.length > 0) writeLines(listRuns(runs, terminalWidth()));
  if (all.length === 0) {
    say(`There are no runs in ${folders.join(', ')}; mikt train and mikt transfer make them.`);
  } else if (runs.length === 0) {
    say(nothingFound(all, filters));
  }
  const unknown = all.filter((run) => run.state === 'damaged' && !runs.includes(run)).length;
  if (unknown > 0 && !filters.some(({ key }) => key === 'state')) {
    say(`Left out, for they cannot be read: ${unknown} more, which --filter state=damaged lists.`);
  }
}

async function compare(given: readonly string[], { sort, filter = [], json }: RunsFlags) {
  const filters = parseFilters(filter);
  const all = await readRuns(given);
  const chosen = all.filter((run) => matches(run, filters));
  if (chosen.length < 2) {
    const count = chosen.length === 1 ? 'is one' : 'are none';
    const which = filters.length > 0 ? ' with these filters' : '';
    throw new InvalidInputError(
      `compare takes two runs or more, and there ${count} in ${given.join(', ')}${which}.`,
    );
  }
  const runs = await Promise.all(
    // Reading a damaged one again says what is wrong with it.
    chosen.map(async (run) => (run.state === 'damaged' ? readSummary(run.folder) : run)),
  );
  const comparison = compareRuns(sort === undefined ? runs : sortRuns(runs, sort));
  if (!json) {
    writeLines(describeComparison(comparison, terminalWidth()));
    return;
  }
  const byKey = (differences: typeof comparison.versions) =>
    Object.fromEntries(differences.map(({ key, values }) => [key, values.map((value) => value ?? null)]));
  printJson({
    runs: comparison.runs.map(summaryJson),
    differInSeedsOnly: differInSeedsOnly(comparison),
    configuration: byKey(comparison.configuration),
    // JSON has null where there is no return yet.
    returns: { steps: comparison.steps, return_100: comparison.returns.map((values) => [...values]) },
    versions: byKey(comparison.versions),
  });
}

async function readRuns(given: readonly string[]): Promise<AnyRun[]> {
  const runs: AnyRun[] = [];
  for (const folder of findRuns(given)) runs.push(await tryReadSummary(folder));
  return runs;
}

function nothingFound(all: readonly AnyRun[], filters: readonly Filter[]): string {
  const unmet = filters.find((filter) => !all.some((run) => matches(run, [filter])));
  if (!unmet) return 'No run meets all of these filters.';
  const known = knownValues(all, unmet.key);
  return `No run has this ${unmet.key}; ${known.length > 0 ? `what there is: ${known.join(', ')}` : 'none has any'}.`;
}

function writeLines(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Characters in a line where standard output is a terminal; the last column stays free, some terminals wrap at it. */
function terminalWidth(): number | undefined {
  return process.stdout.isTTY ? Math.max((process.stdout.columns ?? 80) - 1, 20) : undefined;
}
