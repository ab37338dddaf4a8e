import { expect, it } from 'vitest';
import { secondsLeft } from './time-left.js';

const run = (kind: string, stepsLeft: number, stepsPerSecond?: number) => ({
  kind,
  stepsLeft,
  stepsPerSecond,
});

it('gives each run to the worker that is free first', () => {
  // Two workers: 100 s | 50 s, then 30 s on the second (80 s), then 40 s on it too (120 s).
  const runs = [run('a', 1000, 10), run('b', 1000, 20), run('c', 300, 10), run('d', 400, 10)];
  expect(secondsLeft(runs, 2)).toBe(120);
  expect(secondsLeft(runs, 1)).toBe(220);
  expect(secondsLeft([], 3)).toBe(0);
});

it('takes an unmeasured run to be as fast as its kind, or as all', () => {
  expect(secondsLeft([run('a', 100, 10), run('b', 100, 50), run('a', 100)], 1)).toBe(10 + 2 + 10);
  expect(secondsLeft([run('c', 100)], 1, [run('a', 0, 10), run('b', 0, 30)])).toBe(100 / 20);
  expect(secondsLeft([run('c', 100)], 1)).toBe(Number.POSITIVE_INFINITY);
});
