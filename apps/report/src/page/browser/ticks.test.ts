import { expect, it } from 'vitest';
import { ticks } from './ticks.js';

it('ticks are round values within the range', () => {
  expect(ticks([0, 1], 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(ticks([123_000, 461_000], 8)).toEqual([
    150_000, 200_000, 250_000, 300_000, 350_000, 400_000, 450_000,
  ]);
  expect(ticks([-53.2, -49.9], 3)).toEqual([-52, -50]);
});
