import { Rng } from '@mikt/core';
import { createWasmEngine, input, type Tensor, variable } from '@mikt/graph';
import { expect, it } from 'vitest';
import {
  adam,
  adamStepSize,
  BASELINES_ADAM,
  createVariational,
  ParameterLayout,
  type VariationalOptions,
} from '../index.js';

/** A conditional density with a known answer. */
interface Target {
  readonly observation: number;
  /** Draws s for a given e, which is uniform on [−1, 1]. */
  draw(e: number, rng: Rng): readonly number[];
  /** −log p(s | e) without ½ log 2π per entry. */
  energy(e: number, s: readonly number[]): number;
  /**
   * The least loss that any Gaussian with a σ of its own for each entry, the same for every e, can have: with the
   * mean E[s | e] and σ² = E[Var(s | e)], the average over the entries of log σ + ½.
   */
  readonly leastOfGaussian: number;
}

const BATCH = 256;
const TEST_ROWS = 8192;

function fill(target: Target, e: Float32Array, s: Float32Array, rng: Rng): void {
  e.forEach((_, row) => {
    e[row] = 2 * rng.uniform() - 1;
    s.set(target.draw(e[row]!, rng), row * target.observation);
  });
}

/** Trains q by Adam on fresh samples. Its loss, and the density's own, on the same samples it has not seen. */
async function fit(target: Target, options: VariationalOptions, steps: number) {
  const q = createVariational('q', 1, target.observation, options);
  const layout = new ParameterLayout(q.specs);
  const names = ['parameters', 'firstMoment', 'secondMoment'] as const;
  const [parameters, firstMoment, secondMoment] = names.map((name) => variable(name, [layout.size])) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const state = { parameters, firstMoment, secondMoment };
  const bound = layout.bind(parameters);
  const lossOf = (rows: number) =>
    q.negativeLogLikelihood(bound, input('e', [rows, 1]), input('s', [rows, target.observation]));
  const next = adam(state, bound.gradient(lossOf(BATCH)), input('stepSize', []), BASELINES_ADAM);
  const updates = names.map((name) => ({ variable: state[name], value: next[name] }));

  const engine = await createWasmEngine();
  const size = [layout.size];
  const variables = engine.createVariables({ parameters: size, firstMoment: size, secondMoment: size });
  variables.write('parameters', layout.initialise(Rng.fromSeed(1)));
  const training = engine.compile({ outputs: {}, updates }, variables);
  const draws = Rng.fromSeed(2);
  for (let step = 1; step <= steps; step++) {
    fill(target, training.inputs.e as Float32Array, training.inputs.s as Float32Array, draws);
    training.inputs.stepSize![0] = adamStepSize(1e-2 * (1 - step / steps), step, BASELINES_ADAM);
    training.run();
  }
  const test = engine.compile({ outputs: { loss: lossOf(TEST_ROWS) } }, variables);
  const e = test.inputs.e as Float32Array;
  const s = test.inputs.s as Float32Array;
  fill(target, e, s, Rng.fromSeed(3));
  test.run();
  const energies = [...e].map((x, row) =>
    target.energy(x, [...s.subarray(row * target.observation, (row + 1) * target.observation)]),
  );
  const own = energies.reduce((a, b) => a + b, 0) / TEST_ROWS / target.observation;
  return { loss: test.outputs.loss![0]!, own };
}

/** s = ±(1.5 + e/2) + noise of σ 0.2; + with probability (1 + 0.8 e) / 2. */
const twoModes: Target = {
  observation: 1,
  draw(e, rng) {
    const sign = rng.uniform() < (1 + 0.8 * e) / 2 ? 1 : -1;
    return [sign * (1.5 + e / 2) + 0.2 * rng.normal()];
  },
  energy(e, [s]) {
    const density = (sign: number) =>
      ((1 + sign * 0.8 * e) / 2) * Math.exp(-0.5 * ((s! - sign * (1.5 + e / 2)) / 0.2) ** 2);
    return -Math.log((density(1) + density(-1)) / 0.2);
  },
  // Var(s | e) = (1.5 + e/2)² (1 − 0.64 e²) + 0.04; E e² = 1/3 and E e⁴ = 1/5, odd powers are 0:
  // 2.25 + 0.25/3 − 1.44/3 − 0.16/5 + 0.04.
  leastOfGaussian: 0.5 * Math.log(2.25 + 0.25 / 3 - 1.44 / 3 - 0.16 / 5 + 0.04) + 0.5,
};

/** A banana: s₁ = e + noise of σ 1, s₂ = e (s₁ − e)² + noise of σ 0.3. It bends up or down as e says. */
const banana: Target = {
  observation: 2,
  draw(e, rng) {
    const z = rng.normal();
    return [e + z, e * z * z + 0.3 * rng.normal()];
  },
  energy: (e, [s1, s2]) =>
    0.5 * (s1! - e) ** 2 + 0.5 * ((s2! - e * (s1! - e) ** 2) / 0.3) ** 2 + Math.log(0.3),
  // Var(s₁ | e) = 1; Var(s₂ | e) = 2 e² + 0.09, on average 2/3 + 0.09.
  leastOfGaussian: (0.5 * Math.log(2 / 3 + 0.09) + 2 * 0.5) / 2,
};

const sizes = { hidden: [32], components: 2, couplings: 4 };

it.each([
  ['mixture', 'two modes', twoModes, 600],
  ['flow', 'a banana', banana, 2500],
] as const)('the %s learns %s, which the Gaussian cannot', async (family, _what, target, steps) => {
  const better = await fit(target, { ...sizes, family }, steps);
  const gaussian = await fit(target, { ...sizes, family: 'gaussian' }, steps);
  // The difference to the density's own loss is the divergence of q from it (on average over the test rows).
  expect(better.loss - better.own).toBeGreaterThan(-0.005);
  expect(better.loss - better.own).toBeLessThan(0.03);
  expect(Math.abs(gaussian.loss - target.leastOfGaussian)).toBeLessThan(0.03);
  expect(gaussian.loss - better.loss).toBeGreaterThan(0.3);
});
