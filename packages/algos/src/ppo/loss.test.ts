import { Rng } from '@mikt/core';
import {
  compareGradients,
  createReferenceEngine,
  createTfjsEngine,
  createWasmEngine,
  type Engine,
  input,
  probeBackends,
  relativeDifference,
  sizeOf,
  type Tensor,
  variable,
} from '@mikt/graph';
import { ParameterLayout } from '@mikt/nets';
import { describe, expect, it } from 'vitest';
import type { Agent, Batch } from '../agent.js';
import { miktConfig } from '../mikt/config.js';
import { COUPLING_RISE, createCoupledAgent, createStudentAgent } from '../mikt/networks.js';
import { randomTeacher } from '../testing.js';
import { ppoConfig } from './config.js';
import { ppoLoss } from './loss.js';
import { createPpoAgent } from './networks.js';

// Every engine that loads here: relaxed SIMD and tfjs' native library are not everywhere.
const engines: [string, () => Promise<Engine>][] = [['wasm simd', () => createWasmEngine({ form: 'simd' })]];
if ((await createWasmEngine()).form === 'relaxed') engines.push(['wasm relaxed', () => createWasmEngine()]);
for (const { backend, problem } of await probeBackends()) {
  if (!problem) engines.push([`tfjs ${backend}`, () => createTfjsEngine(backend)]);
}

describe('ppoLoss, worked by hand', () => {
  const config = { clipRange: 0.2, entropyCoefficient: 0.01, valueCoefficient: 0.5 };

  /** One row, one action, mean 0 and σ 1: log π(a) = −a²/2 − ½ log 2π. */
  function evaluate(row: {
    action: number;
    ratio: number;
    advantage: number;
    value: number;
    oldValue: number;
    target: number;
  }) {
    const logProbability = -(row.action ** 2) / 2 - Math.log(2 * Math.PI) / 2;
    const inputs: Record<string, [number, number[]]> = {
      mean: [0, [1, 1]],
      logStandardDeviation: [0, [1]],
      value: [row.value, [1]],
      observations: [0, [1, 1]],
      actions: [row.action, [1, 1]],
      logProbabilities: [logProbability - Math.log(row.ratio), [1]],
      values: [row.oldValue, [1]],
      advantages: [row.advantage, [1]],
      returns: [row.target, [1]],
    };
    const tensors = Object.fromEntries(
      Object.entries(inputs).map(([name, [, shape]]) => [name, input(name, shape)]),
    );
    const { mean, logStandardDeviation, value, ...batch } = tensors as Record<string, Tensor> & Batch;
    const loss = ppoLoss(
      { mean: mean!, logStandardDeviation: logStandardDeviation!, value: value! },
      batch as never,
      config,
    );
    const program = createReferenceEngine().compile({ outputs: { ...loss.terms, loss: loss.total } });
    for (const [name, [number]] of Object.entries(inputs)) program.inputs[name]?.set([number]);
    program.run();
    return Object.fromEntries(Object.entries(program.outputs).map(([name, [number]]) => [name, number!]));
  }

  it.each([
    // Inside the clip range: −ratio·A.
    [1.1, 2, -2.2],
    // Above it with a good action: −1.2·A. With a bad one the clip does not help: −ratio·A.
    [1.5, 2, -2.4],
    [1.5, -2, 3],
    // Below it with a bad action: −0.8·A; with a good one −ratio·A.
    [0.5, -2, 1.6],
    [0.5, 2, -1],
  ])('policy loss at ratio %d and advantage %d is %d', (ratio, advantage, expected) => {
    const terms = evaluate({ action: 0.3, ratio, advantage, value: 0, oldValue: 0, target: 0 });
    expect(terms.policy_loss).toBeCloseTo(expected, 9);
    expect(terms.clip_fraction).toBe(Math.abs(ratio - 1) > 0.2 ? 1 : 0);
    expect(terms.kl).toBeCloseTo(Math.log(ratio) ** 2 / 2, 9);
  });

  it.each([
    // V moved by 0.1 from V_old = 1: unclipped, ½(1.1 − 2)².
    [1.1, 1, 2, 0.405],
    // V moved by 0.5: clipped to 1.2. Target 2: max(½(1.5 − 2)², ½(1.2 − 2)²) = 0.32.
    [1.5, 1, 2, 0.32],
    // Target 1: max(½(1.5 − 1)², ½(1.2 − 1)²) = 0.125.
    [1.5, 1, 1, 0.125],
  ])('value loss of V %d, V_old %d, target %d is %d', (value, oldValue, target, expected) => {
    const terms = evaluate({ action: 0, ratio: 1, advantage: 0, value, oldValue, target });
    expect(terms.value_loss).toBeCloseTo(expected, 9);
    // Total: value coefficient 0.5, entropy ½ log 2πe with weight −0.01.
    expect(terms.loss).toBeCloseTo(0.5 * expected - (0.01 * Math.log(2 * Math.PI * Math.E)) / 2, 9);
  });
});

const spaces = {
  observation: { size: 5, low: -1, high: 1 },
  action: { size: 2, low: -1, high: 1 },
};
const small = { policyHidden: [4, 3], valueHidden: [4, 3], entropyCoefficient: 0.01 };
const teacher = randomTeacher({ observation: 3, action: 4, policyHidden: [4, 3], valueHidden: [4, 3] }, 7);
const mikt = { ...miktConfig.parse({ ...small, encoderHidden: [4], variationalHidden: [3] }), seed: 0 };
const agents: Record<string, Agent> = {
  PPO: createPpoAgent(ppoConfig.parse(small), spaces),
  'MIKT with its teacher': createCoupledAgent(mikt, spaces, [teacher]),
  'MIKT after the hand-over': createStudentAgent(mikt, spaces),
  'MIKT with two teachers, U, scaled embeddings and a mixture': createCoupledAgent(
    { ...mikt, lateralMatrices: 'all', embeddingNormalisation: 'rms', variationalFamily: 'mixture' },
    spaces,
    [teacher, randomTeacher({ observation: 6, action: 1, policyHidden: [2], valueHidden: [3, 3, 2] }, 8)],
  ),
  'MIKT with a flow and a fresh teacher': createCoupledAgent(
    { ...mikt, variationalFamily: 'flow', teacherWeights: 'fresh' },
    spaces,
    [teacher],
  ),
};

describe.each(Object.entries(agents))('the whole loss of %s', (_name, agent) => {
  const rows = 6;
  const rng = Rng.fromSeed(3);
  const shapes: Record<keyof Batch, number[]> = {
    observations: [rows, 5],
    actions: [rows, 2],
    logProbabilities: [rows],
    values: [rows],
    advantages: [rows],
    returns: [rows],
  };
  const batch = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, input(name, shape)]),
  ) as unknown as Batch;
  const values: Record<string, Float64Array> = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, rng.fillNormal(new Float64Array(sizeOf(shape)))]),
  );
  // Around the log probabilities of two standard normals: ratios on both sides of the clip range, none at its edge.
  values.logProbabilities = values.logProbabilities!.map((x) => 0.5 * x - 2.8);
  const flat = agent.layout.initialise(rng).map((x) => x + 0.1 * rng.normal());
  const parameters = agent.layout.bind(variable('parameters', [agent.layout.size]));
  const coefficients = Object.fromEntries(agent.coefficients.map((name) => [name, input(name, [])]));
  const { total, terms } = agent.loss(parameters, batch, coefficients);
  const all: Record<string, ArrayLike<number>> = {
    ...values,
    parameters: flat,
    [COUPLING_RISE]: [0.7],
    ...agent.frozen,
  };

  it('has the gradient that central differences measure', () => {
    const [comparison] = compareGradients(total, all, ['parameters']);
    expect(relativeDifference(comparison!.derived, comparison!.measured)).toBeLessThan(1e-5);
    expect(comparison!.derived.some((x) => x !== 0)).toBe(true);
  });

  it.each(engines)('agrees on %s, every term and the gradient', async (_engine, create) => {
    const run = (engine: Engine) => {
      const variables = engine.createVariables({
        parameters: [agent.layout.size],
        ...Object.fromEntries(Object.entries(agent.frozen).map(([name, data]) => [name, [data.length]])),
      });
      variables.write('parameters', flat);
      for (const [name, data] of Object.entries(agent.frozen)) variables.write(name, data);
      const program = engine.compile(
        { outputs: { ...terms, total, gradient: parameters.gradient(total) } },
        variables,
      );
      for (const name of Object.keys(program.inputs)) program.inputs[name]!.set(all[name]!);
      program.run();
      return program.outputs;
    };
    const expected = run(createReferenceEngine());
    const actual = run(await create());
    for (const name of Object.keys(expected)) {
      expect(relativeDifference(actual[name]!, expected[name]!), name).toBeLessThan(1e-4);
    }
  });
});

it('the student alone knows nothing of a teacher', () => {
  const { layout, frozen, coefficients } = agents['MIKT after the hand-over']!;
  expect(layout.specs.some(({ name }) => /mixing|encoder|variational/.test(name))).toBe(false);
  expect(frozen).toEqual({});
  expect(coefficients).toEqual([]);
});

it('the teacher is a variable that is read, of the size of its networks', () => {
  const { frozen } = agents['MIKT with its teacher']!;
  expect(Object.keys(frozen)).toEqual(['teacher1']);
  expect(new ParameterLayout(agents.PPO!.layout.specs).size).not.toBe(frozen.teacher1!.length);
});
