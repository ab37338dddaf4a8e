import { setTimeout as sleep } from 'node:timers/promises';
import { describeOwner, lockOwner } from '../lock.js';
import type { StudyBoard } from './board.js';
import { type ChildEnd, type ChildRun, removeLog, startChild } from './child.js';
import { Desk, type FailedRun } from './desk.js';
import type { LoadedStudy } from './load.js';
import type { StudyRunState } from './run-state.js';

export interface StudyRunOptions {
  /** Runs at the same time. */
  readonly workers: number;
  /** Threads of each. */
  readonly threads: number;
  /** Has the runs save and end, and begins no more. */
  readonly signal: AbortSignal;
}

/** How long a process of an earlier start may take to notice that its study is gone, and to save. */
const PATIENCE_SECONDS = 60;
const DRAW_MILLISECONDS = 500;

/**
 * Runs what is not finished of a study, each run in a process of its own. One that fails leaves the others alone.
 * @param states of all its runs
 * @returns those that failed
 */
export async function runStudy(
  study: LoadedStudy,
  states: readonly StudyRunState[],
  { workers, threads, signal }: StudyRunOptions,
  board: StudyBoard,
): Promise<FailedRun[]> {
  const desk = new Desk(study.study.name, states, workers);
  const queue = states.filter(({ status }) => status !== 'finished');
  for (const { status, folder } of states) if (status === 'finished') removeLog(folder);
  const children = new Set<ChildRun>();
  const stop = () => {
    for (const child of children) child.stop();
  };
  signal.addEventListener('abort', stop);
  const timer = setInterval(() => board.show(desk.board()), DRAW_MILLISECONDS);

  const runOne = async (state: StudyRunState): Promise<ChildEnd> => {
    for (;;) {
      await untilFree(state.folder, board, signal);
      if (signal.aborted) return { status: 'interrupted' };
      const child = await startChild(state.run, {
        folder: state.folder,
        threads,
        env: study.envArguments(state.run),
        teachers: study.teacherArguments(state.run),
        onProgress: (progress) => desk.progress(state, progress),
      });
      children.add(child);
      // The signal may have come while the process was being started.
      if (signal.aborted) child.stop();
      const end = await child.ended;
      children.delete(child);
      if (end.status === 'interrupted' && !signal.aborted) {
        return { status: 'failed', reason: 'somebody stopped it' };
      }
      // A process of an earlier start that had not come so far as to take the lock was quicker: wait for it.
      if (end.status !== 'failed' || lockOwner(state.folder) === undefined) return end;
    }
  };
  const work = async () => {
    for (let state = queue.shift(); state !== undefined && !signal.aborted; state = queue.shift()) {
      desk.begin(state);
      const end = await runOne(state).catch(
        (error: unknown): ChildEnd => ({ status: 'failed', reason: (error as Error).message }),
      );
      desk.end(state, end);
      if (end.status !== 'interrupted') {
        board.say(`${state.folder}: ${end.status}${end.status === 'failed' ? `: ${end.reason}` : ''}`);
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: workers }, work));
  } finally {
    clearInterval(timer);
    signal.removeEventListener('abort', stop);
  }
  board.show(desk.board());
  return desk.failed;
}

/** @throws Error where another process keeps the folder */
async function untilFree(folder: string, board: StudyBoard, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + 1000 * PATIENCE_SECONDS;
  for (let asked = 0; !signal.aborted; asked++) {
    const owner = lockOwner(folder);
    if (owner === undefined) return;
    if (asked === 0) board.say(`${folder}: waiting for ${describeOwner(owner)}, which still works on it.`);
    if (performance.now() > deadline) {
      throw new Error(`${describeOwner(owner)} works on it; start the study again when that has ended.`);
    }
    await sleep(250);
  }
}
