import { Rng } from '@mikt/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { hasRelaxedSimd } from './engines/wasm/loader.js';
import * as g from './index.js';

// The native library is optional, and so is relaxed SIMD; what loads is tested.
const backends = (await g.probeBackends()).filter(({ problem }) => !problem).map(({ backend }) => backend);
const forms: g.KernelForm[] = hasRelaxedSimd() ? ['relaxed', 'simd'] : ['simd'];
const reference = g.createReferenceEngine();
const tested: [string, g.Engine][] = [];
for (const backend of backends) tested.push([`tfjs ${backend}`, await g.createTfjsEngine(backend)]);
for (const form of forms) tested.push([`wasm ${form}`, await g.createWasmEngine({ form, megabytes: 16 })]);
// TensorFlow.js has one current backend: each engine selects its own again before it is used.
const select = async (name: string) => {
  const backend = backends.find((backend) => name === `tfjs ${backend}`);
  if (backend) await g.createTfjsEngine(backend);
};

it('loads the WASM and the plain backend everywhere', () => {
  expect(backends).toEqual(expect.arrayContaining(['wasm', 'cpu']));
});

/** A random point away from the kinks of the operations. */
function random(rng: Rng, shape: g.Shape, positive = false): Float64Array {
  const values = rng.fillNormal(new Float64Array(g.sizeOf(shape)));
  return positive ? values.map((x) => 0.5 + Math.abs(x)) : values.map((x) => x + 0.05 * Math.sign(x));
}

interface Case {
  name: string;
  shapes: g.Shape[];
  build: (...tensors: g.Tensor[]) => g.Tensor;
  positive?: boolean;
}

const one = (
  name: string,
  build: (x: g.Tensor) => g.Tensor,
  shape: g.Shape = [3, 4],
  positive = false,
): Case => ({
  name,
  shapes: [shape],
  build: (x) => build(x!),
  positive,
});
const two = (
  name: string,
  build: (a: g.Tensor, b: g.Tensor) => g.Tensor,
  a: g.Shape,
  b: g.Shape,
  positive = false,
): Case => ({
  name: `${name} ${JSON.stringify(a)} ${JSON.stringify(b)}`,
  shapes: [a, b],
  build: (x, y) => build(x!, y!),
  positive,
});

const arithmetic = { add: g.add, sub: g.sub, mul: g.mul, div: g.div, maximum: g.maximum, minimum: g.minimum };
const cases: Case[] = [
  one('neg', g.neg),
  one('exp', g.exp),
  one('log', g.log, [3, 4], true),
  one('sqrt', g.sqrt, [3, 4], true),
  one('square', g.square),
  one('tanh', g.tanh),
  one('sigmoid', g.sigmoid),
  one('softplus', g.softplus),
  one('relu', g.relu),
  one('clip', (x) => g.clip(x, -0.5, 0.5)),
  one('sum of all', (x) => g.sum(x)),
  one('sum over axis 0', (x) => g.sum(x, [0])),
  one('sum over axis 1', (x) => g.sum(x, [1])),
  one('sum over axes 0 and 2', (x) => g.sum(x, [2, 0]), [2, 3, 4]),
  one('mean', (x) => g.mean(x)),
  one('mean over axis 1', (x) => g.mean(x, [1])),
  one('reshape', (x) => g.reshape(x, [2, 6])),
  one('broadcastTo', (x) => g.broadcastTo(x, [2, 3, 4]), [3, 1]),
  one('slice', (x) => g.slice(x, [1, 0], [2, 3])),
  one('slice of a vector', (x) => g.slice(x, [2], [3]), [7]),
  one('pad', (x) => g.pad(x, [1, 0], [5, 6])),
  one('softmax', g.softmax),
  one('logSoftmax', g.logSoftmax),
  one('softmax of a vector', g.softmax, [3]),
  one('stopGradient of a factor', (x) => g.mul(x, g.exp(x))),
  ...Object.entries(arithmetic).flatMap(([name, build]) => [
    two(name, build, [3, 4], [3, 4], true),
    two(name, build, [3, 4], [4], true),
    two(name, build, [3, 1], [2, 1, 4], true),
    two(name, build, [], [3], true),
  ]),
  two('greaterEqual as a mask', (a, b) => g.mul(g.greaterEqual(a, b), b), [3, 4], [4]),
  two('concat rows', (a, b) => g.concat([a, b]), [2, 3], [4, 3]),
  two('concat columns', (a, b) => g.concat([a, b, a], 1), [2, 3], [2, 1]),
  two('matmul', (a, b) => g.matmul(a, b), [3, 5], [5, 4]),
  two('matmul of a transposed', (a, b) => g.matmul(a, b, { transposeA: true }), [5, 3], [5, 4]),
  two('matmul by a transposed', (a, b) => g.matmul(a, b, { transposeB: true }), [3, 5], [4, 5]),
  two(
    'matmul of two transposed',
    (a, b) => g.matmul(a, b, { transposeA: true, transposeB: true }),
    [5, 3],
    [4, 5],
  ),
];

/** A scalar on which every entry of `x` has its own influence. */
function weigh(x: g.Tensor, rng: Rng): g.Tensor {
  return g.sum(g.mul(x, g.constant(random(rng, x.shape), x.shape)));
}

describe.each(cases)('$name', ({ shapes, build, positive = false }) => {
  const rng = Rng.fromSeed(11);
  const values = Object.fromEntries(shapes.map((shape, i) => [`x${i}`, random(rng, shape, positive)]));
  const leaves = shapes.map((shape, i) => g.input(`x${i}`, shape));
  const result = build(...leaves);
  const loss = weigh(result, rng);

  it('has the gradient that central differences measure', () => {
    for (const { derived, measured } of g.compareGradients(loss, values)) {
      expect(g.relativeDifference(derived, measured)).toBeLessThan(1e-5);
    }
  });

  it.each(tested)('agrees on %s, value and gradient', async (name, engine) => {
    await select(name);
    const definition = {
      outputs: { result, loss, ...Object.fromEntries(g.gradients(loss, leaves).map((d, i) => [`d${i}`, d])) },
    };
    const run = (engine: g.Engine) => {
      const program = engine.compile(definition);
      for (const [name, data] of Object.entries(values)) program.inputs[name]?.set(data);
      program.run();
      return program.outputs;
    };
    const expected = run(reference);
    const actual = run(engine);
    for (const name of Object.keys(expected)) {
      expect(g.relativeDifference(actual[name]!, expected[name]!), name).toBeLessThan(1e-4);
    }
  });
});

describe('gradients', () => {
  it('stop at stopGradient', () => {
    // d/dx of x · stop(x) is stop(x) alone.
    const x = g.input('x', [3]);
    const engine = g.createReferenceEngine();
    const program = engine.compile({
      outputs: { d: g.gradients(g.sum(g.mul(x, g.stopGradient(x))), [x])[0]! },
    });
    program.inputs.x!.set([1, 2, 3]);
    program.run();
    expect([...program.outputs.d!]).toEqual([1, 2, 3]);
  });

  it('are zeros where the loss does not depend on the target', () => {
    const [x, y] = [g.input('x', [2]), g.input('y', [3])];
    const program = g.createReferenceEngine().compile({ outputs: { d: g.gradients(g.sum(x), [y])[0]! } });
    program.run();
    expect([...program.outputs.d!]).toEqual([0, 0, 0]);
  });

  it('add up where a node is used twice', () => {
    const x = g.input('x', []);
    const y = g.square(x);
    const program = g
      .createReferenceEngine()
      .compile({ outputs: { d: g.gradients(g.add(g.mul(y, y), y), [x])[0]! } });
    program.inputs.x!.set([3]);
    program.run();
    expect(program.outputs.d![0]).toBe(4 * 27 + 6);
  });

  it('refuse a loss that is not a scalar', () => {
    expect(() => g.gradients(g.input('x', [2]), [])).toThrow('gradients: takes a scalar loss, got [2].');
  });

  it('survive a chain of thousands of nodes', () => {
    const x = g.input('x', []);
    let y: g.Tensor = x;
    for (let i = 0; i < 20_000; i++) y = g.add(y, 1);
    const program = g.createReferenceEngine().compile({ outputs: { y, d: g.gradients(y, [x])[0]! } });
    program.run();
    expect([program.outputs.y![0], program.outputs.d![0]]).toEqual([20_000, 1]);
  });
});

describe('wrong shapes are refused when the graph is built, naming the operation and both shapes', () => {
  const matrix = g.input('m', [3, 4]);
  it.each([
    ['add', () => g.add(matrix, g.input('x', [3])), 'add: shapes do not broadcast, got [3, 4] and [3].'],
    ['matmul', () => g.matmul(matrix, matrix), 'matmul: inner sizes 4 and 3 differ, got [3, 4] and [3, 4].'],
    [
      'matmul of a vector',
      () => g.matmul(matrix, g.input('x', [4])),
      'matmul: takes two matrices, got [3, 4] and [4].',
    ],
    ['reshape', () => g.reshape(matrix, [5]), 'reshape: sizes differ, got [3, 4] and [5].'],
    [
      'concat',
      () => g.concat([matrix, g.input('x', [2, 3])]),
      'concat: sizes differ outside axis 0, got [3, 4] and [2, 3].',
    ],
    [
      'slice',
      () => g.slice(matrix, [2, 0], [2, 4]),
      'slice: a block from [2, 0] does not fit, got [3, 4] and [2, 4].',
    ],
    [
      'pad',
      () => g.pad(matrix, [0, 0], [2, 4]),
      'pad: a block at [0, 0] does not fit, got [3, 4] and [2, 4].',
    ],
    ['sum', () => g.sum(matrix, [2]), 'sum: there is no axis 2, got [3, 4].'],
    [
      'broadcastTo',
      () => g.broadcastTo(matrix, [4]),
      'broadcastTo: the shape cannot be reached by repeating, got [3, 4] and [4].',
    ],
    ['softmax', () => g.softmax(g.constant(1)), 'softmax: takes a tensor with at least one axis, got [].'],
    ['constant', () => g.constant([1, 2], [3]), 'constant: values do not fill the shape, got [2] and [3].'],
  ])('%s', (_name, build, message) => {
    expect(build).toThrow(message);
  });
});

describe.each<[string, g.Engine]>([['reference', reference], ...tested])('programs on %s', (name, engine) => {
  beforeAll(() => select(name));

  it('update variables together, from the values before the run', () => {
    const variables = engine.createVariables({ a: [2], b: [2] });
    const [a, b] = [g.variable('a', [2]), g.variable('b', [2])];
    variables.write('a', [1, 2]);
    variables.write('b', [10, 20]);
    const swap = engine.compile(
      {
        outputs: { total: g.add(a, b) },
        updates: [
          { variable: a, value: b },
          { variable: b, value: a },
        ],
      },
      variables,
    );
    swap.run();
    expect([...variables.read('a'), ...variables.read('b')]).toEqual([10, 20, 1, 2]);
    swap.run();
    expect([...variables.read('a'), ...swap.outputs.total!]).toEqual([1, 2, 11, 22]);
  });

  it('see what another program wrote to a slice of a variable', () => {
    const variables = engine.createVariables({ theta: [5] });
    const theta = g.variable('theta', [5]);
    const matrix = g.reshape(g.slice(theta, [1], [4]), [2, 2]);
    const read = engine.compile(
      { outputs: { product: g.matmul(matrix, g.constant([1, 10], [2, 1])) } },
      variables,
    );
    const write = engine.compile(
      { outputs: {}, updates: [{ variable: theta, value: g.add(theta, g.input('by', [])) }] },
      variables,
    );
    variables.write('theta', [9, 1, 2, 3, 4]);
    read.run();
    expect([...read.outputs.product!]).toEqual([21, 43]);
    write.inputs.by!.set([1]);
    write.run();
    read.run();
    expect([...read.outputs.product!]).toEqual([32, 54]);
    expect([...variables.read('theta')]).toEqual([10, 2, 3, 4, 5]);
  });

  it('keep constants apart that JSON writes alike', () => {
    const x = g.input('x', [2]);
    const program = engine.compile({
      outputs: {
        above: g.maximum(x, Number.NEGATIVE_INFINITY),
        below: g.minimum(x, Number.POSITIVE_INFINITY),
        byZero: g.div(x, 0),
        byMinusZero: g.div(x, -0),
      },
    });
    program.inputs.x!.set([3, -5]);
    program.run();
    const { outputs } = program;
    expect([...outputs.above!, ...outputs.below!]).toEqual([3, -5, 3, -5]);
    expect([...outputs.byZero!, ...outputs.byMinusZero!].map((y) => y > 0)).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });

  it('refuse variables that are missing, of another shape, or fed the wrong number of values', () => {
    const variables = engine.createVariables({ a: [2] });
    const outputs = (tensor: g.Tensor) => ({ outputs: { x: tensor } });
    expect(() => engine.compile(outputs(g.variable('z', [2])), variables)).toThrow(/no such variable \(a\)/);
    expect(() => engine.compile(outputs(g.variable('a', [3])), variables)).toThrow(
      'variable "a" [3], but it was created as [2]',
    );
    expect(() => variables.write('a', [1])).toThrow('variable "a" has 2 values, got 1.');
  });
});

it('keeps no tensors between runs beyond its constants and pieces of variables, and none after disposal', async () => {
  const engine = await g.createTfjsEngine('wasm');
  const before = tf.memory().numTensors;
  const variables = engine.createVariables({ theta: [6] });
  const theta = g.variable('theta', [6]);
  const loss = g.mean(g.square(g.matmul(g.input('x', [4, 2]), g.reshape(g.slice(theta, [0], [6]), [2, 3]))));
  const next = g.sub(theta, g.gradients(loss, [theta])[0]!);
  const program = engine.compile(
    { outputs: { loss }, updates: [{ variable: theta, value: next }] },
    variables,
  );
  program.run();
  const held = tf.memory().numTensors;
  for (let i = 0; i < 20; i++) program.run();
  expect(tf.memory().numTensors).toBe(held);
  program.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

it('says which engines exist when asked for another', async () => {
  await expect(g.createEngine('tfsj')).rejects.toThrow(
    'unknown engine "tfsj"; did you mean "tfjs"? Known: wasm, tfjs, reference.',
  );
});
