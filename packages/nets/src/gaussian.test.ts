import { Rng } from '@mikt/core';
import {
  compareGradients,
  createReferenceEngine,
  input,
  mean,
  relativeDifference,
  sum,
  variable,
} from '@mikt/graph';
import { expect, it } from 'vitest';
import {
  GaussianVariational,
  gaussianEntropy,
  gaussianLogProbability,
  ParameterLayout,
  sampleGaussian,
} from './index.js';

const shape = [3, 2];
const means = input('mean', shape);
const logStandardDeviation = input('logStandardDeviation', [2]);
const x = input('x', shape);
const values = {
  mean: [0.1, -0.2, 0.3, 0.5, -1, 2],
  logStandardDeviation: [Math.log(0.5), Math.log(2)],
  x: [0.4, 1, -0.2, 0.7, 0, 1.5],
};

it('has the log density of the closed form', () => {
  const program = createReferenceEngine().compile({
    outputs: {
      density: gaussianLogProbability(means, logStandardDeviation, x),
      entropy: gaussianEntropy(logStandardDeviation),
    },
  });
  for (const [name, data] of Object.entries(values)) program.inputs[name]!.set(data);
  program.run();
  // log N(0.4; 0.1, 0.5²) + log N(1; −0.2, 2²)
  // = −½·0.6² − log 0.5 − ½·log 2π − ½·0.6² − log 2 − ½·log 2π = −0.36 − log 2π
  expect(program.outputs.density![0]).toBeCloseTo(-0.36 - Math.log(2 * Math.PI), 12);
  // Entropy of each dimension: ½ log(2πe σ²); σ² = ¼ and 4 multiply to 1, so log(2πe) in all.
  expect(program.outputs.entropy![0]).toBeCloseTo(Math.log(2 * Math.PI * Math.E), 12);
});

it('has gradients that central differences measure', () => {
  for (const { name, derived, measured } of compareGradients(
    sum(gaussianLogProbability(means, logStandardDeviation, x)),
    values,
  )) {
    expect(relativeDifference(derived, measured), name).toBeLessThan(1e-5);
  }
});

it('samples with the moments it is given', () => {
  const n = 20_000;
  const sample = sampleGaussian(
    input('mean', [n, 1]),
    input('logStandardDeviation', [1]),
    input('noise', [n, 1]),
  );
  const program = createReferenceEngine().compile({ outputs: { sample } });
  program.inputs.mean!.fill(3);
  program.inputs.logStandardDeviation![0] = Math.log(2);
  Rng.fromSeed(1).fillNormal(program.inputs.noise as Float64Array);
  program.run();
  const drawn = [...program.outputs.sample!];
  const average = drawn.reduce((a, b) => a + b, 0) / n;
  const variance = drawn.reduce((a, b) => a + (b - average) ** 2, 0) / n;
  expect(Math.abs(average - 3)).toBeLessThan((5 * 2) / Math.sqrt(n));
  expect(Math.abs(variance / 4 - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
});

it('measures a variational distribution by the mean over rows and dimensions of log σ + (s − μ)²/2σ²', () => {
  const q = new GaussianVariational('q', 1, 2, [1]);
  const layout = new ParameterLayout(q.specs);
  const loss = q.negativeLogLikelihood(
    layout.bind(variable('theta', [layout.size])),
    input('e', [1, 1]),
    input('s', [1, 2]),
  );
  // z = 2e + 1 with e = 0.5 gives tanh 2; μ = (1, −1)·tanh 2 + (0, 3); log σ = (0, log 2).
  const theta = Float64Array.of(2, 1, 1, -1, 0, 3, 0, Math.log(2));
  const engine = createReferenceEngine();
  const variables = engine.createVariables({ theta: [layout.size] });
  variables.write('theta', theta);
  const program = engine.compile({ outputs: { loss } }, variables);
  program.inputs.e!.set([0.5]);
  program.inputs.s!.set([1, 2]);
  program.run();
  const t = Math.tanh(2);
  const expected = ((1 - t) ** 2 / 2 + Math.log(2) + (2 - (3 - t)) ** 2 / 8) / 2;
  expect(program.outputs.loss![0]).toBeCloseTo(expected, 12);
  for (const { name, derived, measured } of compareGradients(mean(loss), { theta, e: [0.5], s: [1, 2] })) {
    expect(relativeDifference(derived, measured), name).toBeLessThan(1e-5);
  }
});
