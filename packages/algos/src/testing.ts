import { type EnvSpaces, InvalidInputError, Rng } from '@mikt/core';
import type { Env, EnvSnapshot, Step } from '@mikt/envs';
import { ActorCritic, type ActorCriticSizes, ParameterLayout } from '@mikt/nets';
import type { Teacher } from './teacher.js';

/** Keys of a run that is over in a moment: passes of 64 steps, small networks. */
export const SMALL_RUN = {
  env: 'Identity',
  seed: 3,
  envs: 4,
  stepsPerUpdate: 64,
  minibatches: 4,
  epochs: 2,
  policyHidden: [8, 8],
  valueHidden: [8, 8],
} as const;

/** A teacher with first weights only. For tests of this package. */
export function randomTeacher(sizes: ActorCriticSizes, seed: number): Teacher {
  const layout = new ParameterLayout(new ActorCritic(sizes).specs);
  return {
    source: 'test',
    env: 'Toy',
    fingerprint: `random ${seed}`,
    sizes,
    parameters: layout.unpack(layout.initialise(Rng.fromSeed(seed))),
    observationScale: 1,
  };
}

/**
 * A task with a known answer: repeat what you see. The observation is uniform in ±1, the reward is
 * 1 − Σ (action − observation)², so the best return of an episode is its length.
 */
export class IdentityEnv implements Env {
  readonly name = 'Identity';
  readonly spaces: EnvSpaces;
  readonly maxEpisodeSteps: number;
  readonly #size: number;
  #rng = Rng.fromSeed(0);
  #observation = new Float64Array();
  #steps = 0;

  constructor(size = 2, maxEpisodeSteps = 20) {
    this.#size = size;
    this.maxEpisodeSteps = maxEpisodeSteps;
    this.spaces = { observation: { size, low: -1, high: 1 }, action: { size, low: -1, high: 1 } };
  }

  reset(options: { seed?: number } = {}): Float64Array {
    if (options.seed !== undefined) this.#rng = Rng.fromSeed(options.seed);
    this.#steps = 0;
    return this.#draw();
  }

  step(action: ArrayLike<number>): Step {
    if (action.length !== this.#size) throw new InvalidInputError(`got ${action.length} actions.`);
    let error = 0;
    for (let i = 0; i < this.#size; i++) error += (action[i]! - this.#observation[i]!) ** 2;
    this.#steps++;
    return {
      observation: this.#draw(),
      reward: 1 - error,
      rewardParts: { alive: 1, error: -error },
      terminated: false,
      truncated: this.#steps >= this.maxEpisodeSteps,
      diverged: false,
    };
  }

  snapshot(): EnvSnapshot {
    return {
      arrays: { observation: this.#observation.slice(), steps: Float64Array.of(this.#steps) },
      rng: this.#rng.state(),
    };
  }

  restore({ arrays, rng }: EnvSnapshot): void {
    this.#observation = arrays.observation!.slice();
    this.#steps = arrays.steps![0]!;
    this.#rng = Rng.fromState(rng);
  }

  dispose(): void {}

  #draw(): Float64Array {
    this.#observation = Float64Array.from({ length: this.#size }, () => this.#rng.uniform(-1, 1));
    return this.#observation.slice();
  }
}
