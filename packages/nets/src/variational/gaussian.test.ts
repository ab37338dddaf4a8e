import { compareGradients, createReferenceEngine, input, relativeDifference, variable } from '@mikt/graph';
import { expect, it } from 'vitest';
import { ParameterLayout } from '../index.js';
import { GaussianVariational } from './gaussian.js';

// z = 2e + 1 with e = 0.5 gives tanh 2; μ = (1, −1)·tanh 2 + (0, 3); log σ = (0, log 2).
const theta = Float64Array.of(2, 1, 1, -1, 0, 3, 0, Math.log(2));
const t = Math.tanh(2);

function lossOf(floor?: number | null) {
  const q = new GaussianVariational('q', 1, 2, {
    hidden: [1],
    ...(floor === undefined ? {} : { logStandardDeviationFloor: floor }),
  });
  const layout = new ParameterLayout(q.specs);
  return q.negativeLogLikelihood(
    layout.bind(variable('theta', [layout.size])),
    input('e', [1, 1]),
    input('s', [1, 2]),
  );
}

it.each([
  [undefined, ((1 - t) ** 2 / 2 + Math.log(2) + (2 - (3 - t)) ** 2 / 8) / 2],
  [null, ((1 - t) ** 2 / 2 + Math.log(2) + (2 - (3 - t)) ** 2 / 8) / 2],
  [-1, ((1 - t) ** 2 / 2 + Math.log(2) + (2 - (3 - t)) ** 2 / 8) / 2],
])(
  'is the mean over rows and entries of log σ + (s − μ)²/2σ² with floor %s below all log σ',
  (floor, expected) => {
    const loss = lossOf(floor);
    const engine = createReferenceEngine();
    const variables = engine.createVariables({ theta: [theta.length] });
    variables.write('theta', theta);
    const program = engine.compile({ outputs: { loss } }, variables);
    program.inputs.e!.set([0.5]);
    program.inputs.s!.set([1, 2]);
    program.run();
    expect(program.outputs.loss![0]).toBeCloseTo(expected, 12);
    for (const { name, derived, measured } of compareGradients(loss, { theta, e: [0.5], s: [1, 2] })) {
      expect(relativeDifference(derived, measured), name).toBeLessThan(1e-5);
    }
  },
);

it('takes a log σ under the floor as the floor, and gives it no gradient', () => {
  // log σ = (−1, log 2) with floor −0.5: the first entry has σ = exp(−0.5), so σ² = 1/e.
  const low = theta.with(6, -1);
  const [compared] = compareGradients(lossOf(-0.5), { theta: low, e: [0.5], s: [1, 2] }, ['theta']);
  expect(compared!.derived[6]).toBe(0);
  expect(compared!.derived[7]).not.toBe(0);
  const engine = createReferenceEngine();
  const variables = engine.createVariables({ theta: [theta.length] });
  variables.write('theta', low);
  const program = engine.compile({ outputs: { loss: lossOf(-0.5) } }, variables);
  program.inputs.e!.set([0.5]);
  program.inputs.s!.set([1, 2]);
  program.run();
  const expected = (-0.5 + ((1 - t) ** 2 * Math.E) / 2 + Math.log(2) + (2 - (3 - t)) ** 2 / 8) / 2;
  expect(program.outputs.loss![0]).toBeCloseTo(expected, 12);
});
