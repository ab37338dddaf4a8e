import type { TrainingProgress } from '@mikt/algos';
import { formatNumber } from './options.js';

/** The part of a stream that progress needs. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Seconds between lines where there is no terminal to redraw. */
const PLAIN_INTERVAL = 10;

/** Shows how a run stands: one line redrawn on a terminal, a plain line every ten seconds elsewhere. */
export class ProgressLine {
  readonly #title: string;
  readonly #stream: ProgressStream;
  readonly #now: () => number;
  #drawn = false;
  #lastPlain: number;

  constructor(title: string, stream: ProgressStream, now: () => number = () => performance.now() / 1000) {
    this.#title = title;
    this.#stream = stream;
    this.#now = now;
    this.#lastPlain = now();
  }

  show(progress: TrainingProgress): void {
    if (this.#stream.isTTY) {
      const width = Math.max((this.#stream.columns ?? 80) - 1, 20);
      this.#stream.write(`\r\x1b[2K${fit(this.#parts(progress), width)}`);
      this.#drawn = true;
    } else if (this.#now() - this.#lastPlain >= PLAIN_INTERVAL) {
      this.#lastPlain = this.#now();
      this.#stream.write(`${this.#parts(progress).join('  ')}\n`);
    }
  }

  /** Leaves the terminal on a fresh line. */
  end(): void {
    if (this.#drawn) this.#stream.write('\n');
    this.#drawn = false;
  }

  /** Most important first: what does not fit is left out from the end. */
  #parts(progress: TrainingProgress): string[] {
    const { steps, totalSteps, stepsPerSecond, secondsLeft, return100, phase, metrics } = progress;
    const weights = Object.entries(metrics).filter(([name]) => name.startsWith('mixing/'));
    const student = weights.reduce((sum, [, weight]) => sum + weight, 0) / weights.length;
    return [
      this.#title,
      `${formatNumber(steps)}/${formatNumber(totalSteps)} steps (${Math.floor((100 * steps) / totalSteps)}%)`,
      `return ${return100 === undefined ? '-' : formatNumber(return100)}`,
      `${formatDuration(secondsLeft)} left`,
      `${formatNumber(stepsPerSecond, 0)} steps/s`,
      ...(weights.length > 0 ? [`phase ${phase}`, `student's weight ${student.toFixed(2)}`] : []),
    ];
  }
}

function fit(parts: readonly string[], width: number): string {
  let line = '';
  for (const part of parts) {
    const longer = line ? `${line}  ${part}` : part;
    if (longer.length > width) break;
    line = longer;
  }
  return line || parts[0]!.slice(0, width);
}

/** 42 s, 7 min 12 s, 3 h 05 min */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  if (hours > 0) return `${hours} h ${two(minutes)} min`;
  return minutes > 0 ? `${minutes} min ${two(whole % 60)} s` : `${whole} s`;
}
