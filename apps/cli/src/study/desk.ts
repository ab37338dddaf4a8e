import type { BoardState } from './board.js';
import type { RunProgress } from './link.js';
import type { StudyRunState } from './run-state.js';
import { secondsLeft } from './time-left.js';

/** A run that failed, with the reason in words. */
export interface FailedRun {
  readonly folder: string;
  readonly reason: string;
}

type RunEnd =
  | { readonly status: 'finished' | 'interrupted' }
  | { readonly status: 'failed'; readonly reason: string };

/** Keeps count of where all runs of a study stand. */
export class Desk {
  readonly failed: FailedRun[] = [];
  readonly #study: string;
  readonly #states: readonly StudyRunState[];
  #workers: number;
  readonly #running = new Set<StudyRunState>();
  readonly #finished: Set<StudyRunState>;
  readonly #progress = new Map<StudyRunState, RunProgress>();

  constructor(study: string, states: readonly StudyRunState[], workers: number) {
    this.#study = study;
    this.#states = states;
    this.#workers = workers;
    this.#finished = new Set(states.filter(({ status }) => status === 'finished'));
  }

  /** Those that go on now, each with a worker, where somebody else begins and ends them. */
  setRunning(states: readonly StudyRunState[]): void {
    this.#running.clear();
    for (const state of states) this.#running.add(state);
    this.#workers = Math.max(1, states.length);
  }

  begin(state: StudyRunState): void {
    this.#running.add(state);
  }

  progress(state: StudyRunState, progress: RunProgress): void {
    this.#progress.set(state, progress);
  }

  end(state: StudyRunState, end: RunEnd): void {
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
      study: this.#study,
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
