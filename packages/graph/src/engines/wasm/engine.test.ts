import { execFileSync } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { Rng } from '@mikt/core';
import { describe, expect, it } from 'vitest';
import * as g from '../../index.js';
import { createWasmEngine } from './engine.js';
import { hasRelaxedSimd, type KernelForm } from './loader.js';

const forms: KernelForm[] = hasRelaxedSimd() ? ['relaxed', 'simd'] : ['simd'];

/** The built package: worker threads and processes do not run TypeScript. */
const BUILT = new URL('../../../dist/index.js', import.meta.url).href;

const SIZES = [13, 64, 22] as const;
const PARAMETERS = SIZES[0] * SIZES[1] + SIZES[1] + SIZES[1] * SIZES[2] + SIZES[2];

/** A network of one hidden layer on slices of a flat vector, with everything that acting takes. */
function forward(rows: number) {
  const [inputs, hidden, outputs] = SIZES;
  const flat = g.variable('parameters', [PARAMETERS]);
  let offset = 0;
  const part = (...shape: number[]) => {
    const begin = offset;
    offset += g.sizeOf(shape);
    return g.reshape(g.slice(flat, [begin], [g.sizeOf(shape)]), shape);
  };
  const x = g.input('x', [rows, inputs]);
  const h = g.tanh(g.add(g.matmul(x, part(inputs, hidden)), part(hidden)));
  const y = g.add(g.matmul(h, part(hidden, outputs)), part(outputs));
  const deviation = g.exp(g.mul(g.slice(flat, [0], [outputs]), 0.1));
  const p = g.softmax(g.div(g.div(y, deviation), g.add(deviation, 1)));
  return { flat, x, h, y, p, logProbability: g.sum(g.square(g.sub(y, g.exp(y))), [1]) };
}

const parameters = Rng.fromSeed(1)
  .fillNormal(new Float32Array(PARAMETERS))
  .map((x) => 0.2 * x);

describe.each(forms)('the wasm engine (%s)', (form) => {
  it("computes a row's result with the same bits whatever the number of rows", async () => {
    const engine = await createWasmEngine({ form, megabytes: 16 });
    const variables = engine.createVariables({ parameters: [PARAMETERS] });
    variables.write('parameters', parameters);
    const compile = (rows: number) => {
      const { h, y, p, logProbability } = forward(rows);
      return engine.compile({ outputs: { h, y, p, logProbability } }, variables);
    };
    const [one, three, all] = [1, 3, 21].map(compile) as [g.Program, g.Program, g.Program];
    const x = Rng.fromSeed(2).fillNormal(new Float32Array(21 * SIZES[0]));
    all.inputs.x!.set(x);
    all.run();
    for (const [program, rows] of [
      [one, 1],
      [three, 3],
    ] as const) {
      for (let row = 0; row < 21; row += rows) {
        program.inputs.x!.set(x.subarray(row * SIZES[0], (row + rows) * SIZES[0]));
        program.run();
        for (const name of ['h', 'y', 'p', 'logProbability']) {
          const width = all.outputs[name]!.length / 21;
          expect(program.outputs[name]).toEqual(all.outputs[name]!.slice(row * width, (row + rows) * width));
        }
      }
    }
  });

  it('gives the same bits again, in private and in shared memory', async () => {
    const results = [];
    for (const memory of ['private', 'shared', 'private'] as const) {
      const engine = await createWasmEngine({ form, memory, megabytes: 16 });
      const { trained } = train(engine, 5);
      results.push(trained);
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  it('allocates nothing from run to run', async () => {
    const engine = await createWasmEngine({ form, megabytes: 16 });
    const { program } = train(engine, 10);
    const { buffer } = engine.memory;
    const used = engine.usedBytes;
    const views = { ...program.inputs, ...program.outputs };
    const growths = [1, 2, 3].map(() => {
      const before = process.memoryUsage().heapUsed;
      for (let i = 0; i < 10_000; i++) program.run();
      return process.memoryUsage().heapUsed - before;
    });
    // One object left behind by every run would be 160 kB at least. The least of three: the test runner allocates too.
    expect(Math.min(...growths.map(Math.abs))).toBeLessThan(100_000);
    expect(engine.memory.buffer).toBe(buffer);
    expect(engine.usedBytes).toBe(used);
    expect({ ...program.inputs, ...program.outputs }).toEqual(views);
  });

  it('keeps what decays in a variable from becoming denormal, and a NaN a NaN', async () => {
    const engine = await createWasmEngine({ form, megabytes: 1 });
    const variables = engine.createVariables({ moment: [6] });
    const moment = g.variable('moment', [6]);
    const program = engine.compile(
      { outputs: {}, updates: [{ variable: moment, value: g.mul(moment, 0.9) }] },
      variables,
    );
    variables.write('moment', [1, -1, 1.2e-30, -1.1e-30, 0, Number.NaN]);
    const read = () => [...variables.read('moment')];
    program.run();
    // 0.9 · 1.2e-30 is above 1e-30, 0.9 · 1.1e-30 is not.
    expect(read().map((x) => Math.sign(x))).toEqual([1, -1, 1, 0, 0, Number.NaN]);
    for (let i = 0; i < 1000; i++) {
      program.run();
      for (const x of read().slice(0, 5)) expect(x === 0 || Math.abs(x) >= 2 ** -126, `${x}`).toBe(true);
    }
    expect(read()).toEqual([0, 0, 0, 0, 0, Number.NaN]);
    engine.dispose();
  });

  it('takes its memory back from programs and variables', async () => {
    const engine = await createWasmEngine({ form, megabytes: 1 });
    const before = engine.usedBytes;
    // More than fits at once.
    for (let i = 0; i < 20; i++) {
      const variables = engine.createVariables({ a: [40_000] });
      const a = g.variable('a', [40_000]);
      expect(variables.read('a').every((x) => x === 0)).toBe(true);
      const program = engine.compile(
        { outputs: {}, updates: [{ variable: a, value: g.add(a, 1) }] },
        variables,
      );
      program.run();
      expect(variables.read('a').every((x) => x === 1)).toBe(true);
      program.dispose();
      program.dispose();
      variables.dispose();
      variables.dispose();
      expect(() => program.run()).toThrow('the program has been disposed of');
      expect(() => variables.read('a')).toThrow('there is no variable "a"');
    }
    expect(engine.usedBytes).toBe(before);
    expect(() => engine.createVariables({ big: [300_000] })).toThrow(/needs 1\.1 MiB more.*`megabytes`/);
  });
});

/** Steps of gradient descent on the network's output. */
function train(engine: g.Engine, steps: number) {
  const variables = engine.createVariables({ parameters: [PARAMETERS] });
  variables.write('parameters', parameters);
  const { flat, y } = forward(16);
  const loss = g.mean(g.square(y));
  const [gradient] = g.gradients(loss, [flat]);
  const program = engine.compile(
    { outputs: { loss }, updates: [{ variable: flat, value: g.sub(flat, g.mul(gradient!, 0.1)) }] },
    variables,
  );
  program.inputs.x!.set(Rng.fromSeed(3).fillNormal(new Float32Array(16 * SIZES[0])));
  for (let i = 0; i < steps; i++) program.run();
  return { program, trained: variables.read('parameters') };
}

it('says which form runs and why', async () => {
  const { description } = await createWasmEngine({ form: 'simd', megabytes: 1 });
  expect(description).toBe('WASM kernels with plain SIMD (asked for)');
  const fastest = await createWasmEngine({ megabytes: 1 });
  expect(fastest.form).toBe(hasRelaxedSimd() ? 'relaxed' : 'simd');
  expect(fastest.description).toMatch(/^WASM kernels with .* SIMD/);
});

it('takes its kernels from where it is told to, and says what to do where there are none', async () => {
  const asked: string[] = [];
  const kernels = (file: string) => {
    asked.push(file);
    return new Uint8Array();
  };
  await expect(createWasmEngine({ form: 'simd', kernels })).rejects.toThrow(
    "the wasm engine's kernels (simd-private.wasm) do not load",
  );
  expect(asked).toEqual(['simd-private.wasm']);
  await expect(createWasmEngine({ kernels: new URL('nowhere', import.meta.url) })).rejects.toThrow(
    'build them first: npm run build',
  );
});

it("gives the same bits from V8's baseline and from its optimising compiler", () => {
  const source = `
    import(${JSON.stringify(BUILT)}).then(async (g) => {
      const engine = await g.createWasmEngine();
      const x = g.input('x', [9, 13]);
      const product = g.tanh(g.matmul(x, g.exp(x), { transposeB: true }));
      const program = engine.compile({ outputs: { y: g.div(g.softplus(product), g.sum(product)) } });
      program.inputs.x.forEach((_, i, all) => { all[i] = Math.sin(i); });
      program.run();
      process.stdout.write(new Uint32Array(program.outputs.y.slice().buffer).join());
    });
  `;
  const results = ['--liftoff-only', '--no-liftoff'].map((flag) =>
    execFileSync(process.execPath, [flag, '--eval', source], { encoding: 'utf8' }),
  );
  expect(results[0]!.split(',')).toHaveLength(81);
  expect(results[1]).toBe(results[0]);
});

it('refuses variables of another engine', async () => {
  const engine = await createWasmEngine({ megabytes: 1 });
  const a = g.variable('a', [2]);
  for (const other of [g.createReferenceEngine(), await createWasmEngine({ megabytes: 1 })]) {
    expect(() => engine.compile({ outputs: { a } }, other.createVariables({ a: [2] }))).toThrow(
      'the variables were created by another engine',
    );
  }
});

it('shares its variables with an engine of another thread', async () => {
  const engine = await createWasmEngine({ memory: 'shared', megabytes: 4 });
  const variables = engine.createVariables({ a: [3], b: [3] });
  variables.write('a', [1, 2, 3]);
  const source = `
    const { parentPort, workerData } = require('node:worker_threads');
    import(workerData.graph).then(async ({ add, createWasmEngine, mul, variable }) => {
      const { memory, arena, layout } = workerData;
      const engine = await createWasmEngine({ memory, arena });
      const [a, b] = [variable('a', [3]), variable('b', [3])];
      const update = { variable: b, value: add(b, mul(a, 10)) };
      const program = engine.compile({ outputs: {}, updates: [update] }, engine.attachVariables(layout));
      program.run();
      program.run();
      parentPort.postMessage(engine.usedBytes);
    });
  `;
  const worker = new Worker(source, {
    eval: true,
    // Without the runner's conditions: the built packages, not their source.
    execArgv: [],
    workerData: {
      graph: BUILT,
      memory: engine.memory,
      arena: engine.reserve(2 ** 20),
      layout: variables.layout,
    },
  });
  try {
    const used = await new Promise<number>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    expect(used).toBeGreaterThan(0);
    expect([...variables.read('b')]).toEqual([20, 40, 60]);
  } finally {
    await worker.terminate();
  }
});
