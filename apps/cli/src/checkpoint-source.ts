import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { type Teacher, teacherFromCheckpoint } from '@mikt/algos';
import { InvalidInputError, UnknownNameError } from '@mikt/core';
import { readCheckpoint, resolveCheckpoint } from '@mikt/runs';
import { Option } from 'commander';

const ZOO = 'zoo:';
const EXTENSION = '.safetensors';

/** Whether an argument names a zoo teacher and is no path. */
export function isZooName(given: string): boolean {
  return given.startsWith(ZOO);
}

/** Chooses a run's best checkpoint in place of its last one. */
export function bestOption(): Option {
  return new Option(
    '--best',
    'of a run folder its best checkpoint, by the mean return of 100 episodes, in place of its last one',
  );
}

/**
 * The checkpoint or policy file that an argument means: a file, a run's last or best checkpoint, or `zoo:<name>`.
 * @throws UnknownNameError for a name that is not in the zoo, FileError for a path that leads nowhere,
 * InvalidInputError where the best of what is no run is asked for
 */
export async function checkpointFile(given: string, best = false): Promise<string> {
  if (!given.startsWith(ZOO)) return resolveCheckpoint(given, best ? 'best' : 'last');
  if (best)
    throw new InvalidInputError(`--best is one of a run's checkpoints, and ${given} is one of the zoo's.`);
  return zooFile(given.slice(ZOO.length));
}

/** The teacher that `--teacher` names. @throws MiktError as above, or where the checkpoint cannot be one */
export async function readTeacher(given: string): Promise<Teacher> {
  const file = await checkpointFile(given);
  return teacherFromCheckpoint(await readCheckpoint(file), given.startsWith(ZOO) ? given : file);
}

/** Every teacher of the zoo: what it is called, and its file. */
export function zooTeachers(): { readonly source: string; readonly path: string }[] {
  const folder = zooFolder();
  return readdirSync(folder)
    .filter((file) => file.endsWith(EXTENSION))
    .sort()
    .map((file) => ({ source: ZOO + path.basename(file, EXTENSION), path: path.join(folder, file) }));
}

function zooFile(name: string): string {
  const teachers = zooTeachers();
  const found = teachers.find(({ source }) => source === ZOO + name);
  if (found) return found.path;
  const known = teachers.map(({ source }) => source.slice(ZOO.length));
  throw new UnknownNameError('zoo teacher', name, known);
}

function zooFolder(): string {
  return path.dirname(createRequire(import.meta.url).resolve('@mikt/zoo/package.json'));
}
