import { formatNumber } from '../options.js';
import type { ProgressStream } from '../progress.js';
import { formatDuration } from '../progress.js';

/** A run that goes on now. */
export interface BoardRun {
  readonly name: string;
  readonly steps: number;
  readonly totalSteps: number;
  readonly stepsPerSecond: number | undefined;
  readonly return100: number | undefined;
}

export interface BoardState {
  readonly study: string;
  readonly finished: number;
  readonly failed: number;
  readonly runs: number;
  readonly steps: number;
  readonly totalSteps: number;
  readonly secondsLeft: number;
  readonly running: readonly BoardRun[];
}

/** Seconds between lines where there is no terminal to redraw. */
const PLAIN_INTERVAL = 30;

/** Shows how a study stands: on a terminal a block of lines that is redrawn, elsewhere a plain line now and then. */
export class StudyBoard {
  readonly #stream: ProgressStream;
  readonly #now: () => number;
  #drawnLines = 0;
  #lastPlain: number;

  constructor(stream: ProgressStream, now: () => number = () => performance.now() / 1000) {
    this.#stream = stream;
    this.#now = now;
    this.#lastPlain = now();
  }

  show(state: BoardState): void {
    this.draw(summary(state), state.running);
  }

  /** A line about all, and one for each run that goes on. */
  draw(line: string, running: readonly BoardRun[]): void {
    if (this.#stream.isTTY) {
      const width = Math.max((this.#stream.columns ?? 80) - 1, 20);
      const lines = [line, ...runLines(running)].map((each) => each.slice(0, width));
      this.#erase();
      this.#stream.write(`${lines.join('\n')}\n`);
      this.#drawnLines = lines.length;
    } else if (this.#now() - this.#lastPlain >= PLAIN_INTERVAL) {
      this.#lastPlain = this.#now();
      this.#stream.write(`${line}\n`);
    }
  }

  /** Writes a line that stays, above what is redrawn. */
  say(sentence: string): void {
    this.#erase();
    this.#stream.write(`${sentence}\n`);
  }

  #erase(): void {
    if (this.#drawnLines > 0) this.#stream.write(`\x1b[${this.#drawnLines}A\r\x1b[J`);
    this.#drawnLines = 0;
  }
}

function summary({
  study,
  finished,
  failed,
  runs,
  steps,
  totalSteps,
  secondsLeft,
  running,
}: BoardState): string {
  return [
    study,
    `${finished}/${runs} runs finished`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    `${running.length} running`,
    `${formatNumber(steps)}/${formatNumber(totalSteps)} steps (${percent(steps, totalSteps)})`,
    `${formatDuration(secondsLeft)} left`,
  ].join('  ');
}

function runLines(running: readonly BoardRun[]): string[] {
  const width = Math.max(0, ...running.map(({ name }) => name.length));
  return running.map(({ name, steps, totalSteps, stepsPerSecond, return100 }) =>
    [
      `  ${name.padEnd(width)}`,
      percent(steps, totalSteps).padStart(4),
      `return ${return100 === undefined ? '-' : formatNumber(return100)}`,
      `${stepsPerSecond ? formatDuration((totalSteps - steps) / stepsPerSecond) : '?'} left`,
      ...(stepsPerSecond ? [`${formatNumber(stepsPerSecond, 0)} steps/s`] : []),
    ].join('  '),
  );
}

function percent(steps: number, totalSteps: number): string {
  return `${Math.floor((100 * steps) / totalSteps)}%`;
}
