import { InvalidInputError, RunError } from '@mikt/core';
import { expect, it } from 'vitest';
import { liveHandles, makeEnv } from './index.js';
import { hasCrashed, physics, physicsError } from './physics.js';

const failure = {
  refused: (message: string) => new InvalidInputError(`refused: ${message}`),
  crashed: (why: string) => new RunError(`crashed: ${why}`),
};

it('is loaded once, and anew after a crash, when all that the old copy holds is let go', async () => {
  const first = await physics();
  expect(await physics()).toBe(first);
  const env = await makeEnv('Hopper');
  const refused = physicsError(first, new Error('MuJoCo Error: Loading error: no'), failure);
  expect(refused).toEqual(new InvalidInputError('refused: no'));
  expect(await physics()).toBe(first);

  // What a trap or an abort throws.
  const trap = new (
    globalThis as unknown as { WebAssembly: { RuntimeError: ErrorConstructor } }
  ).WebAssembly.RuntimeError('unreachable');
  expect(physicsError(first, trap, failure).message).toBe(
    'crashed: its WebAssembly build stopped with "unreachable"',
  );
  expect(hasCrashed(first)).toBe(true);
  const second = await physics();
  expect(second).not.toBe(first);
  env.dispose();
  expect(liveHandles()).toBe(0);
  const next = await makeEnv('Hopper');
  next.reset({ seed: 1 });
  expect(next.step([0, 0, 0]).reward).toBeGreaterThan(0.5);
  next.dispose();
  expect(liveHandles()).toBe(0);
});

it('keeps the sentences of errors that have one', async () => {
  const own = new InvalidInputError('said already');
  expect(physicsError(await physics(), own, failure)).toBe(own);
});
