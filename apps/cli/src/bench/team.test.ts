import { resolveConfig } from '@mikt/algos';
import { expect, it } from 'vitest';
import { minibatchFlops } from './engines.js';
import { teamSettings } from './team.js';

it('tries the default two shards on one thread and on all, and a shard per thread where there are more', () => {
  expect(teamSettings(1)).toEqual([{ threads: 1, gradientShards: 2 }]);
  expect(teamSettings(2)).toEqual([
    { threads: 1, gradientShards: 2 },
    { threads: 2, gradientShards: 2 },
  ]);
  expect(teamSettings(6)).toEqual([
    { threads: 1, gradientShards: 2 },
    { threads: 6, gradientShards: 2 },
    { threads: 1, gradientShards: 4 },
    { threads: 6, gradientShards: 4 },
  ]);
  for (const { gradientShards } of teamSettings(500)) {
    expect(() => resolveConfig({ env: 'Ant', algo: 'ppo', gradientShards })).not.toThrow();
  }
});

it('counts the products of a PPO minibatch as by hand', () => {
  const config = resolveConfig({ env: 'CentipedeEight', algo: 'ppo' });
  // Forward, 64 rows: policy 181·64 + 64·64 + 64·22, value 181·64 + 64·64 + 64·1 multiplications and additions.
  const forward = 64 * (2 * 181 * 64 + 2 * 64 * 64 + 64 * 22 + 64);
  // Backward: as many for the weights, and again for the inputs of all layers but the first.
  const inputs = forward - 64 * 2 * 181 * 64;
  expect(minibatchFlops(config)).toBe(2 * (2 * forward + inputs));
});
