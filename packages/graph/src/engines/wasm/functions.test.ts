import { describe, expect, it } from 'vitest';
import {
  clip,
  exp,
  input,
  log,
  maximum,
  minimum,
  sigmoid,
  softplus,
  type Tensor,
  tanh,
} from '../../index.js';
import { UNARY } from '../scalar-functions.js';
import { createWasmEngine } from './engine.js';
import { hasRelaxedSimd, type KernelForm } from './loader.js';

const forms: KernelForm[] = hasRelaxedSimd() ? ['relaxed', 'simd'] : ['simd'];

/** Finite floats of every magnitude and both signs, evenly spread over their bit patterns. */
const everyMagnitude = new Float32Array(1 << 18);
new Uint32Array(everyMagnitude.buffer).forEach((_, i, bits) => {
  bits[i] = i * (2 ** 32 / bits.length);
});
const finite = everyMagnitude.filter(Number.isFinite);
/** Where the functions are curved. */
const dense = new Float32Array(1 << 17).map((_, i) => (i / (1 << 17) - 0.5) * 220);

/** Distance in units in the last place of `expected`, which counts denormal numbers too. */
function ulps(actual: number, expected: number): number {
  const rounded = Math.fround(expected);
  if (Object.is(actual, rounded) || (Number.isNaN(actual) && Number.isNaN(rounded))) return 0;
  if (!Number.isFinite(actual) || !Number.isFinite(rounded)) return Number.POSITIVE_INFINITY;
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(rounded))), -126);
  return Math.abs(actual - expected) / 2 ** (exponent - 23);
}

const functions: [keyof typeof UNARY, (x: Tensor) => Tensor, number][] = [
  ['exp', exp, 1.5],
  ['log', log, 1.5],
  ['tanh', tanh, 6],
  ['sigmoid', sigmoid, 2.5],
  ['softplus', softplus, 2.5],
];

describe.each(forms)('elementary functions (%s)', (form) => {
  it.each(functions)('%s is right to a few units in the last place', async (name, build, limit) => {
    const engine = await createWasmEngine({ form, megabytes: 16 });
    for (const points of [finite, dense]) {
      const program = engine.compile({ outputs: { y: build(input('x', [points.length])) } });
      program.inputs.x!.set(points);
      program.run();
      let worst = { error: 0, x: 0, y: 0 };
      program.outputs.y!.forEach((y, i) => {
        const x = points[i]!;
        const error = ulps(y, UNARY[name](x));
        if (error > worst.error) worst = { error, x, y };
      });
      expect(worst.error, JSON.stringify(worst)).toBeLessThan(limit);
      program.dispose();
    }
  });

  it.each<[keyof typeof UNARY, (x: Tensor) => Tensor, number[]]>([
    // at         −∞           0           ∞          NaN        −200  200
    ['exp', exp, [0, 1, Number.POSITIVE_INFINITY, Number.NaN, 0, Number.POSITIVE_INFINITY]],
    [
      'log',
      log,
      [Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NaN, Number.NaN, Math.log(200)],
    ],
    ['tanh', tanh, [-1, 0, 1, Number.NaN, -1, 1]],
    ['sigmoid', sigmoid, [0, 0.5, 1, Number.NaN, 0, 1]],
    ['softplus', softplus, [0, Math.LN2, Number.POSITIVE_INFINITY, Number.NaN, 0, 200]],
  ])('%s at infinities, zero, NaN and beyond the range', async (_name, build, expected) => {
    const engine = await createWasmEngine({ form, megabytes: 1 });
    const program = engine.compile({ outputs: { y: build(input('x', [6])) } });
    program.inputs.x!.set([Number.NEGATIVE_INFINITY, 0, Number.POSITIVE_INFINITY, Number.NaN, -200, 200]);
    program.run();
    expect([...program.outputs.y!]).toEqual(expected.map(Math.fround));
  });

  it('limits numbers on either side, and keeps NaN', async () => {
    const engine = await createWasmEngine({ form, megabytes: 1 });
    const x = input('x', [5]);
    const outputs = { clipped: clip(x, -1, 2), turned: maximum(0.5, minimum(4, x)) };
    const program = engine.compile({ outputs });
    program.inputs.x!.set([Number.NaN, Number.NEGATIVE_INFINITY, 1, 3, Number.POSITIVE_INFINITY]);
    program.run();
    expect([...program.outputs.clipped!]).toEqual([Number.NaN, -1, 1, 2, 2]);
    expect([...program.outputs.turned!]).toEqual([Number.NaN, 0.5, 1, 3, 4]);
  });
});
