import { createReferenceEngine, type Engine, input, variable } from '@mikt/graph';
import { expect, it } from 'vitest';
import { adam, adamStepSize, BASELINES_ADAM, clipByGlobalNorm, globalNorm } from './index.js';

const NAMES = ['parameters', 'firstMoment', 'secondMoment'] as const;

/** Adam on vectors of `size` entries, from zeros. */
function createAdam(engine: Engine, size: number) {
  const variables = engine.createVariables(Object.fromEntries(NAMES.map((name) => [name, [size]])));
  const state = Object.fromEntries(NAMES.map((name) => [name, variable(name, [size])])) as Record<
    (typeof NAMES)[number],
    ReturnType<typeof variable>
  >;
  const next = adam(state, input('gradient', [size]), input('stepSize', []), BASELINES_ADAM);
  const program = engine.compile(
    { outputs: {}, updates: NAMES.map((name) => ({ variable: state[name], value: next[name] })) },
    variables,
  );
  const step = (t: number, gradient: readonly number[]) => {
    program.inputs.gradient!.set(gradient);
    program.inputs.stepSize!.set([adamStepSize(0.1, t, BASELINES_ADAM)]);
    program.run();
  };
  return { variables, step };
}

it('takes the steps of TensorFlow’s Adam, worked by hand', () => {
  const { variables, step } = createAdam(createReferenceEngine(), 1);
  variables.write('parameters', [1]);
  const parameter = () => variables.read('parameters')[0]!;
  // t = 1, g = 2: m = 0.2, v = 0.004, step size 0.1·√0.001/0.1 = √0.001,
  // θ = 1 − √0.001·0.2/(√0.004 + 1e-5)
  const first = 1 - (Math.sqrt(0.001) * 0.2) / (Math.sqrt(0.004) + 1e-5);
  step(1, [2]);
  expect(parameter()).toBeCloseTo(first, 12);
  // t = 2, g = −1: m = 0.9·0.2 − 0.1 = 0.08, v = 0.999·0.004 + 0.001 = 0.004996,
  // step size 0.1·√(1 − 0.999²)/(1 − 0.81)
  const size = (0.1 * Math.sqrt(1 - 0.999 ** 2)) / 0.19;
  step(2, [-1]);
  expect(parameter()).toBeCloseTo(first - (size * 0.08) / (Math.sqrt(0.004996) + 1e-5), 12);
});

it.each([
  [[3, 4], 10, [3, 4]],
  [[3, 4], 0.5, [0.3, 0.4]],
  [[0, 0], 0.5, [0, 0]],
])('clips %j to a norm of %d', (gradient, limit, expected) => {
  const g = input('g', [2]);
  const program = createReferenceEngine().compile({
    outputs: { clipped: clipByGlobalNorm(g, globalNorm(g), limit) },
  });
  program.inputs.g!.set(gradient);
  program.run();
  program.outputs.clipped!.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i]!, 12);
  });
});
