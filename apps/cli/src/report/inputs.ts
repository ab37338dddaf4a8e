import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { FileError, InvalidInputError } from '@mikt/core';
import type { RunInput, StudyInput } from '@mikt/report';
import { lockOwner } from '../lock.js';
import { findRuns } from '../runs/find-runs.js';
import { type LoadedStudy, loadStudy } from '../study/load.js';
import { readStudyStates, refuseConflicts, runFolder } from '../study/run-state.js';

/** What a report is about. */
export interface ReportInputs {
  readonly runs: readonly RunInput[];
  readonly studies: readonly StudyInput[];
}

/** Arguments of a report, which may be asked again as runs go on. */
export interface ReportSources {
  /** @throws FileError where a run is damaged, or none has begun */
  read(): Promise<ReportInputs>;
  /** Every folder that is a run or may become one. */
  folders(): string[];
}

const STUDY_FILE = /\.(ya?ml|json)$/i;

/** Whether an argument names a study's file and no folder. */
function isStudyFile(given: string): boolean {
  return STUDY_FILE.test(given) && !statSync(given, { throwIfNoEntry: false })?.isDirectory();
}

/**
 * The runs that arguments name: run folders, folders of runs, and of studies' files the runs that have begun.
 * @param studyRuns folder of the study's runs, where it is not the usual one
 * @throws InvalidInputError, FileError where one is none of these
 */
export async function openSources(
  given: readonly string[],
  studyRuns: string | undefined,
): Promise<ReportSources> {
  const files = given.filter(isStudyFile);
  const folders = given.filter((each) => !files.includes(each));
  if (studyRuns !== undefined && files.length !== 1) {
    throw new InvalidInputError(
      `--runs says where the runs of one study are, and ${files.length === 0 ? 'no study' : 'several studies'} ` +
        'were given; leave it out, or report on one study at a time.',
    );
  }
  const studies: LoadedStudy[] = [];
  for (const file of files) studies.push(await loadStudy(file, studyRuns));
  return {
    folders: () => [
      ...findRuns(folders),
      ...studies.flatMap((study) => study.plan.runs.map((run) => runFolder(study, run))),
    ],
    async read() {
      const inputs = { runs: runsBelow(folders), studies: [] as StudyInput[] };
      for (const study of studies) {
        const { runs, described } = await readStudy(study);
        inputs.runs.push(...runs);
        inputs.studies.push(described);
      }
      if (inputs.runs.length === 0) throw nothingBegun(given, studies);
      return inputs;
    },
  };
}

function runsBelow(folders: readonly string[]): RunInput[] {
  return findRuns(folders).map((folder) => ({ folder, isAlive: lockOwner(folder) !== undefined }));
}

/** A study's runs that have begun, and how all of them stand. @throws InvalidInputError where one is not the study's */
async function readStudy(study: LoadedStudy): Promise<{ runs: RunInput[]; described: StudyInput }> {
  const states = await readStudyStates(study);
  refuseConflicts(states);
  const { name, description } = study.study;
  return {
    // A folder that is being made is no run yet.
    runs: states
      .filter(({ folder }) => existsSync(path.join(folder, 'run.json')))
      .map(({ folder, run, status }) => ({ folder, label: run.method, isAlive: status === 'running' })),
    described: {
      name,
      ...(description === undefined ? {} : { description }),
      file: study.file,
      runs: states.map(({ run, status }) => ({
        method: run.method,
        group: path.posix.dirname(run.folder),
        seed: run.config.seed,
        // Conflicts were refused above.
        status: status === 'conflicting' ? 'failed' : status,
      })),
    },
  };
}

function nothingBegun(given: readonly string[], [study]: readonly LoadedStudy[]): FileError {
  if (study === undefined) {
    return new FileError(
      given.join(', '),
      'there is no run in it; give a run, a folder of runs, or a study file.',
    );
  }
  return new FileError(
    study.out,
    `no run of the study has begun; run it with: mikt study run ${study.file}.`,
  );
}
