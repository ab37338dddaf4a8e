import { readFileSync } from 'node:fs';
import path from 'node:path';
import { findMethod, presetValues, resolveConfig } from '@mikt/algos';
import { InvalidInputError } from '@mikt/core';
import type { PlannedRun } from '@mikt/eval';
import type { RunJob, Store } from '@mikt/queue';
import { checkpointFile, isZooName } from '../checkpoint-source.js';
import type { LoadedStudy } from '../study/load.js';
import type { QueuePackage } from './package.js';

/** The part of a job that names it in the queue. */
export type RunName = Pick<RunJob, 'study' | 'folder' | 'fingerprint'>;

export function runName({ fingerprintOf }: QueuePackage, study: LoadedStudy, run: PlannedRun): RunName {
  return {
    study: study.study.name,
    folder: run.folder,
    fingerprint: fingerprintOf(run.config as unknown as Record<string, unknown>, study.fingerprints(run)),
  };
}

/**
 * A planned run as a job for any machine. Teachers that are files are put into the store.
 * @param files what was put there before, by path: filled
 * @throws InvalidInputError where the run needs what cannot travel, StoreError
 */
export async function plannedJob(
  queue: QueuePackage,
  study: LoadedStudy,
  run: PlannedRun,
  { store, id }: { store: Store; id: string },
  files: Map<string, string>,
): Promise<RunJob> {
  const { env, algo, seed, steps } = run.config;
  if (run.robot !== undefined) {
    throw new InvalidInputError(
      `${env}: a robot that is described in a file does not travel to other machines; run this study without --queue.`,
    );
  }
  const fingerprints = study.fingerprints(run);
  const teachers: RunJob['teachers'][number][] = [];
  for (const [k, argument] of study.teacherArguments(run).entries()) {
    const fingerprint = fingerprints[k]!;
    if (isZooName(argument)) {
      teachers.push({ argument, fingerprint });
      continue;
    }
    const source = await checkpointFile(argument);
    const file = files.get(source) ?? (await queue.putTeacher(store, readFileSync(source)));
    files.set(source, file);
    teachers.push({ argument: travelling(queue, source, file), fingerprint, file });
  }
  return {
    format: queue.QUEUE_FORMAT,
    ...runName(queue, study, run),
    ...{ method: run.method, env, algo, seed, steps },
    ...(run.preset === undefined ? {} : { preset: run.preset }),
    overrides: { ...run.overrides },
    teachers,
    store: { id, location: store.location },
  };
}

/** Where a worker puts a teacher: where it is here, as far as that is below the working folder. */
function travelling({ isInside }: QueuePackage, source: string, file: string): string {
  const relative = path.relative('', source).split(path.sep).join('/');
  return isInside(relative) ? relative : `teachers/${file.slice(0, 8)}-${path.basename(source)}`;
}

/**
 * The run that a job asks for.
 * @throws InvalidInputError where its configuration is not one of this version
 */
export function plannedRun(job: RunJob): PlannedRun {
  const { folder, method, env, algo, seed, steps, preset, overrides, teachers } = job;
  const config = resolveConfig({
    ...(preset === undefined ? {} : presetValues(findMethod(algo).name, preset)),
    ...overrides,
    ...{ env, algo, seed, steps },
  });
  return {
    ...{ folder, method, preset, overrides, config },
    teachers: teachers.map(({ argument }) => argument),
  };
}
