import { FileError, Rng } from '@mikt/core';
import * as ort from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import * as g from '../index.js';

const reference = g.createReferenceEngine();

/** Runs an ONNX file in another implementation. */
async function runOnnx(
  file: Uint8Array,
  inputs: Record<string, { data: ArrayLike<number>; shape: g.Shape }>,
): Promise<Record<string, { data: Float32Array; dims: readonly number[] }>> {
  const session = await ort.InferenceSession.create(file, { executionProviders: ['wasm'] });
  const results = await session.run(
    Object.fromEntries(
      Object.entries(inputs).map(([name, { data, shape }]) => [
        name,
        new ort.Tensor('float32', Float32Array.from(data), shape),
      ]),
    ),
  );
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, { data, dims }]) => [name, { data: data as Float32Array, dims }]),
  );
}

const weights = { w: Rng.fromSeed(1).fillNormal(new Float64Array(12)), b: [0.5, -0.25, 1] };
const w = g.variable('w', [4, 3]);
const b = g.variable('b', [3]);

// Every operation, on x [rows, 4] and weights.
const cases: [string, (x: g.Tensor, rows: number) => g.Tensor][] = [
  ['neg', (x) => g.neg(x)],
  ['exp', (x) => g.exp(x)],
  ['log', (x) => g.log(g.add(g.square(x), 0.1))],
  ['sqrt', (x) => g.sqrt(g.add(g.square(x), 0.1))],
  ['square', (x) => g.square(x)],
  ['tanh', (x) => g.tanh(x)],
  ['sigmoid', (x) => g.sigmoid(x)],
  ['softplus', (x) => g.softplus(x)],
  ['relu', (x) => g.relu(x)],
  ['add, a matrix product and a broadcast', (x) => g.add(g.matmul(x, w), b)],
  ['sub and mul with scalars', (x) => g.mul(g.sub(x, 2), 3)],
  ['div', (x) => g.div(x, g.add(g.square(x), 1))],
  ['clip', (x) => g.clip(x, -0.5, 0.5)],
  ['greaterEqual', (x) => g.greaterEqual(x, 0.1)],
  ['matmul with transposed operands', (x) => g.matmul(x, x, { transposeA: true })],
  ['matmul of the batch with itself', (x) => g.sum(g.matmul(x, x, { transposeB: true }), [1])],
  ['sum over all axes', (x) => g.sum(x)],
  ['sum over the batch', (x) => g.sum(x, [0])],
  ['sum of a scalar', (x) => g.sum(g.sum(x))],
  ['mean over columns', (x) => g.mean(x, [1])],
  ['broadcastTo', (x, rows) => g.broadcastTo(g.reshape(g.sum(x, [1]), [rows, 1]), [rows, 5])],
  ['reshape', (x, rows) => g.reshape(x, [rows, 2, 2])],
  ['concat', (x) => g.concat([x, g.tanh(x)], 1)],
  ['slice', (x, rows) => g.slice(x, [0, 1], [rows, 2])],
  ['pad', (x, rows) => g.pad(x, [0, 1], [rows, 7])],
  ['softmax', (x) => g.softmax(x)],
  ['logSoftmax', (x) => g.logSoftmax(x)],
  ['stopGradient', (x) => g.stopGradient(g.tanh(x))],
  ['an input as it is', (x) => x],
  ['a constant', () => g.exp(b)],
];

describe('encodeOnnx', () => {
  it.each(cases)('%s, as onnxruntime computes it, for any number of rows', async (_name, build) => {
    const file = g.encodeOnnx((rows) => ({ outputs: { y: build(g.input('x', [rows, 4]), rows) } }), weights, {
      name: 'test',
      producerVersion: '0',
    });
    for (const rows of [1, 5]) {
      const y = build(g.input('x', [rows, 4]), rows);
      const variables = reference.createVariables({ w: [4, 3], b: [3] });
      variables.write('w', weights.w);
      variables.write('b', weights.b);
      // Rounded first, so that a comparison with a threshold falls on the same side.
      const x = Float32Array.from(Rng.fromSeed(rows).fillNormal(new Float64Array(rows * 4)));
      const program = reference.compile({ outputs: { y } }, variables);
      program.inputs.x?.set(x);
      program.run();
      const result = await runOnnx(file, program.inputs.x ? { x: { data: x, shape: [rows, 4] } } : {});
      expect(result.y!.dims).toEqual(y.shape);
      expect(g.relativeDifference(result.y!.data, program.outputs.y!)).toBeLessThan(1e-5);
    }
  });

  it('has one name for each of several outputs of the same value', async () => {
    const file = g.encodeOnnx(
      (rows) => {
        const y = g.tanh(g.input('x', [rows, 2]));
        return { outputs: { first: y, second: y } };
      },
      {},
      { name: 'test', producerVersion: '0' },
    );
    const { first, second } = await runOnnx(file, { x: { data: [1, -1], shape: [1, 2] } });
    expect(first!.data).toEqual(second!.data);
    expect(first!.data[0]).toBeCloseTo(Math.tanh(1), 6);
  });

  const encode = (build: (rows: number) => g.Tensor) => () =>
    g.encodeOnnx((rows) => ({ outputs: { y: build(rows) } }), {}, { name: 'test', producerVersion: '0' });
  it.each<[string, (rows: number) => g.Tensor, RegExp]>([
    [
      'a mean over the batch',
      (rows) => g.mean(g.input('x', [rows, 4]), [0]),
      /a constant depends on the number/,
    ],
    [
      'a joined batch',
      (rows) => g.concat([g.input('x', [rows, 4]), g.input('x', [rows, 4])]),
      /size of axis 0 of concat/,
    ],
    [
      'a slice of the batch',
      (rows) => g.slice(g.input('x', [rows, 4]), [rows - 1, 0], [1, 4]),
      /what is computed/,
    ],
    [
      'a value for every row',
      (rows) => g.add(g.input('x', [rows]), g.constant(Array(rows).fill(1), [rows])),
      /a constant with a value for every row/,
    ],
    [
      'a variable without values',
      () => g.add(g.input('x', [4]), g.variable('v', [4])),
      /no values for variable "v"/,
    ],
  ])('refuses %s', (_name, build, sentence) => {
    expect(encode(build)).toThrow(g.GraphError);
    expect(encode(build)).toThrow(sentence);
  });
});

describe('decodeOnnx', () => {
  const file = g.encodeOnnx(
    (rows) => ({
      outputs: { y: g.add(g.matmul(g.input('x', [rows, 4]), w), b) },
      names: new Map([[b, 'bias']]),
    }),
    weights,
    { name: 'test', producerVersion: '0', metadata: { env: 'Hopper' } },
  );

  it('reads what was written', () => {
    const graph = g.decodeOnnx(file, 'a.onnx');
    expect(graph.inputs).toEqual([{ name: 'x', shape: [undefined, 4] }]);
    expect(graph.outputs).toEqual(['y']);
    expect(graph.nodes.map(({ type }) => type)).toEqual(['MatMul', 'Add']);
    expect(graph.tensors.get('bias')).toEqual({ shape: [3], data: Float64Array.from(weights.b) });
    expect(graph.metadata).toEqual({ env: 'Hopper' });
  });

  it('gives a FileError or a graph, never another error, for damaged bytes', () => {
    let refused = 0;
    for (let i = 0; i < file.length; i++) {
      const damaged = file.slice();
      damaged[i]! ^= 1 << (i % 8);
      for (const bytes of [damaged, file.subarray(0, i)]) {
        try {
          g.decodeOnnx(bytes, 'a.onnx');
        } catch (error) {
          expect(error).toBeInstanceOf(FileError);
          expect((error as FileError).path).toBe('a.onnx');
          refused++;
        }
      }
    }
    expect(refused).toBeGreaterThan(file.length / 2);
  });
});
