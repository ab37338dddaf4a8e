import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { checkTeachers, type Teacher } from '@mikt/algos';
import { isRobotPath, makeEnv, type RobotDefinition } from '@mikt/envs';
import {
  type PlannedRun,
  parseStudy,
  planStudy,
  type Study,
  type StudyPair,
  type StudyPlan,
} from '@mikt/eval';
import { fileError } from '@mikt/runs';
import { isZooName, readTeacher } from '../checkpoint-source.js';
import { type RobotFlags, readRobotFile, refuseRobotFlags } from '../robot-source.js';

/** A study whose every part has been checked. */
export interface LoadedStudy {
  readonly file: string;
  readonly study: Study;
  readonly plan: StudyPlan;
  /** Folder of its runs. */
  readonly out: string;
  /** What `--teacher` takes for each of a run's teachers. */
  teacherArguments(run: PlannedRun): string[];
  /** What `--env` takes for a run, with the options of a model file. */
  envArguments(run: PlannedRun): string[];
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
  // Paths in the file start from its folder, those on the command line from here.
  const fromHere = (given: string) => path.relative('', path.resolve(path.dirname(file), given));
  const argumentOf = (teacher: string) => (isZooName(teacher) ? teacher : fromHere(teacher));
  const robots = new Map<StudyPair, RobotDefinition>();
  const envArguments = new Map<RobotDefinition, string[]>();
  for (const pair of study.pairs) {
    if (!isRobotPath(pair.env)) {
      refuseRobotFlags(pair.env, pair as RobotFlags);
      continue;
    }
    const { model, options } = robotArguments(pair, fromHere);
    const { definition } = await readRobotFile(model, options);
    robots.set(pair, definition);
    envArguments.set(definition, [
      model,
      ...Object.entries(options).flatMap(([key, value]) => [`--${key}`, value]),
    ]);
  }
  const plan = planStudy(study, robots);
  const teachers = new Map<string, Teacher>();
  for (const teacher of new Set(plan.runs.flatMap((run) => run.teachers))) {
    teachers.set(teacher, await readTeacher(argumentOf(teacher)));
  }
  for (const env of new Set(plan.runs.map(({ config, robot }) => robot ?? config.env))) {
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
    envArguments: ({ config, robot }) => (robot ? envArguments.get(robot)! : [config.env]),
    teacherArguments: (run) => run.teachers.map(argumentOf),
    fingerprints: (run) => run.teachers.map((teacher) => teachers.get(teacher)!.fingerprint),
  };
}

/** A pair's model and the options that go with it, as they are given on the command line. */
function robotArguments(
  { env, task, assets }: StudyPair,
  fromHere: (given: string) => string,
): { model: string; options: { task?: string; assets?: string } } {
  // A name, such as forward, and not a file.
  const isName = task !== undefined && !/[\\/.]/.test(task);
  return {
    model: `.${path.sep}${fromHere(env)}`,
    options: {
      ...(task === undefined ? {} : { task: isName ? task : fromHere(task) }),
      ...(assets === undefined ? {} : { assets: fromHere(assets) || '.' }),
    },
  };
}
