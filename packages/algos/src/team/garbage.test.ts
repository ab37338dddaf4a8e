import { expect, it } from 'vitest';
import { GarbageClock } from './garbage.js';

/** Enough short-lived arrays that V8 collects several times, without the event loop going round. */
function litter(): number {
  let length = 0;
  for (let i = 0; i < 300_000; i++) length += Array.from({ length: 50 }, () => ({ i })).length;
  return length;
}

it('counts the collections between two calls, from the first call on', async () => {
  const clock = new GarbageClock();
  litter();
  expect(await clock.take()).toBe(0);
  const started = performance.now();
  litter();
  const busy = (performance.now() - started) / 1000;
  const seconds = await clock.take();
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThan(busy);
  // What was told once is not told again.
  expect(await clock.take()).toBeLessThan(seconds!);
  clock.stop();
});
