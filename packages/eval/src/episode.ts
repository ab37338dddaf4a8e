import { Rng } from '@mikt/core';

/** What an evaluated episode draws from. */
export interface EpisodeStream {
  /** Seed of the environment. */
  readonly seed: number;
  /** Draws the noise of sampled actions. */
  readonly rng: Rng;
}

/**
 * The stream of an evaluation's episode, which no training repeats. Whoever shows, records or measures an episode takes
 * it from here, so that the same seed and index mean the same episode everywhere.
 * @param index counted from 0
 */
export function evaluationEpisode(seed: number, index: number): EpisodeStream {
  const rng = Rng.fromSeed(seed).fork('evaluation').fork(index);
  return { seed: rng.integer(2 ** 53), rng };
}
