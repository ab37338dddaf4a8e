import { expect, it } from 'vitest';
import { resolveConfig } from './config.js';
import { measureLearning, measureTraining } from './measure.js';
import { randomTeacher } from './testing.js';

const small = {
  env: 'Hopper',
  envs: 2,
  steps: 4096,
  stepsPerUpdate: 128,
  minibatches: 4,
  epochs: 2,
  policyHidden: [16, 16],
  valueHidden: [16, 16],
};
const teacher = randomTeacher(
  { observation: 7, action: 4, policyHidden: [16, 16], valueHidden: [16, 16] },
  7,
);

it.each([1, 2])('times the parts of every update of a training on %d threads', async (threads) => {
  const measured = await measureTraining(resolveConfig({ ...small, algo: 'ppo' }), { updates: 2, threads });
  expect(measured).toMatchObject({ threads, stepsPerUpdate: 128 });
  expect(measured.updates).toHaveLength(2);
  for (const { collect, learn, physics, garbage } of measured.updates) {
    for (const seconds of [collect, learn, physics]) expect(seconds).toBeGreaterThan(0);
    expect(garbage).toBeGreaterThanOrEqual(0);
    expect(garbage).toBeLessThan(1);
  }
});

it.each([
  [1, 4, 1],
  [2, 2, 2],
  // No more threads than there is work for.
  [4, 2, 2],
])('times minibatches on %d threads of %d shards', async (threads, gradientShards, working) => {
  const config = resolveConfig({
    ...small,
    algo: 'mikt',
    gradientShards,
    encoderHidden: [16],
    variationalHidden: [16],
  });
  const started = performance.now();
  const measured = await measureLearning(config, { updates: 3, threads, teachers: [teacher] });
  const elapsed = (performance.now() - started) / 1000;
  expect(measured).toMatchObject({ threads: working, gradientShards, rows: 32 });
  expect(measured.secondsPerMinibatch).toHaveLength(3);
  // Three updates of two epochs of four minibatches each passed within the call.
  expect(8 * measured.secondsPerMinibatch.reduce((sum, seconds) => sum + seconds, 0)).toBeLessThan(elapsed);
  for (const seconds of measured.secondsPerMinibatch) expect(seconds).toBeGreaterThan(0);
});

it('stops between updates', async () => {
  const { updates } = await measureTraining(resolveConfig({ ...small, algo: 'ppo' }), {
    updates: 5,
    threads: 1,
    signal: AbortSignal.abort(),
  });
  expect(updates).toEqual([]);
});
