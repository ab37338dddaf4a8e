import { type EnvSpaces, InvalidInputError, Rng } from '@mikt/core';
import type { Env, EnvSnapshot, Step } from '../env.js';

/**
 * A point on a line, moved by the action, that must stay within 2 of the origin. Small enough to know every number
 * by hand; tests break one rule of it at a time.
 */
export class PointEnv implements Env {
  readonly name: string = 'Point';
  readonly spaces: EnvSpaces = {
    observation: { size: 2, low: -10, high: 10 },
    action: { size: 1, low: -1, high: 1 },
  };
  readonly maxEpisodeSteps: number = 30;
  protected rng = Rng.fromSeed(0);
  protected x = 0;
  protected steps = 0;
  protected running = false;
  disposed = false;

  reset(options: { seed?: number } = {}): Float64Array {
    if (options.seed !== undefined) this.rng = Rng.fromSeed(options.seed);
    this.x = this.rng.uniform(-1, 1);
    this.steps = 0;
    this.running = true;
    return this.observe();
  }

  step(action: ArrayLike<number>): Step {
    if (!this.running) throw new InvalidInputError('the episode is over; call reset().');
    if (action.length !== 1 || !Number.isFinite(action[0])) throw new InvalidInputError('wrong action.');
    this.x += 0.1 * action[0]! + 0.01 * this.rng.normal();
    this.steps++;
    const terminated = Math.abs(this.x) > 2;
    const truncated = !terminated && this.steps >= this.maxEpisodeSteps;
    this.running = !terminated && !truncated;
    const rewardParts = { position: this.x, alive: 1 };
    return {
      observation: this.observe(),
      reward: this.x + 1,
      rewardParts,
      terminated,
      truncated,
      diverged: false,
    };
  }

  snapshot(): EnvSnapshot {
    return {
      arrays: { point: Float64Array.of(this.x, this.steps, Number(this.running)) },
      rng: this.rng.state(),
    };
  }

  restore({ arrays, rng }: EnvSnapshot): void {
    const [x, steps, running] = arrays.point!;
    this.x = x!;
    this.steps = steps!;
    this.running = running === 1;
    this.rng = Rng.fromState(rng);
  }

  dispose(): void {
    this.disposed = true;
  }

  protected observe(): Float64Array {
    return Float64Array.of(this.x, this.steps / this.maxEpisodeSteps);
  }
}
