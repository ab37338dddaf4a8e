import { expect, it } from 'vitest';
import { spread } from './spread.js';

it('takes the middle, or the mean of the two in the middle', () => {
  expect(spread([3, 1, 2])).toEqual({ median: 2, low: 1, high: 3 });
  expect(spread([4, 1, 2, 10])).toEqual({ median: 3, low: 1, high: 10 });
  expect(spread([7])).toEqual({ median: 7, low: 7, high: 7 });
});
