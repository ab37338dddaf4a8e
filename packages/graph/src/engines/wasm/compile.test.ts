import { describe, expect, it } from 'vitest';
import * as g from '../../index.js';
import { plan } from '../../program.js';
import { planBuffers } from './buffers.js';
import { fuse } from './fuse.js';
import { lower } from './lower.js';

/** What a definition compiles to, before it is encoded. */
function compiled(definition: g.ProgramDefinition, shapes: Record<string, g.Shape> = {}) {
  const lowered = lower(plan(definition, shapes));
  const steps = fuse(lowered);
  const buffers = planBuffers(steps, lowered);
  return { lowered, steps, buffers };
}

/** The elementwise operations and sums of each step. */
const operations = ({ steps }: ReturnType<typeof compiled>) =>
  steps.map(({ members }) =>
    members.flatMap(({ origin }) =>
      origin.kind === 'elementwise' || origin.kind === 'reduction' ? [origin] : [],
    ),
  );

const kinds = ({ steps }: ReturnType<typeof compiled>) =>
  steps.map(({ members }) => members.map(({ origin }) => origin.kind).join(' '));

describe('the compiler', () => {
  it('makes one group of an elementwise update, written where the variable lies', () => {
    const [m, gradient] = [g.variable('m', [5000]), g.variable('gradient', [5000])];
    const value = g.add(g.mul(m, 0.9), g.mul(g.square(gradient), 0.1));
    const result = compiled(
      { outputs: {}, updates: [{ variable: m, value }] },
      { m: [5000], gradient: [5000] },
    );
    // The four of the expression, and the flush of what is too small to keep.
    expect(kinds(result)).toEqual(['elementwise elementwise elementwise elementwise elementwise']);
    expect(result.buffers.copies).toEqual([]);
    expect(result.buffers.size).toBe(0);
  });

  it('copies an update at the end where something still reads the old value', () => {
    const m = g.variable('m', [8]);
    const definition = {
      outputs: { product: g.matmul(g.reshape(m, [1, 8]), g.reshape(g.exp(m), [8, 1])) },
      updates: [{ variable: m, value: g.exp(m) }],
    };
    expect(compiled(definition, { m: [8] }).buffers.copies.map(({ name }) => name)).toEqual(['m']);
  });

  it('computes the parts of a concatenation in place', () => {
    const [a, b] = [g.input('a', [3, 4]), g.input('b', [4, 2])];
    const parts = [g.reshape(g.matmul(a, b), [6]), g.sum(a, [0])];
    const { buffers, steps, lowered } = compiled(
      { outputs: {}, updates: [{ variable: g.variable('flat', [10]), value: g.concat(parts) }] },
      { flat: [10] },
    );
    expect(buffers.homes.get(lowered.updates.get('flat')!)).toEqual({ kind: 'variable', name: 'flat' });
    const offsets = steps
      .flatMap(({ members }) => members)
      .flatMap((value) => {
        const home = buffers.homes.get(value);
        return home?.kind === 'inside' ? [home.offset] : [];
      });
    expect(offsets.sort()).toEqual([0, 6]);
  });

  it('needs no instruction for reshapes, leading slices and stopped gradients', () => {
    const x = g.input('x', [4, 6]);
    const view = g.stopGradient(g.reshape(g.slice(x, [1, 0], [2, 6]), [3, 4]));
    expect(kinds(compiled({ outputs: { y: g.exp(view) } }))).toEqual(['elementwise']);
  });

  it('folds constants and drops what changes nothing', () => {
    const x = g.input('x', [4]);
    const y = g.mul(
      g.mul(g.add(g.mul(x, 1), g.sub(g.exp(g.constant(0)), 1)), 3),
      g.mean(g.constant(0.5, [7])),
    );
    const result = compiled({ outputs: { y: g.broadcastTo(g.reshape(y, [1, 4]), [1, 4]) } });
    expect(operations(result)).toMatchObject([[{ op: 'mul', operands: [{ spread: 'each' }, 1.5] }]]);
  });

  it('multiplies by one e⁻ᶻ where a graph divides by eᶻ, for one row as for many', () => {
    for (const rows of [5, 1]) {
      const [x, y] = [g.input('x', [rows, 3]), g.exp(g.input('y', [3]))];
      const result = compiled({ outputs: { a: g.div(x, y), b: g.div(g.square(x), y) } });
      const kinds = operations(result).flatMap((group) => group.map(({ op }) => op));
      expect(kinds.sort()).toEqual(['exp', 'mul', 'mul', 'neg', 'square']);
    }
  });

  it('computes what only the backward pass needs in the backward pass', () => {
    const [x, w] = [g.input('x', [8, 8]), g.input('w', [8, 8])];
    const loss = g.sum(g.square(g.matmul(g.tanh(g.matmul(x, w)), w)));
    const result = compiled({ outputs: { d: g.gradients(loss, [w])[0]! } });
    const forward = operations(result).find((group) => group.some(({ op }) => op === 'tanh'));
    // 1 − y² would have to be kept in memory from there to the gradient.
    expect(forward!.map(({ op }) => op)).toEqual(['tanh']);
  });

  it('never makes a group wait for itself', () => {
    // The last sum needs the total, which needs all of the first group.
    const x = g.input('x', [6]);
    const y = g.exp(x);
    const result = compiled({ outputs: { z: g.add(y, g.sum(y)) } });
    expect(kinds(result)).toEqual(['elementwise reduction', 'elementwise']);
  });

  it('gives buffers that are not in use together the same place', () => {
    const w = g.input('w', [32, 32]);
    let x: g.Tensor = w;
    for (let i = 0; i < 20; i++) x = g.matmul(x, w);
    // The input and the output lie apart; in between two buffers take turns.
    expect(compiled({ outputs: { x } }).buffers.size).toBe(4 * 32 * 32);
  });
});
