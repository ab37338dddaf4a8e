import { statSync } from 'node:fs';
import { continuedConfig, readTrainingState, resolveConfig, resumeRun } from '@mikt/algos';
import { InvalidInputError } from '@mikt/core';
import { type RunManifest, readCheckpoint, readRun } from '@mikt/runs';
import { Command } from 'commander';
import { formatNumber, printJson, say, wholeNumber } from '../options.js';
import { provenance, sayRounding, withProgress } from '../training.js';

interface ResumeFlags {
  readonly steps?: number;
  readonly threads?: number;
  readonly json?: boolean;
}

export function resumeCommand(): Command {
  return new Command('resume')
    .description(
      'go on with a run that was interrupted, to the result it would have had; with --steps, beyond it',
    )
    .argument('<run>', 'run folder')
    .option(
      '--steps <n>',
      'a larger total of environment steps, to which the run goes on after those it is planned for; its learning rate and phases are then those of the new total',
      wholeNumber(1),
    )
    .option(
      '--threads <n>',
      'threads at most; results do not depend on it (default: one per core)',
      wholeNumber(1),
    )
    .option('--json', 'print the result as JSON')
    .action(async (folder: string, { steps, threads, json = false }: ResumeFlags) => {
      if (statSync(folder, { throwIfNoEntry: false })?.isFile()) await refuseFile(folder);
      const { manifest } = await readRun(folder);
      const isGivenMore = steps !== undefined && checkMore(folder, manifest, steps);
      if (manifest.status === 'finished' && !isGivenMore) {
        if (json) printJson({ run: folder, status: manifest.status, steps: manifest.steps });
        else
          process.stdout.write(`${folder} is finished: it has its ${formatNumber(manifest.steps)} steps.\n`);
        return;
      }
      process.exitCode = await withProgress(folder, manifest, json, (callbacks) =>
        resumeRun(folder, {
          ...callbacks,
          ...(threads === undefined ? {} : { threads }),
          ...(isGivenMore ? { more: { steps, provenance: provenance() } } : {}),
        }),
      );
    });
}

/**
 * Says what `--steps` comes to.
 * @returns whether it is more than the run is planned for
 * @throws InvalidInputError where it is less
 */
function checkMore(folder: string, manifest: RunManifest, steps: number): boolean {
  const continued = continuedConfig(resolveConfig(manifest.config), steps);
  sayRounding(steps, continued);
  if (continued.steps === manifest.steps) return false;
  if (manifest.status !== 'finished') {
    say(
      `${folder} first goes to its ${formatNumber(manifest.steps)} steps as planned, and then on to ${formatNumber(continued.steps)}.`,
    );
  }
  return true;
}

/** @throws MiktError: why a file is nothing to go on with */
async function refuseFile(file: string): Promise<never> {
  readTrainingState(await readCheckpoint(file), file);
  throw new InvalidInputError(`${file} is a checkpoint; resume takes the folder of its run.`);
}
