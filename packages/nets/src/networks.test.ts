import { Rng } from '@mikt/core';
import {
  add,
  compareGradients,
  createReferenceEngine,
  input,
  relativeDifference,
  square,
  sum,
  type Tensor,
  variable,
} from '@mikt/graph';
import { describe, expect, it } from 'vitest';
import {
  ActorCritic,
  createMatchedEncoder,
  type Feature,
  feedsByDepth,
  LateralActorCritic,
  LateralMlp,
  type LateralSource,
  Mlp,
  ParameterLayout,
} from './index.js';

const sizes = { observation: 5, action: 2, policyHidden: [4, 3], valueHidden: [4, 3] };

function run(
  outputs: Record<string, Tensor>,
  values: Record<string, ArrayLike<number>>,
  flat: Record<string, Float32Array>,
) {
  const engine = createReferenceEngine();
  const variables = engine.createVariables(
    Object.fromEntries(Object.entries(flat).map(([name, data]) => [name, [data.length]])),
  );
  for (const [name, data] of Object.entries(flat)) variables.write(name, data);
  const program = engine.compile({ outputs }, variables);
  for (const [name, data] of Object.entries(values)) program.inputs[name]!.set(data);
  program.run();
  return program.outputs;
}

function bound(layout: ParameterLayout, name = 'parameters') {
  return layout.bind(variable(name, [layout.size]));
}

describe('Mlp', () => {
  it('computes tanh layers and a linear output', () => {
    // One input x = 2, one hidden unit with weight 3 and bias 1, an output with weight 5 and bias 7:
    // z = 3·2 + 1 = 7, output = 5·tanh(7) + 7.
    const mlp = new Mlp('net', { inputs: 1, hidden: [1], outputs: 1 }, 1);
    const layout = new ParameterLayout(mlp.specs);
    const { output, preActivations } = mlp.forward(bound(layout), input('x', [1, 1]));
    const result = run(
      { output, z: preActivations[0]! },
      { x: [2] },
      { parameters: Float32Array.of(3, 1, 5, 7) },
    );
    expect(result.z![0]).toBe(7);
    expect(result.output![0]).toBeCloseTo(5 * Math.tanh(7) + 7, 12);
  });

  it('starts with orthogonal weights of the given gains and zero biases', () => {
    const mlp = new Mlp('net', { inputs: 7, hidden: [4], outputs: 2 }, 0.01);
    const layout = new ParameterLayout(mlp.specs);
    const values = layout.unpack(layout.initialise(Rng.fromSeed(1)));
    expect(
      [...values['net/hidden1/bias']!.data, ...values['net/output/bias']!.data].every((x) => x === 0),
    ).toBe(true);
    for (const [name, gain] of [
      ['net/hidden1/weight', Math.SQRT2],
      ['net/output/weight', 0.01],
    ] as const) {
      const { shape, data } = values[name]!;
      const [rows, columns] = shape as [number, number];
      // WᵀW = gain² I, for there are fewer columns than rows.
      for (let a = 0; a < columns; a++) {
        for (let b = 0; b < columns; b++) {
          let product = 0;
          for (let row = 0; row < rows; row++) product += data[row * columns + a]! * data[row * columns + b]!;
          expect(product / gain ** 2).toBeCloseTo(a === b ? 1 : 0, 5);
        }
      }
    }
  });
});

describe('LateralMlp (Equation 2)', () => {
  /** A teacher whose layers feed those of the same number. */
  const alike = (...hidden: number[]): LateralSource => ({
    hidden,
    feeds: hidden.map((_, j) => j),
    matrices: 'bridges',
  });

  it('mixes pre-activations by a softmax of its logits', () => {
    // Student: z = 3·2 + 1 = 7. Teacher: z' = −4. Logits (log 3, 0) give p = 3/4, so h = tanh(¾·7 + ¼·(−4)) = tanh(4.25)
    // and the output is 5·tanh(4.25) + 7.
    const lateral = new LateralMlp('net', { inputs: 1, hidden: [1], outputs: 1 }, 1, [alike(1)]);
    const layout = new ParameterLayout(lateral.specs);
    const { output } = lateral.forward(bound(layout), input('x', [1, 1]), [[input('z', [1, 1])]]);
    const result = run(
      { output },
      { x: [2], z: [-4] },
      { parameters: Float32Array.of(3, 1, 5, 7, Math.log(3), 0) },
    );
    expect(result.output![0]).toBeCloseTo(5 * Math.tanh(4.25) + 7, 6);
  });

  it('tells what the student alone makes of each mixed layer, whose gradient reaches that layer only', () => {
    // Layer 1: z = 3·2 + 1 = 7, mixed ¾·7 + ¼·(−4) = 4.25. Layer 2 reads h = tanh(4.25): z = 2 h − 1, no teacher, so
    // only layer 1 is a feature; with a teacher of 6 in layer 2 (logits 0, 0) it is mixed to ½ (2 h − 1) + 3.
    const lateral = new LateralMlp('net', { inputs: 1, hidden: [1, 1], outputs: 1 }, 1, [alike(1, 1)]);
    const layout = new ParameterLayout(lateral.specs);
    const parameters = bound(layout);
    const { features } = lateral.forward(parameters, input('x', [1, 1]), [
      [input('z1', [1, 1]), input('z2', [1, 1])],
    ]);
    const [first, second] = features as [Feature, Feature];
    const result = run(
      {
        own1: first.own,
        mixed1: first.mixed,
        own2: second.own,
        mixed2: second.mixed,
        gradient: parameters.gradient(sum(second.own)),
        constant: parameters.gradient(sum(second.mixed)),
      },
      { x: [2], z1: [-4], z2: [6] },
      { parameters: Float32Array.of(3, 1, 2, -1, 5, 7, Math.log(3), 0, 0, 0) },
    );
    const h = Math.tanh(4.25);
    expect(result.own1![0]).toBeCloseTo(7, 6);
    expect(result.mixed1![0]).toBeCloseTo(4.25, 6);
    expect(result.own2![0]).toBeCloseTo(2 * h - 1, 6);
    expect(result.mixed2![0]).toBeCloseTo((2 * h - 1) / 2 + 3, 6);
    expect([...result.gradient!]).toEqual([0, 0, expect.closeTo(h, 6), 1, 0, 0, 0, 0, 0, 0]);
    expect([...result.constant!]).toEqual(Array(10).fill(0));
  });

  it('starts near an even mix, leaning to the teacher', () => {
    const layout = new ParameterLayout(
      new LateralMlp('net', { inputs: 1, hidden: [2], outputs: 1 }, 1, [alike(2)]).specs,
    );
    const { data } = layout.unpack(layout.initialise(Rng.fromSeed(1)))['net/mixing1']!;
    expect([...data]).toEqual([Math.fround(-0.1), Math.fround(0.01)]);
  });

  it('with all weight on the student is the plain network', () => {
    const lateral = new LateralActorCritic(sizes, [{ policy: alike(4, 3), value: alike(4, 3) }]);
    const layout = new ParameterLayout(lateral.specs);
    const plain = new ActorCritic(sizes);
    const plainLayout = new ParameterLayout(plain.specs);
    const values = layout.unpack(layout.initialise(Rng.fromSeed(2)));
    for (const name of Object.keys(values)) if (name.includes('/mixing')) values[name]!.data.set([100, -100]);
    const x = input('x', [3, 5]);
    const teacher = ['policy', 'value'].map((net) => [input(`${net}1`, [3, 4]), input(`${net}2`, [3, 3])]);
    const mixed = lateral.forward(bound(layout), x, [{ policy: teacher[0]!, value: teacher[1]! }]);
    const alone = plain.forward(bound(plainLayout, 'plain'), x);
    const noise = Object.fromEntries(
      ['policy1', 'policy2', 'value1', 'value2'].map((name) => [
        name,
        Array(name.endsWith('1') ? 12 : 9).fill(9),
      ]),
    );
    const result = run(
      { mixed: mixed.mean, alone: alone.mean, mixedValue: mixed.value, aloneValue: alone.value },
      { x: Rng.fromSeed(3).fillNormal(new Float64Array(15)), ...noise },
      { parameters: layout.pack(values), plain: plainLayout.pack(values) },
    );
    expect(relativeDifference(result.mixed!, result.alone!)).toBeLessThan(1e-12);
    expect(relativeDifference(result.mixedValue!, result.aloneValue!)).toBeLessThan(1e-12);
  });

  it('mixes several teachers, each where it feeds, and bridges other widths by a matrix', () => {
    // Two hidden layers of one unit. Teacher 1 (one layer of two units) feeds layer 2 through a matrix; teacher 2
    // (two layers of one unit) feeds both as they are.
    const lateral = new LateralMlp('net', { inputs: 1, hidden: [1, 1], outputs: 1 }, 1, [
      { hidden: [2], feeds: [undefined, 0], matrices: 'bridges' },
      alike(1, 1),
    ]);
    expect(lateral.mixed).toEqual([
      { layer: 0, teachers: [1] },
      { layer: 1, teachers: [0, 1] },
    ]);
    const layout = new ParameterLayout(lateral.specs);
    const set = (values: Record<string, number[]>) =>
      layout.pack(
        Object.fromEntries(
          layout.specs.map(({ name, shape }) => [name, { shape, data: Float32Array.from(values[name]!) }]),
        ),
      );
    const { output } = lateral.forward(bound(layout), input('x', [1, 1]), [
      [input('a', [1, 2])],
      [input('b', [1, 1]), input('c', [1, 1])],
    ]);
    const result = run(
      { output },
      { x: [1], a: [1, 2], b: [-1], c: [0.5] },
      {
        parameters: set({
          'net/hidden1/weight': [2],
          'net/hidden1/bias': [0],
          'net/hidden2/weight': [1],
          'net/hidden2/bias': [0],
          'net/output/weight': [1],
          'net/output/bias': [0],
          'net/mixing1': [Math.log(3), 0],
          'net/mixing2': [Math.log(2), 0, 0],
          'net/matrix2/teacher1': [3, -1],
        }),
      },
    );
    // Layer 1: ¾·2 + ¼·(−1) = 1.25. Layer 2: ½·tanh 1.25 + ¼·(1·3 − 2·1) + ¼·0.5.
    expect(result.output![0]).toBeCloseTo(Math.tanh(0.5 * Math.tanh(1.25) + 0.25 + 0.125), 6);
  });

  it('gives every layer a matrix where it is asked to', () => {
    const source = { ...alike(2, 2), matrices: 'all' as const };
    const { specs } = new LateralMlp('net', { inputs: 1, hidden: [2, 2], outputs: 1 }, 1, [source]);
    expect(specs.filter(({ name }) => name.includes('/matrix')).map(({ shape }) => shape)).toEqual([
      [2, 2],
      [2, 2],
    ]);
  });

  it('refuses layers that are not there', () => {
    expect(
      () =>
        new LateralMlp('net', { inputs: 1, hidden: [4, 3], outputs: 1 }, 1, [
          { hidden: [4], feeds: [0, 1], matrices: 'bridges' },
        ]),
    ).toThrow(
      'lateral connections of net: every hidden layer of the student needs a layer of the teacher, 1 to 1, or none',
    );
  });

  it.each([
    [2, 2, [0, 1]],
    [3, 2, [0, 0, 1]],
    [2, 3, [1, 2]],
    [1, 3, [2]],
    [3, 1, [0, 0, 0]],
  ])('feeds %d layers from %d at the same relative depth', (student, teacher, expected) => {
    expect(feedsByDepth(student, teacher)).toEqual(expected);
  });
});

describe('createMatchedEncoder', () => {
  it('hands over the entries that match, and near nothing elsewhere', () => {
    // Embedding entry 0 is observation entry 2, entry 1 has no match, entry 2 is entry 0.
    const encoder = createMatchedEncoder('e', 4, [2, undefined, 0], [8]);
    const layout = new ParameterLayout(encoder.specs);
    const output = encoder.forward(bound(layout), input('x', [1, 4]));
    const parameters = layout.initialise(Rng.fromSeed(1));
    const result = run({ output }, { x: [1, -2, 3, 0.5] }, { parameters });
    // The MLP beside it: 8 units within ±1, and an output layer of gain 0.01.
    [3, 0, 1].forEach((expected, i) => {
      expect(Math.abs(result.output![i]! - expected)).toBeLessThan(0.01 * Math.sqrt(8));
    });
    expect(result.output![1]).not.toBe(0);
  });
});

describe('ParameterLayout', () => {
  const layout = new ParameterLayout(new ActorCritic(sizes).specs);

  it('packs what it unpacked, and differentiates the flat vector', () => {
    const flat = layout.initialise(Rng.fromSeed(4));
    expect(layout.pack(layout.unpack(flat))).toEqual(flat);
    const theta = variable('theta', [layout.size]);
    const { mean, value } = new ActorCritic(sizes).forward(layout.bind(theta), input('x', [2, 5]));
    const loss = sumOfSquares([mean, value]);
    const x = Rng.fromSeed(5).fillNormal(new Float64Array(10));
    for (const { name, derived, measured } of compareGradients(loss, { theta: flat, x })) {
      expect(relativeDifference(derived, measured), name).toBeLessThan(1e-5);
    }
  });

  it('names what is missing or misshapen', () => {
    const values = layout.unpack(new Float32Array(layout.size));
    const { 'value/output/bias': _, ...missing } = values;
    expect(() => layout.pack(missing)).toThrow('parameter "value/output/bias" [1] is missing.');
    const wrong = { ...values, 'policy/hidden1/bias': { shape: [5], data: new Float32Array(5) } };
    expect(() => layout.pack(wrong)).toThrow(
      'parameter "policy/hidden1/bias" has shape [5] where [4] is needed.',
    );
  });

  it('gives a parameter the same first values whatever stands beside it', () => {
    const alone = new ParameterLayout(
      new Mlp('policy', { inputs: 5, hidden: [4, 3], outputs: 2 }, 0.01).specs,
    );
    const name = 'policy/hidden2/weight';
    const first = (l: ParameterLayout) => l.unpack(l.initialise(Rng.fromSeed(6)))[name]!.data;
    expect(first(alone)).toEqual(first(layout));
  });
});

function sumOfSquares(tensors: Tensor[]): Tensor {
  return tensors.map((tensor) => sum(square(tensor))).reduce((a, b) => add(a, b));
}
