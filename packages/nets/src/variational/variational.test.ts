import { Rng } from '@mikt/core';
import {
  compareGradients,
  createReferenceEngine,
  createWasmEngine,
  type Engine,
  input,
  relativeDifference,
  variable,
} from '@mikt/graph';
import { describe, expect, it } from 'vitest';
import {
  createVariational,
  ParameterLayout,
  VARIATIONAL_FAMILIES,
  type VariationalFamily,
  type VariationalOptions,
} from '../index.js';

interface Case {
  readonly q: VariationalOptions;
  readonly rows: number;
  readonly embedding: number;
  readonly observation: number;
  /** By how much the parameters' first values are moved. */
  readonly noise?: number;
}

const small = { hidden: [5], components: 3, couplings: 3 };

/** The graphs of a distribution, and values for it: its first parameters moved by noise, random e and s. */
function build({ q: options, rows, embedding, observation, noise = 0.3 }: Case) {
  const q = createVariational('q', embedding, observation, options);
  const layout = new ParameterLayout(q.specs);
  const parameters = layout.bind(variable('theta', [layout.size]));
  const e = input('e', [rows, embedding]);
  const s = input('s', [rows, observation]);
  const loss = q.negativeLogLikelihood(parameters, e, s);
  const rng = Rng.fromSeed(4);
  const normal = (label: string, size: number) => rng.fork(label).fillNormal(new Float32Array(size));
  const moves = normal('moves', layout.size);
  const values: Record<'theta' | 'e' | 's', Float32Array> = {
    theta: layout.initialise(rng.fork('theta')).map((x, i) => x + noise * moves[i]!),
    e: normal('e', rows * embedding),
    s: normal('s', rows * observation),
  };
  return {
    layout,
    loss,
    outputs: {
      loss,
      logProbability: q.logProbability(parameters, e, s),
      gradient: parameters.gradient(loss),
    },
    values,
  };
}

function evaluate({ outputs, values }: ReturnType<typeof build>, engine: Engine = createReferenceEngine()) {
  const variables = engine.createVariables({ theta: [values.theta.length] });
  variables.write('theta', values.theta);
  const program = engine.compile({ outputs }, variables);
  program.inputs.e!.set(values.e);
  program.inputs.s!.set(values.s);
  program.run();
  const result = {
    loss: program.outputs.loss![0]!,
    logProbability: Float64Array.from(program.outputs.logProbability!),
    gradient: Float64Array.from(program.outputs.gradient!),
  };
  program.dispose();
  variables.dispose();
  engine.dispose();
  return result;
}

describe.each(VARIATIONAL_FAMILIES)('the %s', (family) => {
  it.each([null, -0.1])('has gradients that central differences measure, with floor %s', (floor) => {
    const q = { ...small, family, logStandardDeviationFloor: floor };
    // Three entries: halves of unequal size for the flow.
    const { loss, values } = build({ q, rows: 4, embedding: 2, observation: 3 });
    const compared = compareGradients(loss, values);
    expect(compared.map(({ name }) => name).sort()).toEqual(['e', 's', 'theta']);
    for (const { name, derived, measured } of compared) {
      expect(Math.hypot(...derived), name).toBeGreaterThan(1e-2);
      expect(relativeDifference(derived, measured), name).toBeLessThan(1e-5);
    }
  });

  it('leaves out ½ log 2π and averages over rows and entries', () => {
    const { loss, logProbability } = evaluate(
      build({ q: { ...small, family }, rows: 6, embedding: 2, observation: 3 }),
    );
    const average = logProbability.reduce((a, b) => a + b, 0) / 6;
    expect(loss).toBeCloseTo(-average / 3 - 0.5 * Math.log(2 * Math.PI), 12);
  });

  it('is the same on the wasm engine, values and gradient', async () => {
    const built = build({
      q: { family, hidden: [32, 32], components: 4, couplings: 4, logStandardDeviationFloor: -1 },
      rows: 33,
      embedding: 11,
      observation: 17,
    });
    const expected = evaluate(built);
    for (const engine of [await createWasmEngine(), await createWasmEngine({ form: 'simd' })]) {
      const actual = evaluate(built, engine);
      expect(actual.loss / expected.loss).toBeCloseTo(1, 4);
      expect(relativeDifference(actual.logProbability, expected.logProbability)).toBeLessThan(1e-4);
      expect(relativeDifference(actual.gradient, expected.gradient)).toBeLessThan(1e-4);
    }
  });

  it('bounds the loss from below by its floor', () => {
    // Every log σ and every bias, the couplings' log scales among them, at −50, and an observation that is always 0.
    const at = (floor: number | null) => {
      const q = { ...small, family, logStandardDeviationFloor: floor };
      const built = build({ q, rows: 2, embedding: 2, observation: 4 });
      const theta = new Float32Array(built.layout.size);
      for (const { name, shape } of built.layout.specs) {
        const begin = built.layout.offset(name);
        if (name.endsWith('logStandardDeviation'))
          theta.fill(-50, begin, begin + shape.reduce((a, b) => a * b));
        // Shifts come first, then log scales; a shift of 0 keeps s at 0.
        if (/coupling\d\/output\/bias/.test(name)) theta.fill(-50, begin + shape[0]! / 2, begin + shape[0]!);
      }
      return evaluate({ ...built, values: { theta, e: built.values.e, s: new Float32Array(8) } }).loss;
    };
    // Without a floor: the Gaussians' log σ itself; of three couplings, two move one half and one the other, each by
    // its bound −2: on average −3.
    expect(at(null)).toBeCloseTo(family === 'flow' ? -3 : -50, 6);
    expect(at(-1.5)).toBeCloseTo(-1.5, 6);
    expect(at(0)).toBeCloseTo(0, 6);
  });

  it.each([0.5, Number.NaN, Number.NEGATIVE_INFINITY])(
    'refuses a floor of %s',
    (logStandardDeviationFloor) => {
      expect(() => createVariational('q', 2, 3, { ...small, family, logStandardDeviationFloor })).toThrow(
        `the floor on log σ is ${logStandardDeviationFloor}; it has to be at most 0`,
      );
    },
  );
});

/** ∫ q(s | e) ds at one e, by the trapezoid rule on [−limit, limit]ᴼ. */
function integral(
  family: VariationalFamily,
  observation: number,
  limit: number,
  step: number,
  noise: number,
) {
  const points = Math.round((2 * limit) / step) + 1;
  const rows = points ** observation;
  const built = build({ q: { ...small, family }, rows, embedding: 2, observation, noise });
  const { e, s } = built.values;
  for (let row = 0; row < rows; row++) {
    e.set([0.7, -0.4], 2 * row);
    for (let axis = 0; axis < observation; axis++) {
      s[row * observation + axis] = (Math.floor(row / points ** axis) % points) * step - limit;
    }
  }
  const { logProbability } = evaluate(built);
  return logProbability.reduce((total, x) => total + Math.exp(x), 0) * step ** observation;
}

it.each([
  ['gaussian', 1, 12, 0.25, 0.3],
  ['mixture', 1, 12, 0.25, 0.3],
  ['gaussian', 2, 12, 0.4, 0.3],
  ['mixture', 2, 12, 0.4, 0.3],
  ['flow', 2, 12, 0.2, 0.3],
  // Halves of one and two entries; less noise keeps the tails on a grid that is small enough.
  ['flow', 3, 7, 0.5, 0.1],
] as const)(
  'the density of the %s over %d entries integrates to 1',
  (family, observation, limit, step, noise) => {
    expect(integral(family, observation, limit, step, noise)).toBeCloseTo(1, 5);
  },
);

// No hidden layer and weights of 0, log σ 0, component weights ½ each: the exponents are −(s − μ)²/2. One of them
// outweighs the other beyond all rounding, so the loss is log 2 + (s − μ)²/2 of the nearer mean alone.
it.each([
  ['both densities round to 0', [10, -10], 1000, 0],
  ['the first density rounds to 0', [-10_000, 0], 0.5, 1],
  ['the second density rounds to 0', [0, -10_000], 0.5, 0],
] as const)('a mixture and its gradient are right where %s', async (_what, means, s, nearer) => {
  const q = createVariational('q', 1, 1, { family: 'mixture', hidden: [], components: 2, couplings: 2 });
  const layout = new ParameterLayout(q.specs);
  const parameters = layout.bind(variable('theta', [layout.size]));
  const loss = q.negativeLogLikelihood(parameters, input('e', [1, 1]), input('s', [1, 1]));
  const engine = await createWasmEngine();
  const variables = engine.createVariables({ theta: [layout.size] });
  const theta = new Float32Array(layout.size);
  theta.set(means, layout.offset('q/output/bias'));
  variables.write('theta', theta);
  const program = engine.compile({ outputs: { loss, gradient: parameters.gradient(loss) } }, variables);
  program.inputs.s!.set([s]);
  program.run();
  const apart = s - means[nearer];
  expect(program.outputs.loss![0]! / (Math.log(2) + apart ** 2 / 2)).toBeCloseTo(1, 6);
  // Of the nearer component: ∂/∂μ = −(s − μ), ∂/∂logit = ½ − 1, ∂/∂log σ = 1 − (s − μ)². Of the other: 0, ½, 0.
  const gradientOf = (name: string, offset: number) =>
    program.outputs.gradient![layout.offset(name) + offset]!;
  const other = 1 - nearer;
  expect(gradientOf('q/output/bias', nearer) / -apart).toBeCloseTo(1, 6);
  expect(gradientOf('q/output/bias', other)).toBeCloseTo(0, 6);
  expect(gradientOf('q/output/bias', 2 + nearer)).toBeCloseTo(-0.5, 6);
  expect(gradientOf('q/output/bias', 2 + other)).toBeCloseTo(0.5, 6);
  expect(gradientOf('q/logStandardDeviation', nearer) / (1 - apart ** 2)).toBeCloseTo(1, 6);
  expect(gradientOf('q/logStandardDeviation', other)).toBeCloseTo(0, 6);
});

it('with one component a mixture is the Gaussian', () => {
  const at = (family: VariationalFamily) => {
    const built = build({ q: { ...small, family, components: 1 }, rows: 5, embedding: 2, observation: 3 });
    return { ...built, theta: built.layout.unpack(built.values.theta) };
  };
  const gaussian = at('gaussian');
  const mixture = at('mixture');
  // The mixture's one logit, its output's last column, has no effect; the rest is the Gaussian's.
  const { 'q/output/weight': weight, 'q/output/bias': bias } = mixture.theta;
  const theta = gaussian.layout.pack({
    ...mixture.theta,
    'q/output/weight': { shape: [5, 3], data: weight!.data.filter((_, i) => i % 4 < 3) },
    'q/output/bias': { shape: [3], data: bias!.data.slice(0, 3) },
    'q/logStandardDeviation': { shape: [3], data: mixture.theta['q/logStandardDeviation']!.data },
  });
  const { loss } = evaluate({ ...gaussian, values: { ...gaussian.values, theta } });
  expect(evaluate(mixture).loss).toBeCloseTo(loss, 12);
});

it.each([
  [{ family: 'mixture', components: 0 }, 3, 'the components of the variational distribution are 0'],
  [{ family: 'mixture', components: 1.5 }, 3, 'give a whole number of at least 1'],
  [{ family: 'flow', couplings: 1 }, 3, 'give a whole number of at least 2'],
  [{ family: 'flow' }, 1, 'two halves of the observation, which has 1 entry; use a gaussian or a mixture'],
  [{ family: 'mixtrue' }, 3, 'did you mean "mixture"?'],
])('refuses %j for %d entries', (given, observation, sentence) => {
  const options = { ...small, ...given } as VariationalOptions;
  expect(() => createVariational('q', 2, observation, options)).toThrow(sentence);
});
