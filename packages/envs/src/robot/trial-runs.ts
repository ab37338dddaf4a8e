import { Rng } from '@mikt/core';
import type { MujocoEnv } from '../mujoco-env.js';

/** What a robot does when it is tried out for some episodes. */
export interface TrialRuns {
  /** One episode of zero actions. */
  readonly idle: TrialEpisode;
  /** Episodes of the actions of a policy that has learned nothing: standard normal. */
  readonly random: readonly TrialEpisode[];
  /** Whether anything touched anything. */
  readonly touched: boolean;
  /** Largest contact force or torque on a body. */
  readonly largestForce: number;
  /** Entries of the observation that were never anything but their first value. */
  readonly constant: readonly string[];
  /** The entry of the largest magnitude, and that magnitude. */
  readonly largest: { readonly name: string; readonly value: number };
  /** Means over the random steps, by part. */
  readonly rewardParts: Readonly<Record<string, number>>;
}

export interface TrialEpisode {
  readonly steps: number;
  readonly return: number;
  readonly terminated: boolean;
  readonly diverged: boolean;
}

const RANDOM_EPISODES = 10;
const SEED = 11;

/** Runs episodes with zero actions and with random ones. @throws RunError where no episode can begin */
export function tryOut(env: MujocoEnv): TrialRuns {
  const rng = Rng.fromSeed(SEED);
  const size = env.spaces.action.size;
  const names = env.spaces.observation.names ?? [];
  const first = env.reset({ seed: SEED });
  const varied = new Uint8Array(first.length);
  const sums: Record<string, number> = {};
  let [touched, largestForce, randomSteps] = [false, 0, 0];
  let largest = { name: '', value: 0 };
  const look = (observation: Float64Array) => {
    touched ||= env.simulation.contactCount > 0;
    for (const force of env.simulation.contactForces) largestForce = Math.max(largestForce, Math.abs(force));
    for (const [i, value] of observation.entries()) {
      if (value !== first[i]) varied[i] = 1;
      if (Math.abs(value) > largest.value) largest = { name: names[i] ?? String(i), value: Math.abs(value) };
    }
  };
  const episode = (act: () => Float64Array, onParts?: (parts: Readonly<Record<string, number>>) => void) => {
    look(env.reset());
    let total = 0;
    for (let steps = 1; ; steps++) {
      const step = env.step(act());
      look(step.observation);
      total += step.reward;
      onParts?.(step.rewardParts);
      const { terminated, diverged } = step;
      if (terminated || step.truncated) return { steps, return: total, terminated, diverged };
    }
  };
  const idle = episode(() => new Float64Array(size));
  const random = Array.from({ length: RANDOM_EPISODES }, () =>
    episode(
      () => rng.fillNormal(new Float64Array(size)),
      (parts) => {
        randomSteps++;
        for (const [name, value] of Object.entries(parts)) sums[name] = (sums[name] ?? 0) + value;
      },
    ),
  );
  return {
    idle,
    random,
    touched,
    largestForce,
    constant: names.filter((_, i) => varied[i] === 0),
    largest,
    rewardParts: Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / randomSteps])),
  };
}
