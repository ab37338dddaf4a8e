import { policyFromCheckpoint, readTrainingState, type Teacher } from '@mikt/algos';
import { MiktError } from '@mikt/core';
import type { Engine } from '@mikt/graph';
import { type DecodedCheckpoint, readCheckpoint } from '@mikt/runs';
import { checkpointFile } from '../checkpoint-source.js';
import { say } from '../options.js';

/** A policy to be watched. */
export interface Watched {
  /** What it is to the viewer. */
  readonly role: 'Policy' | 'Student' | 'Teacher';
  /** As it was given. */
  readonly source: string;
  /** Its file on this computer. */
  readonly path: string;
  /** The environment it acts in. */
  readonly env: string;
}

/**
 * The policy that an argument names and the teachers to show beside it: those given, or else those that the policy still
 * leans on, where their files are still what it learned from.
 * @param best of a run folder its best checkpoint in place of its last one
 * @throws MiktError where a file is missing, damaged, or holds no policy
 */
export async function watchedPolicies(
  given: string,
  teachers: readonly string[] | undefined,
  engine: Engine,
  best = false,
): Promise<Watched[]> {
  const main = await readWatched(given, engine, best);
  const beside: Omit<Watched, 'role'>[] = [];
  if (teachers) for (const teacher of teachers) beside.push(await readWatched(teacher, engine));
  else if (main.coupled) {
    for (const teacher of readTrainingState(main.checkpoint, main.path).teachers) {
      const found = await findTeacher(teacher, engine);
      if (found) beside.push(found);
    }
  }
  const { source, path, env } = main;
  return [
    { role: beside.length > 0 ? 'Student' : 'Policy', source, path, env },
    ...beside.map(({ source, path, env }): Watched => ({ role: 'Teacher', source, path, env })),
  ];
}

interface Read extends Omit<Watched, 'role'> {
  readonly checkpoint: DecodedCheckpoint;
  readonly coupled: boolean;
}

async function readWatched(given: string, engine: Engine, best = false): Promise<Read> {
  const file = await checkpointFile(given, best);
  const checkpoint = await readCheckpoint(file);
  const policy = policyFromCheckpoint(checkpoint, engine, file);
  const { env, coupled } = policy;
  policy.dispose();
  return { source: given, path: file, env, checkpoint, coupled };
}

/**
 * The file that a student's teacher was read from. The student's checkpoint has the teacher's networks, but not the
 * normaliser that they act with.
 */
async function findTeacher({ source, fingerprint, env }: Teacher, engine: Engine): Promise<Read | undefined> {
  try {
    const found = await readWatched(source, engine);
    if (found.checkpoint.sha256 === fingerprint) return found;
    say(
      `The teacher ${source} (${env}) has changed since the student began; give the right one with --teacher.`,
    );
  } catch (error) {
    if (!(error instanceof MiktError)) throw error;
    say(
      `The teacher ${source} (${env}) is not there to be shown beside its student; give it with --teacher.`,
    );
  }
  return undefined;
}
