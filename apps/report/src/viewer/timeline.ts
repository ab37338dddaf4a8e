import type { RecordedEpisode, Recording } from '@mikt/eval/recording';

/** Seconds over which the shown parts of the reward are averaged: single steps flicker. */
const WINDOW = 0.4;

/** One recorded episode as functions of the time. */
export class Timeline {
  readonly episode: RecordedEpisode;
  /** Seconds from the start to the last step. */
  readonly duration: number;
  /** Largest magnitude that `parts` gives at any time. */
  readonly largestPart: number;
  readonly #dt: number;
  readonly #frameEvery: number;
  readonly #positionSize: number;
  readonly #partCount: number;
  /** Sums of each part's rewards before every step. [steps + 1, parts] */
  readonly #sums: Float64Array;
  readonly #positions: Float64Array;

  constructor({ dt, frameEvery, scene, rewardParts }: Recording, episode: RecordedEpisode) {
    this.episode = episode;
    this.duration = episode.steps * dt;
    this.#dt = dt;
    this.#frameEvery = frameEvery;
    this.#positionSize = scene.positionSize;
    this.#partCount = rewardParts.length;
    this.#positions = new Float64Array(scene.positionSize);
    const parts = rewardParts.length;
    this.#sums = new Float64Array((episode.steps + 1) * parts);
    for (let i = 0; i < episode.rewards.length; i++) {
      this.#sums[i + parts] = this.#sums[i]! + episode.rewards[i]!;
    }
    let largest = 0;
    for (let step = 1; step <= episode.steps; step++) {
      largest = Math.max(largest, ...this.parts(step * dt).map(Math.abs));
    }
    this.largestPart = largest;
  }

  /** Number of steps that are done at this time. */
  step(time: number): number {
    return Math.min(Math.floor(time / this.#dt + 1e-6), this.episode.steps);
  }

  /** Generalised positions at this time, between two frames on the line from one to the other. */
  positions(time: number): Float64Array {
    const { steps, positions } = this.episode;
    const step = Math.min(Math.max(time / this.#dt, 0), steps);
    const frame = Math.min(Math.floor(step / this.#frameEvery), Math.ceil(steps / this.#frameEvery) - 1);
    const start = frame * this.#frameEvery;
    const share = (step - start) / (Math.min(start + this.#frameEvery, steps) - start);
    const size = this.#positionSize;
    for (let k = 0; k < size; k++) {
      const from = positions[frame * size + k]!;
      this.#positions[k] = from + (positions[(frame + 1) * size + k]! - from) * share;
    }
    return this.#positions;
  }

  /** Sum of the rewards so far; the exact return at the end. */
  return(time: number): number {
    const step = this.step(time);
    if (step === this.episode.steps) return this.episode.return;
    let sum = 0;
    for (let k = 0; k < this.#partCount; k++) sum += this.#sums[step * this.#partCount + k]!;
    return sum;
  }

  /** Parts of the reward per step, averaged over the last moments. [parts] */
  parts(time: number): number[] {
    const step = this.step(time);
    const first = Math.max(0, step - Math.max(1, Math.round(WINDOW / this.#dt)));
    const at = (row: number, k: number) => this.#sums[row * this.#partCount + k]!;
    return Array.from({ length: this.#partCount }, (_, k) =>
      step === first ? 0 : (at(step, k) - at(first, k)) / (step - first),
    );
  }

  /** How the episode ended, in words. */
  get ending(): string {
    const { terminated, truncated, steps } = this.episode;
    const after = `after ${steps.toLocaleString('en-US')} steps`;
    if (terminated) return `Terminated ${after}.`;
    return truncated ? `Truncated ${after}.` : `The recording stops ${after}.`;
  }
}
