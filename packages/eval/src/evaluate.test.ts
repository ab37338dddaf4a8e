import type { Policy } from '@mikt/algos';
import type { Rng } from '@mikt/core';
import { makeEnv } from '@mikt/envs';
import { describe, expect, it } from 'vitest';
import { evaluateDoingNothing, evaluatePolicy } from './evaluate.js';

/** Acts by a fixed rule, with noise when it is asked to sample. */
function rule(observationSize = 11, actionSize = 3): Policy {
  return {
    env: 'Hopper',
    algo: 'ppo',
    steps: 0,
    coupled: false,
    observationSize,
    actionSize,
    act: (observation, rng?: Rng) =>
      Float32Array.from(
        { length: actionSize },
        (_, i) => Math.tanh(observation[i]!) + (rng ? 0.3 * rng.normal() : 0),
      ),
    dispose() {},
  };
}

describe('evaluatePolicy', () => {
  it('repeats with the same seed and differs with another', async () => {
    const run = (seed: number, sample = false) =>
      evaluatePolicy(rule(), 'Hopper', { episodes: 3, seed, sample });
    expect(await run(1)).toEqual(await run(1));
    expect((await run(2)).mean).not.toBe((await run(1)).mean);
    expect((await run(1, true)).mean).not.toBe((await run(1)).mean);
    expect(await run(1, true)).toEqual(await run(1, true));
  });

  it('adds up raw rewards over whole episodes', async () => {
    const { episodes, mean, meanLength } = await evaluatePolicy(rule(), undefined, { episodes: 2 });
    for (const episode of episodes) {
      const env = await makeEnv('Hopper');
      let observation = env.reset({ seed: episode.seed });
      let total = 0;
      for (let i = 0; i < episode.length; i++) {
        const step = env.step(rule().act(observation));
        total += step.reward;
        observation = step.observation;
        expect(step.terminated || step.truncated).toBe(i === episode.length - 1);
      }
      env.dispose();
      expect(episode.return).toBe(total);
    }
    expect(mean).toBe((episodes[0]!.return + episodes[1]!.return) / 2);
    expect(meanLength).toBe((episodes[0]!.length + episodes[1]!.length) / 2);
  });

  it('says how sure it is: mean ± 1.96 s/√n', async () => {
    const { episodes, mean, standardDeviation, interval } = await evaluatePolicy(rule(), 'Hopper', {
      episodes: 4,
    });
    const squares = episodes.reduce((sum, episode) => sum + (episode.return - mean) ** 2, 0);
    expect(standardDeviation).toBeCloseTo(Math.sqrt(squares / 3), 10);
    expect(interval[1] - interval[0]).toBeCloseTo((2 * 1.96 * standardDeviation) / 2, 10);
  });

  it('refuses an environment that the policy cannot act in, naming both', async () => {
    await expect(evaluatePolicy(rule(97, 10), 'Ant')).rejects.toThrow(
      'the policy was trained on Hopper (97 observations, 10 actions) and cannot act in Ant (111, 8)',
    );
    await expect(evaluatePolicy(rule(), 'Hopper', { episodes: 0 })).rejects.toThrow(
      'whole number from 1, got 0',
    );
  });
});

it('doing nothing in CentipedeFour earns what the same rules earn in native MuJoCo', async () => {
  // 75 ± 8 (standard error) over 400 episodes, with the rules written again in Python on MuJoCo 3.14.0. The
  // distribution has a heavy tail: half of the episodes stay below 35, one in sixty stands to the end.
  const { mean, standardDeviation, episodes } = await evaluateDoingNothing('CentipedeFour', {
    episodes: 60,
    seed: 1,
  });
  const standardError = Math.hypot(standardDeviation / Math.sqrt(episodes.length), 8);
  expect(Math.abs(mean - 75)).toBeLessThan(3 * standardError);
});
