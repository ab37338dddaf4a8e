import { statSync } from 'node:fs';
import { readTrainingState, resumeRun } from '@mikt/algos';
import { InvalidInputError } from '@mikt/core';
import { readCheckpoint, readRun } from '@mikt/runs';
import { Command } from 'commander';
import { formatNumber, printJson, wholeNumber } from '../options.js';
import { withProgress } from '../training.js';

export function resumeCommand(): Command {
  return new Command('resume')
    .description('go on with a run that was interrupted, to the result it would have had')
    .argument('<run>', 'run folder')
    .option(
      '--threads <n>',
      'threads at most; results do not depend on it (default: one per core)',
      wholeNumber(1),
    )
    .option('--json', 'print the result as JSON')
    .action(async (folder: string, { json = false, threads }: { json?: boolean; threads?: number }) => {
      if (statSync(folder, { throwIfNoEntry: false })?.isFile()) await refuseFile(folder);
      const { manifest } = await readRun(folder);
      if (manifest.status === 'finished') {
        if (json) printJson({ run: folder, status: manifest.status, steps: manifest.steps });
        else
          process.stdout.write(`${folder} is finished: it has its ${formatNumber(manifest.steps)} steps.\n`);
        return;
      }
      process.exitCode = await withProgress(folder, manifest, json, (callbacks) =>
        resumeRun(folder, { ...callbacks, ...(threads === undefined ? {} : { threads }) }),
      );
    });
}

/** @throws MiktError: why a file is nothing to go on with */
async function refuseFile(file: string): Promise<never> {
  readTrainingState(await readCheckpoint(file), file);
  throw new InvalidInputError(`${file} is a checkpoint; resume takes the folder of its run.`);
}
