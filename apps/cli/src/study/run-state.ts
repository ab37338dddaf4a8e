import { existsSync } from 'node:fs';
import path from 'node:path';
import { InvalidInputError } from '@mikt/core';
import { differencesFromPlan, finalReturn, type PlannedRun } from '@mikt/eval';
import { readRun, readRunEnd } from '@mikt/runs';
import { lockOwner } from '../lock.js';
import type { LoadedStudy } from './load.js';
import { selectRuns } from './selection.js';

/** `planned`: not begun. `conflicting`: the folder holds a run of another configuration. */
export type StudyRunStatus = 'planned' | 'running' | 'interrupted' | 'failed' | 'finished' | 'conflicting';

/** How a planned run stands on the disk. */
export interface StudyRunState {
  readonly run: PlannedRun;
  /** Its run folder. */
  readonly folder: string;
  readonly status: StudyRunStatus;
  /** Environment steps taken, as of the last row of its metrics. */
  readonly steps: number;
  /** Seconds of training that they took. */
  readonly seconds: number;
  /** Mean return of the last 100 episodes; undefined before the first. */
  readonly return100: number | undefined;
  /** Why it failed, or in what it is not the planned run. */
  readonly reason: string | undefined;
}

/** Run folders that are read at the same time: on a shared file system each takes a while. */
const AT_A_TIME = 16;

/**
 * The state of every planned run, in their order.
 * @param only patterns of the runs that are asked for: see `selectRuns`
 * @throws FileError where a run's files are damaged
 */
export async function readStudyStates(
  study: LoadedStudy,
  only?: readonly string[],
): Promise<StudyRunState[]> {
  const runs = selectRuns(study.plan.runs, only);
  const states: StudyRunState[] = [];
  for (let i = 0; i < runs.length; i += AT_A_TIME) {
    states.push(...(await Promise.all(runs.slice(i, i + AT_A_TIME).map((run) => readRunState(study, run)))));
  }
  return states;
}

async function readRunState(study: LoadedStudy, run: PlannedRun): Promise<StudyRunState> {
  const folder = runFolder(study, run);
  // Without it the run was stopped while its folder was being made: it has not begun.
  if (!existsSync(path.join(folder, 'run.json'))) {
    const status = lockOwner(folder) === undefined ? 'planned' : 'running';
    return { run, folder, status, steps: 0, seconds: 0, return100: undefined, reason: undefined };
  }
  const { manifest, metrics, isWhole } = await readRunEnd(folder);
  const differences = differencesFromPlan(manifest, run, study.fingerprints(run));
  const isRunning = manifest.status !== 'finished' && lockOwner(folder) !== undefined;
  // A run that says it is running and has no process was killed.
  const recorded = manifest.status === 'running' ? 'interrupted' : manifest.status;
  return {
    run,
    folder,
    status: differences.length > 0 ? 'conflicting' : isRunning ? 'running' : recorded,
    steps: metrics.steps?.at(-1) ?? 0,
    seconds: metrics.seconds?.at(-1) ?? 0,
    return100: finalReturn(metrics.return_100 ?? []) ?? (isWhole ? undefined : await longAgo(folder)),
    reason: differences.length > 0 ? differences.join(', ') : manifest.reason,
  };
}

/** The final return of a run in whose last rows no episode has ended. */
async function longAgo(folder: string): Promise<number | undefined> {
  return finalReturn((await readRun(folder)).metrics.return_100 ?? []);
}

export function runFolder({ out }: LoadedStudy, run: PlannedRun): string {
  return path.join(out, ...run.folder.split('/'));
}

/** @throws InvalidInputError naming the runs that the study's file no longer describes, and what to do */
export function refuseConflicts(states: readonly StudyRunState[]): void {
  const conflicting = states.filter(({ status }) => status === 'conflicting');
  if (conflicting.length === 0) return;
  const shown = conflicting.slice(0, 3).map(({ folder, reason }) => `${folder}: ${reason}.`);
  const more = conflicting.length > shown.length ? ` And ${conflicting.length - shown.length} more.` : '';
  throw new InvalidInputError(
    `the study asks for other runs than those that are there. ${shown.join(' ')}${more} ` +
      'Put the study back as it was, delete or move those folders, or give another --out.',
  );
}
