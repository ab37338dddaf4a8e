import { expect, it } from 'vitest';
import { tCdf, tQuantile } from './student-t.js';

// scipy.stats.t.ppf(p, df), SciPy 1.x
it.each([
  [0.975, 1, 12.706204736174694],
  [0.975, 1.01, 12.412738499102536],
  [0.975, 2, 4.302652729749462],
  [0.975, 2.5, 3.5746548420036817],
  [0.975, 4, 2.7764451051977934],
  [0.975, 10, 2.228138851986274],
  [0.975, 1000, 1.9623390808264083],
  [0.995, 30, 2.7499956535672254],
  [0.95, 3.7, 2.1824938039146007],
  [0.6, 5, 0.2671808657041451],
])('the quantile at %d with %d degrees of freedom', (probability, degrees, quantile) => {
  expect(tQuantile(probability, degrees) / quantile).toBeCloseTo(1, 10);
  expect(tQuantile(1 - probability, degrees) / -quantile).toBeCloseTo(1, 10);
});

// scipy.stats.t.cdf(t, df)
it.each([
  [1, 1, 0.75],
  [2.5, 3, 0.9561466764959672],
  [-0.7, 4.4, 0.2595911294422153],
  [0, 3, 0.5],
  [12, 2, 0.9965635331614208],
])('the distribution function at %d with %d degrees of freedom', (t, degrees, probability) => {
  expect(tCdf(t, degrees)).toBeCloseTo(probability, 12);
});

it('refuses what is no probability and no number of degrees', () => {
  expect(() => tQuantile(1, 3)).toThrow('between 0 and 1, got 1');
  expect(() => tQuantile(0.5, 0)).toThrow('above 0, got 0');
});
