import {
  continuedConfig,
  type RunConfig,
  type RunOptions,
  readTrainingState,
  resolveConfig,
  resumeRun,
  type TrainingResult,
  trainRun,
} from '@mikt/algos';
import { FileError, InvalidInputError } from '@mikt/core';
import {
  inspectRun,
  isUnbegun,
  kindOf,
  type RunManifest,
  readCheckpoint,
  removeUnbegun,
  repairRun,
} from '@mikt/runs';
import { Command } from 'commander';
import { readTeacher } from '../checkpoint-source.js';
import { acquireLock } from '../lock.js';
import { formatNumber, printJson, say, wholeNumber } from '../options.js';
import { onNanOption, provenance, sayRounding, withProgress } from '../training.js';

interface ResumeFlags {
  readonly steps?: number;
  readonly onNan?: RunConfig['onNan'];
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
    .addOption(onNanOption('what its configuration says'))
    .option(
      '--threads <n>',
      'threads at most; results do not depend on it (default: one per core)',
      wholeNumber(1),
    )
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nWhat of a damaged run folder is put right: docs/run-folder.md.')
    .action(async (folder: string, flags: ResumeFlags) => {
      if ((await kindOf(folder)) === 'file') await refuseFile(folder);
      const { manifest, steps } = await inspectRun(folder);
      const isGivenMore = flags.steps !== undefined && checkMore(folder, manifest, flags.steps);
      // Without checkpoints it was put away; with its last one damaged it has to go over its last steps again.
      const isComplete = manifest.status === 'finished' && (steps ?? manifest.steps) >= manifest.steps;
      if (isComplete && !isGivenMore) await reportFinished(folder, manifest, flags);
      else
        process.exitCode = await goOn(folder, manifest, isGivenMore ? flags : { ...flags, steps: undefined });
    });
}

/** Goes on with a run, or begins it where it was stopped before its first checkpoint. Returns the exit status. */
async function goOn(
  folder: string,
  manifest: RunManifest,
  { steps, onNan, threads, json = false }: { [K in keyof ResumeFlags]: ResumeFlags[K] | undefined },
): Promise<number> {
  const withThreads = threads === undefined ? {} : { threads };
  return withProgress(folder, manifest, json, async (callbacks) => {
    if (await isUnbegun(folder)) {
      const config = resolveConfig({ ...manifest.config, ...(onNan === undefined ? {} : { onNan }) });
      const begun = await beginAnew(folder, manifest, config, { ...callbacks, ...withThreads });
      if (begun.status === 'interrupted' || steps === undefined) return begun;
    }
    return resumeRun(folder, {
      ...callbacks,
      ...withThreads,
      ...(onNan === undefined ? {} : { onNan }),
      ...(steps === undefined ? {} : { more: { steps, provenance: provenance() } }),
    });
  });
}

/** Starts a run in its folder as it was started the first time, which left nothing to go on from. */
async function beginAnew(
  folder: string,
  { command, teachers }: RunManifest,
  config: RunConfig,
  options: Omit<RunOptions, 'provenance' | 'teachers'>,
): Promise<TrainingResult> {
  const read = await Promise.all(teachers.map(({ source }) => readTeacher(source)));
  const changed = read.findIndex(({ fingerprint }, i) => fingerprint !== teachers[i]!.fingerprint);
  if (changed >= 0) {
    throw new FileError(
      teachers[changed]!.source,
      `is not the checkpoint any more that ${folder} was started with; start a new run with mikt transfer.`,
    );
  }
  say(`${folder} was stopped before its first checkpoint; it starts from the beginning.`);
  await removeUnbegun(folder);
  return trainRun(config, folder, {
    ...options,
    teachers: read,
    provenance: { ...provenance(), command },
  });
}

/** Says that there is nothing to do, once the files of the run are as they should be. */
async function reportFinished(
  folder: string,
  { status, steps }: RunManifest,
  { json }: ResumeFlags,
): Promise<void> {
  const release = acquireLock(folder);
  try {
    for (const sentence of await repairRun(folder)) say(sentence);
  } finally {
    release();
  }
  if (json) printJson({ run: folder, status, steps });
  else process.stdout.write(`${folder} is finished: it has its ${formatNumber(steps)} steps.\n`);
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
