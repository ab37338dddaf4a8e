import { describe, expect, it } from 'vitest';
import { Rng, threefry2x32 } from './rng.js';

describe('threefry2x32', () => {
  // Known answers of the Random123 distribution (kat_vectors, threefry2x32, 20 rounds).
  it.each([
    [
      [0, 0],
      [0, 0],
      [0x6b200159, 0x99ba4efe],
    ],
    [
      [-1, -1],
      [-1, -1],
      [0x1cb996fc, 0xbb002be7],
    ],
    [
      [0x13198a2e, 0x03707344],
      [0x243f6a88, 0x85a308d3],
      [0xc4923a9c, 0x483df7a0],
    ],
  ] as const)('key %j, counter %j gives %j', (key, counter, expected) => {
    const out = new Uint32Array(2);
    threefry2x32(key[0], key[1], counter[0], counter[1], out);
    expect([...out]).toEqual(expected);
  });
});

describe('Rng', () => {
  it('repeats with the same seed and differs with another', () => {
    const draws = (seed: number) => Array.from(Rng.fromSeed(seed).fillNormal(new Float64Array(8)));
    expect(draws(7)).toEqual(draws(7));
    expect(draws(7)).not.toEqual(draws(8));
    expect(draws(2 ** 32)).not.toEqual(draws(0));
  });

  it('continues exactly from its state', () => {
    const rng = Rng.fromSeed(1);
    rng.uniform();
    const copy = Rng.fromState(JSON.parse(JSON.stringify(rng.state())));
    expect([copy.normal(), copy.uint32()]).toEqual([rng.normal(), rng.uint32()]);
  });

  it('forks independently of what was drawn, by label', () => {
    const rng = Rng.fromSeed(1);
    const before = rng.fork('env').uint32();
    rng.uint32();
    expect(rng.fork('env').uint32()).toBe(before);
    const first = ['env', 'en', 'ven', '', 0, 1, 2].map((label) => rng.fork(label).uint32());
    expect(new Set([...first, rng.uint32()]).size).toBe(8);
  });

  it('has the moments of its distributions', () => {
    const rng = Rng.fromSeed(3);
    const n = 100_000;
    const normals = rng.fillNormal(new Float64Array(n));
    const mean = normals.reduce((sum, x) => sum + x, 0) / n;
    const variance = normals.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n;
    // Five standard errors: 1/√n for the mean, √(2/n) for the variance.
    expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(variance - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
    const uniforms = Array.from({ length: n }, () => rng.uniform(-1, 3));
    expect(uniforms.every((x) => x >= -1 && x < 3)).toBe(true);
    const sum = uniforms.reduce((total, x) => total + x, 0);
    expect(Math.abs(sum / n - 1)).toBeLessThan(5 * (4 / Math.sqrt(12 * n)));
  });

  it('shuffles into a permutation, every order about as often', () => {
    const rng = Rng.fromSeed(5);
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = rng.shuffle([0, 1, 2]).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt(1000));
  });

  it.each([-1, 1.5, Number.NaN, 2 ** 53])('refuses the seed %s', (seed) => {
    expect(() => Rng.fromSeed(seed)).toThrow(/whole number/);
  });
});
