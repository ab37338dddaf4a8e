import { setTimeout as sleep } from 'node:timers/promises';
import { describeOwner, lockOwner } from '../lock.js';
import type { BoardState, StudyBoard } from './board.js';
import { type ChildEnd, type ChildRun, removeLog, startChild } from './child.js';
import type { RunProgress } from './link.js';
import type { LoadedStudy } from './load.js';
import type { StudyRunState } from './run-state.js';
import { secondsLeft } from './time-left.js';

export interface StudyRunOptions {
  /** Runs at the same time. */
  readonly workers: number;
  /** Threads of each. */
  readonly threads: number;
  /** Has the runs save and end, and begins no more. */
  readonly signal: AbortSignal;
}

/** A run that failed, with the reason in words. */
export interface FailedRun {
  readonly folder: string;
  readonly reason: string;
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
  const desk = new Desk(study, states, workers);
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

/** Keeps count of where all runs stand. */
class Desk {
  readonly failed: FailedRun[] = [];
  readonly #study: LoadedStudy;
  readonly #states: readonly StudyRunState[];
  readonly #workers: number;
  readonly #running = new Set<StudyRunState>();
  readonly #finished: Set<StudyRunState>;
  readonly #progress = new Map<StudyRunState, RunProgress>();

  constructor(study: LoadedStudy, states: readonly StudyRunState[], workers: number) {
    this.#study = study;
    this.#states = states;
    this.#workers = workers;
    this.#finished = new Set(states.filter(({ status }) => status === 'finished'));
  }

  begin(state: StudyRunState): void {
    this.#running.add(state);
  }

  progress(state: StudyRunState, progress: RunProgress): void {
    this.#progress.set(state, progress);
  }

  end(state: StudyRunState, end: ChildEnd): void {
    this.#running.delete(state);
    if (end.status === 'finished') this.#finished.add(state);
    if (end.status === 'failed') this.failed.push({ folder: state.folder, reason: end.reason });
  }

  board(): BoardState {
    const failed = new Set(this.failed.map(({ folder }) => folder));
    const open = this.#states.filter((state) => !this.#finished.has(state) && !failed.has(state.folder));
    // Those that run hold the workers first.
    open.sort((a, b) => Number(this.#running.has(b)) - Number(this.#running.has(a)));
    return {
      study: this.#study.study.name,
      finished: this.#finished.size,
      failed: failed.size,
      runs: this.#states.length,
      steps: this.#states.reduce((sum, state) => sum + this.#steps(state), 0),
      totalSteps: this.#states.reduce((sum, { run }) => sum + run.config.steps, 0),
      secondsLeft: secondsLeft(
        open.map((state) => ({
          kind: kindOf(state),
          stepsLeft: state.run.config.steps - this.#steps(state),
          stepsPerSecond: this.#speed(state),
        })),
        this.#workers,
        this.#states.map((state) => ({ kind: kindOf(state), stepsPerSecond: this.#speed(state) })),
      ),
      running: [...this.#running].map((state) => ({
        name: state.run.folder,
        steps: this.#steps(state),
        totalSteps: state.run.config.steps,
        stepsPerSecond: this.#speed(state),
        return100: this.#progress.get(state)?.return100 ?? state.return100,
      })),
    };
  }

  #steps(state: StudyRunState): number {
    if (this.#finished.has(state)) return state.run.config.steps;
    return this.#progress.get(state)?.steps ?? state.steps;
  }

  /** Of this session, or else of the run's own record. */
  #speed(state: StudyRunState): number | undefined {
    const measured = this.#progress.get(state)?.stepsPerSecond;
    if (measured) return measured;
    return state.seconds > 0 && state.steps > 0 ? state.steps / state.seconds : undefined;
  }
}

function kindOf({ run }: StudyRunState): string {
  return `${run.method} ${run.config.env}`;
}
