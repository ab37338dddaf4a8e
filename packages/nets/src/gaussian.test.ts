import { Rng } from '@mikt/core';
import { compareGradients, createReferenceEngine, input, relativeDifference, sum } from '@mikt/graph';
import { expect, it } from 'vitest';
import { gaussianEntropy, gaussianLogProbability, sampleGaussian } from './index.js';

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
