import { Rng } from '@mikt/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as g from '../../index.js';
import { createWasmEngine } from './engine.js';
import { hasRelaxedSimd, type KernelForm, type MemoryKind } from './loader.js';

const forms: KernelForm[] = hasRelaxedSimd() ? ['relaxed', 'simd'] : ['simd'];
const kinds: [KernelForm, MemoryKind][] = forms.flatMap((form) => [
  [form, 'private'],
  [form, 'shared'],
]);
const reference = g.createReferenceEngine();

/** Runs a graph on both engines with the same random inputs and compares every output. */
function expectAgreement(engine: g.Engine, outputs: Record<string, g.Tensor>, seed: number): void {
  const [actual, expected] = [engine, reference].map((each) => {
    const program = each.compile({ outputs });
    const rng = Rng.fromSeed(seed);
    for (const name of Object.keys(program.inputs).sort())
      program.inputs[name]!.set(rng.fillNormal(new Float32Array(program.inputs[name]!.length)));
    // Twice: what a run leaves behind must not reach the next one.
    program.run();
    program.run();
    const results = Object.entries(program.outputs).map(([name, values]) => [name, values.slice()] as const);
    program.dispose();
    return new Map(results);
  });
  for (const [name, values] of expected!)
    expect(g.relativeDifference(actual!.get(name)!, values, 1), name).toBeLessThan(1e-4);
}

const seed = fc.nat();
const size = fc.integer({ min: 1, max: 7 });
const shape = fc.array(size, { minLength: 1, maxLength: 4 });

/** A shape that broadcasts to the given one. */
const smaller = (whole: readonly number[]) =>
  fc
    .tuple(fc.nat({ max: whole.length }), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }))
    .map(([dropped, ones]) => whole.slice(dropped).map((n, axis) => (ones[axis] ? 1 : n)));

describe.each(kinds)(
  'random graphs on the wasm engine (%s, %s memory) agree with the reference',
  (form, memory) => {
    const create = createWasmEngine({ form, memory, megabytes: 16 });
    // The same cases every time; a few are enough for shared memory, where only loading differs.
    const check = <T>(property: fc.IProperty<T>, numRuns: number) =>
      fc.assert(property, { seed: 1, numRuns: memory === 'shared' ? numRuns / 10 : numRuns });

    it('matrix products of all sizes and orientations', async () => {
      const engine = await create;
      const length = fc.integer({ min: 1, max: 40 });
      const property = fc.property(
        length,
        length,
        length,
        fc.boolean(),
        fc.boolean(),
        seed,
        (m, k, n, ta, tb, s) => {
          const a = g.input('a', ta ? [k, m] : [m, k]);
          const b = g.input('b', tb ? [n, k] : [k, n]);
          expectAgreement(engine, { c: g.matmul(a, b, { transposeA: ta, transposeB: tb }) }, s);
        },
      );
      check(property, 100);
    });

    it('broadcast arithmetic and its gradients', async () => {
      const engine = await create;
      const shapes = shape.chain((whole) => fc.tuple(fc.constant(whole), smaller(whole), smaller(whole)));
      const property = fc.property(shapes, seed, ([whole, left, right], s) => {
        const [a, b, c] = [g.input('a', left), g.input('b', right), g.input('c', whole)];
        // Small arguments: 1 − tanh² of large ones has few digits in single precision.
        const x = g.mul(g.add(a, g.square(c)), g.sub(g.maximum(b, c), g.mul(g.mul(a, 3), 0.5)));
        const y = g.tanh(g.mul(x, 0.05));
        const loss = g.sum(g.mul(y, g.sigmoid(g.add(c, 1))));
        const [da, db, dc] = g.gradients(loss, [a, b, c]) as [g.Tensor, g.Tensor, g.Tensor];
        expectAgreement(engine, { y, loss, da, db, dc }, s);
      });
      check(property, 100);
    });

    it('sums over any axes of what was just computed', async () => {
      const engine = await create;
      const cases = shape.chain((whole) =>
        fc.tuple(fc.constant(whole), fc.subarray(whole.map((_, axis) => axis))),
      );
      const property = fc.property(cases, seed, ([whole, axes], s) => {
        const x = g.input('x', whole);
        const y = g.exp(g.mul(x, 0.5));
        expectAgreement(engine, { sums: g.sum(y, axes), plain: g.sum(x, axes), mean: g.mean(y, axes), y }, s);
      });
      check(property, 100);
    });

    it('slices, pads and concatenations along any axis', async () => {
      const engine = await create;
      const cases = shape.chain((whole) =>
        fc.tuple(
          fc.constant(whole),
          fc.nat({ max: whole.length - 1 }),
          fc.array(fc.tuple(fc.nat({ max: 6 }), fc.nat({ max: 6 })), { minLength: 4, maxLength: 4 }),
        ),
      );
      const property = fc.property(cases, seed, ([whole, axis, cuts], s) => {
        const x = g.input('x', whole);
        const begin = whole.map((n, i) => cuts[i]![0] % n);
        const block = whole.map((n, i) => 1 + (cuts[i]![1] % (n - begin[i]!)));
        const piece = g.slice(g.neg(x), begin, block);
        const padded = g.pad(g.mul(piece, piece), begin, whole);
        const joined = g.concat([g.tanh(x), x, padded, g.neg(padded)], axis);
        const [gradient] = g.gradients(g.sum(g.mul(joined, joined)), [x]);
        expectAgreement(engine, { piece, padded, joined, gradient: gradient! }, s);
      });
      check(property, 100);
    });

    it('softmax, and matrices larger than a block', async () => {
      const engine = await create;
      const property = fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 1500 }),
        seed,
        (rows, columns, s) => {
          const [x, row, column] = [
            g.input('x', [rows, columns]),
            g.input('r', [columns]),
            g.input('c', [rows, 1]),
          ];
          const y = g.mul(g.tanh(g.add(x, row)), column);
          const outputs = { y, total: g.sum(y), rows: g.sum(y, [1]), columns: g.sum(g.square(y), [0]) };
          expectAgreement(engine, { ...outputs, p: g.softmax(x), logP: g.logSoftmax(y) }, s);
        },
      );
      check(property, 20);
    });

    it('groups of every width, with repeated operands, quotients and sums', async () => {
      const engine = await create;
      const property = fc.property(
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 70 }),
        seed,
        (rows, columns, s) => {
          const x = g.input('x', [rows, columns]);
          const [row, column] = [g.exp(g.input('r', [columns])), g.exp(g.input('c', [rows, 1]))];
          const scalar = g.add(g.square(g.input('s', [])), 0.5);
          const y = g.sub(g.div(x, row), g.div(g.mul(g.tanh(x), column), scalar));
          const z = g.div(g.add(g.div(y, column), g.mul(row, 0.1)), row);
          const [dx, dr] = g.gradients(g.mean(g.square(z)), [x, row]) as [g.Tensor, g.Tensor];
          const sums = { all: g.sum(z), rows: g.sum(g.square(z), [1]), columns: g.sum(z, [0]) };
          expectAgreement(engine, { y, z, dx, dr, ...sums }, s);
        },
      );
      check(property, 60);
    });

    it('long vectors, summed and updated in one pass', async () => {
      const engine = await create;
      const property = fc.property(fc.integer({ min: 1000, max: 100_000 }), seed, (length, s) => {
        const [x, scale] = [g.input('x', [length]), g.input('scale', [])];
        const y = g.mul(g.square(x), g.exp(scale));
        const outputs = { y, total: g.sum(y), norm: g.sqrt(g.sum(g.square(x))), root: g.sqrt(y) };
        expectAgreement(engine, outputs, s);
      });
      check(property, 10);
    });

    it('tensors without entries', async () => {
      const [a, b, c] = [g.input('a', [3, 0]), g.input('b', [0, 4]), g.input('c', [2, 4])];
      const joined = g.concat([g.exp(b), g.tanh(c)]);
      const sums = { rows: g.sum(b, [0]), columns: g.sum(b, [1]), all: g.sum(a) };
      expectAgreement(await create, { product: g.matmul(a, b), joined, e: g.exp(g.mul(b, 2)), ...sums }, 1);
    });

    it('updates of variables that read one another', async () => {
      const engine = await create;
      const [n, all] = [5, 50];
      const [p, q, r] = [g.variable('p', [n, n]), g.variable('q', [n, n]), g.variable('r', [all])];
      const half = (index: number) => g.reshape(g.slice(r, [index * n * n], [n * n]), [n, n]);
      const mixed = g.tanh(g.add(g.mul(p, 0.9), g.mul(q, 0.1)));
      const squares: g.Tensor[] = [
        ...[p, q, half(0), half(1), mixed],
        ...[g.matmul(p, q), g.matmul(mixed, p, { transposeB: true })],
        g.sub(p, g.mul(half(1), g.sum(q))),
        g.add(mixed, g.slice(p, [1, 0], [1, n])),
        g.mul(q, g.reshape(g.sum(p, [1]), [n, 1])),
        g.softmax(mixed),
        g.constant(0.5, [n, n]),
        g.broadcastTo(g.slice(q, [0, 2], [n, 1]), [n, n]),
      ];
      const flat = (x: g.Tensor) => g.reshape(x, [n * n]);
      const choice = fc.nat({ max: squares.length - 1 });
      const choices = fc.tuple(choice, choice, choice, choice, choice);
      const property = fc.property(choices, fc.shuffledSubarray([0, 1, 2]), seed, (chosen, order, s) => {
        const [a, b, c, d, e] = chosen.map((index) => squares[index]!) as [
          g.Tensor,
          g.Tensor,
          g.Tensor,
          g.Tensor,
          g.Tensor,
        ];
        const updates = [
          { variable: p, value: a },
          { variable: q, value: b },
          { variable: r, value: g.concat([flat(c), flat(d)]) },
        ];
        const definition = {
          outputs: { e, total: g.sum(p) },
          updates: order.map((index) => updates[index]!),
        };
        const [actual, expected] = [engine, reference].map((each) => {
          const variables = each.createVariables({ p: [n, n], q: [n, n], r: [all] });
          const rng = Rng.fromSeed(s);
          for (const [name, shape] of Object.entries(variables.shapes))
            variables.write(name, rng.fillNormal(new Float32Array(g.sizeOf(shape))));
          const program = each.compile(definition, variables);
          program.run();
          const results = {
            ...Object.fromEntries(
              Object.entries(program.outputs).map(([name, values]) => [name, [...values]]),
            ),
            ...Object.fromEntries(['p', 'q', 'r'].map((name) => [name, [...variables.read(name)]])),
          };
          program.dispose();
          variables.dispose();
          return results;
        }) as [Record<string, number[]>, Record<string, number[]>];
        for (const [name, values] of Object.entries(expected))
          expect(g.relativeDifference(actual[name]!, values, 1), name).toBeLessThan(1e-4);
      });
      check(property, 100);
    });
  },
);
