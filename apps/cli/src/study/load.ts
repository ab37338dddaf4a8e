import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { checkTeachers, type Teacher } from '@mikt/algos';
import { makeEnv } from '@mikt/envs';
import { type PlannedRun, parseStudy, planStudy, type Study, type StudyPlan } from '@mikt/eval';
import { fileError } from '@mikt/runs';
import { isZooName, readTeacher } from '../checkpoint-source.js';

/** A study whose every part has been checked. */
export interface LoadedStudy {
  readonly file: string;
  readonly study: Study;
  readonly plan: StudyPlan;
  /** Folder of its runs. */
  readonly out: string;
  /** What `--teacher` takes for each of a run's teachers. */
  teacherArguments(run: PlannedRun): string[];
  /** SHA-256 of a run's teachers' checkpoints. */
  fingerprints(run: PlannedRun): string[];
}

/**
 * Reads a study file and checks all of it: configurations, environments, teachers. Paths in it are relative to it.
 * @param out default: `runs/<the study's name>`
 * @throws InvalidInputError where the study is wrong, FileError where it or a teacher cannot be read
 */
export async function loadStudy(file: string, out?: string): Promise<LoadedStudy> {
  const source = await readFile(file, 'utf8').catch((cause) => {
    throw fileError(file, 'cannot be read', cause);
  });
  const study = parseStudy(source, file);
  const plan = planStudy(study);
  const argumentOf = (teacher: string) =>
    isZooName(teacher) ? teacher : path.relative('', path.resolve(path.dirname(file), teacher));
  const teachers = new Map<string, Teacher>();
  for (const teacher of new Set(plan.runs.flatMap((run) => run.teachers))) {
    teachers.set(teacher, await readTeacher(argumentOf(teacher)));
  }
  for (const env of new Set(plan.pairs.map((pair) => pair.env))) {
    const made = await makeEnv(env);
    made.dispose();
  }
  for (const run of plan.runs) {
    checkTeachers(
      run.config,
      run.teachers.map((teacher) => teachers.get(teacher)!),
    );
  }
  return {
    file,
    study,
    plan,
    out: out ?? path.join('runs', study.name),
    teacherArguments: (run) => run.teachers.map(argumentOf),
    fingerprints: (run) => run.teachers.map((teacher) => teachers.get(teacher)!.fingerprint),
  };
}
