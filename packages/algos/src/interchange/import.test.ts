import { readFileSync } from 'node:fs';
import { type EnvSpaces, FileError, InvalidInputError, unbounded } from '@mikt/core';
import {
  add,
  clip,
  createReferenceEngine,
  createWasmEngine,
  div,
  encodeOnnx,
  input,
  matmul,
  mul,
  relativeDifference,
  relu,
  sub,
  type Tensor,
  tanh,
  variable,
} from '@mikt/graph';
import {
  decodeCheckpoint,
  decodeSafetensors,
  encodeCheckpoint,
  encodeSafetensors,
  type StoredTensor,
} from '@mikt/runs';
import { describe, expect, it } from 'vitest';
import { teacherFromCheckpoint } from '../checkpoint.js';
import { policyFromCheckpoint } from '../policy.js';
import { encodeOnnxPolicy, policyGraph } from './export.js';
import { importPolicy } from './import.js';
import { toPolicyFile } from './policy-file.js';
import { createActor, type TrainedPolicy } from './trained-policy.js';

// Written by bench/peers/stable_baselines3_policy.py: a policy that Stable-Baselines3 trained, as a state_dict and as
// two exporters of PyTorch write it, and what Stable-Baselines3 itself answers to observations.
const read = (name: string) => new Uint8Array(readFileSync(new URL(`./testdata/${name}`, import.meta.url)));
const stateDict = read('stable-baselines3.safetensors');
const { observations, actions, values } = JSON.parse(
  new TextDecoder().decode(read('stable-baselines3.json')),
) as { observations: number[][]; actions: number[][]; values: number[] };

const spaces: EnvSpaces = { observation: unbounded(11), action: unbounded(3) };
const original = decodeSafetensors(stateDict, 'fixture');

/** The state_dict with tensors (or metadata) replaced; undefined takes one away. */
function changed(
  tensors: Readonly<Record<string, StoredTensor | undefined>>,
  metadata: Readonly<Record<string, string | undefined>> = {},
): Uint8Array {
  const keep = <T>(all: Readonly<Record<string, T | undefined>>) =>
    Object.fromEntries(Object.entries(all).filter((entry): entry is [string, T] => entry[1] !== undefined));
  return encodeSafetensors({
    tensors: keep({ ...original.tensors, ...tensors }),
    metadata: keep({ ...original.metadata, ...metadata }),
  });
}

const statistics = encodeSafetensors({
  tensors: {
    'obs_rms.mean': original.tensors['obs_rms.mean']!,
    'obs_rms.var': original.tensors['obs_rms.var']!,
  },
  metadata: { clip_obs: original.metadata.clip_obs!, epsilon: original.metadata.epsilon! },
});
const withoutStatistics = changed({ 'obs_rms.mean': undefined, 'obs_rms.var': undefined });

function importBytes(bytes: Uint8Array, path = 'a.safetensors', normaliser?: Uint8Array) {
  const notices: string[] = [];
  const policy = importPolicy(
    { path, bytes },
    {
      env: 'Hopper',
      spaces,
      fingerprint: 'f',
      ...(normaliser ? { normaliser: { path: 'n.safetensors', bytes: normaliser } } : {}),
      onNotice: (sentence) => notices.push(sentence),
    },
  );
  return { policy, notices };
}

const throughFile = (policy: TrainedPolicy) =>
  decodeCheckpoint(encodeCheckpoint(toPolicyFile(policy)), 'policy.safetensors');

/** Actions and values of the policy after a way through its file. */
async function answers(policy: TrainedPolicy): Promise<{ actions: number[]; values: number[] }> {
  const acting = policyFromCheckpoint(
    throughFile(policy),
    await createWasmEngine({ megabytes: 16 }),
    'policy',
  );
  const engine = createReferenceEngine();
  const actor = createActor(policy);
  const variables = engine.createVariables({ parameters: [actor.layout.size], mean: [11], variance: [11] });
  variables.write('parameters', actor.parameters);
  variables.write('mean', policy.normaliser.mean);
  variables.write('variance', policy.normaliser.variance);
  const { outputs } = policyGraph(policy, actor, observations.length);
  const program = engine.compile({ outputs: { value: outputs.value! } }, variables);
  program.inputs.observation!.set(observations.flat());
  program.run();
  return {
    actions: observations.flatMap((row) => [...acting.act(row)]),
    values: [...program.outputs.value!],
  };
}

async function expectTheirAnswers(policy: TrainedPolicy): Promise<void> {
  const ours = await answers(policy);
  expect(relativeDifference(ours.actions, actions.flat())).toBeLessThan(1e-5);
  expect(relativeDifference(ours.values, values)).toBeLessThan(1e-5);
}

describe('a policy of Stable-Baselines3', () => {
  it('answers as it does there, beyond the clip too', async () => {
    const { policy, notices } = importBytes(stateDict);
    await expectTheirAnswers(policy);
    expect(notices).toEqual([]);
    expect(policy).toMatchObject({
      env: 'Hopper',
      algo: 'imported',
      steps: 4096,
      sizes: { observation: 11, action: 3, policyHidden: [64, 64], valueHidden: [64, 64] },
      normaliser: { clip: 5, epsilon: 1e-6 },
      origin: { format: 'stable-baselines3', source: 'a.safetensors', fingerprint: 'f' },
    });
    expect(policy.parameters['policy/logStandardDeviation']!.data).toEqual(original.tensors.log_std!.data);
    // The recorded observations do reach the clip: without it the answers are others.
    const unclipped = importBytes(changed({}, { clip_obs: '1000' })).policy;
    expect(relativeDifference((await answers(unclipped)).actions, actions.flat())).toBeGreaterThan(1e-3);
  });

  it('teaches', () => {
    const { policy } = importBytes(stateDict);
    expect(teacherFromCheckpoint(throughFile(policy), 'sb3.safetensors')).toMatchObject({
      source: 'sb3.safetensors',
      env: 'Hopper',
      sizes: policy.sizes,
      observationScale: 1,
    });
  });

  it('takes its statistics from a file of their own', async () => {
    await expectTheirAnswers(importBytes(withoutStatistics, 'a.safetensors', statistics).policy);
  });

  it('without statistics sees raw observations, which is said', () => {
    const { policy, notices } = importBytes(withoutStatistics);
    expect(policy.normaliser.clip).toBe(Number.POSITIVE_INFINITY);
    expect(notices).toEqual([expect.stringContaining('a.safetensors has no normaliser')]);
  });

  it('that does not say its activation is taken for tanh, which is said', () => {
    const { notices } = importBytes(changed({}, { activation: undefined, steps: undefined }));
    expect(notices).toEqual([expect.stringContaining('does not say its activation function; tanh is taken')]);
  });

  it('with layers that both networks share answers as if they were written twice', async () => {
    const renamed = (network: string, to: string) =>
      ['weight', 'bias'].map((kind): [string, StoredTensor] => [
        `mlp_extractor.${to}.${kind}`,
        original.tensors[`mlp_extractor.${network}.${kind}`]!,
      ]);
    const gone = ['policy_net', 'value_net'].flatMap((network) =>
      [0, 2].flatMap((i) =>
        ['weight', 'bias'].map((kind): [string, undefined] => [
          `mlp_extractor.${network}.${i}.${kind}`,
          undefined,
        ]),
      ),
    );
    const shared = changed({
      ...Object.fromEntries(gone),
      ...Object.fromEntries([
        ...renamed('policy_net.0', 'shared_net.0'),
        ...renamed('policy_net.2', 'policy_net.0'),
        ...renamed('value_net.2', 'value_net.0'),
      ]),
    });
    const ours = await answers(importBytes(shared).policy);
    expect(relativeDifference(ours.actions, actions.flat())).toBeLessThan(1e-5);
    expect(relativeDifference(ours.values, values)).toBeGreaterThan(1e-3);
  });
});

describe('an ONNX file', () => {
  it.each(['torch.onnx', 'torch-dynamo.onnx'])('%s answers as Stable-Baselines3 does', async (name) => {
    const { policy, notices } = importBytes(read(name), name, statistics);
    await expectTheirAnswers(policy);
    expect(policy.origin.format).toBe('onnx');
    expect(notices).toEqual([expect.stringContaining('stores no log_std')]);
  });

  it('that mikt exported comes back, with its normaliser', async () => {
    const { policy } = importBytes(stateDict);
    const { policy: again, notices } = importBytes(encodeOnnxPolicy(policy, '1'), 'a.onnx');
    await expectTheirAnswers(again);
    expect(notices).toEqual([]);
    expect(again.parameters).toEqual(policy.parameters);
    expect(again.normaliser.clip).toBe(5);
  });

  const w = variable('w', [11, 3]);
  const square = variable('square', [3, 3]);
  const one = variable('one', [11, 1]);
  const weights = {
    one: new Float64Array(11).fill(1),
    w: Float64Array.from({ length: 33 }, (_, i) => Math.sin(i)),
    square: new Float64Array(9).fill(0.5),
  };
  const encode = (build: (x: Tensor) => Record<string, Tensor>) =>
    encodeOnnx((rows) => ({ outputs: build(input('x', [rows, 11])) }), weights, {
      name: 'test',
      producerVersion: '0',
    });

  it('with scales and shifts before its first layer normalises by them', () => {
    // (2 (x + 1) / 4 - 3) ± 2 is (x - 5) / 2 within ±2.
    const bytes = encode((x) => ({
      y: matmul(clip(sub(div(mul(2, add(x, 1)), 4), 3), -2, 2), w),
    }));
    const { mean, variance, epsilon, clip: limit } = importBytes(bytes, 'a.onnx').policy.normaliser;
    expect([...mean]).toEqual(Array(11).fill(5));
    for (const value of variance) expect(value + epsilon).toBeCloseTo(4, 12);
    expect(limit).toBe(2);
  });

  it('without a critic acts, and says that it cannot teach', () => {
    const { policy, notices } = importBytes(
      encode((x) => ({ y: matmul(tanh(matmul(x, w)), square) })),
      'a.onnx',
    );
    expect(policy).toMatchObject({ hasValue: false, sizes: { policyHidden: [3], valueHidden: [] } });
    expect(notices.join(' ')).toMatch(/without a value network it can act, but not be a teacher/);
    const file = throughFile(policy);
    expect(() => teacherFromCheckpoint(file, 'a')).toThrow(/has no value network/);
    const actor = policyFromCheckpoint(file, createReferenceEngine(), 'a');
    const hidden = [0, 1, 2].map((j) =>
      Math.tanh(observations[0]!.reduce((sum, x, i) => sum + x * weights.w[3 * i + j]!, 0)),
    );
    const sum = 0.5 * hidden.reduce((a, b) => a + b);
    expect(relativeDifference(actor.act(observations[0]!), [sum, sum, sum])).toBeLessThan(1e-5);
  });

  it.each<[string, (x: Tensor) => Record<string, Tensor>, RegExp]>([
    [
      'relu',
      (x) => ({ y: matmul(relu(matmul(x, w)), square) }),
      /policy network has Relu after layer 1; networks of/,
    ],
    ['squashed actions', (x) => ({ y: tanh(matmul(x, w)) }), /ends with Tanh, which squashes its output/],
    [
      'a residual connection',
      (x) => {
        const h = tanh(matmul(x, w));
        return { y: add(matmul(h, square), h) };
      },
      /not the end of a plain chain of layers: Add computes "y" from 2 values that depend on the observation/,
    ],
    [
      'a limit that is not symmetric',
      (x) => ({ y: matmul(clip(x, -1, 2), w) }),
      /limits .* to -1 to 2; a limit of ±c/,
    ],
    [
      'arithmetic after a limit',
      (x) => ({ y: matmul(sub(clip(x, -1, 1), 1), w) }),
      /has Sub after a limit before its first layer/,
    ],
    [
      'a reversed difference',
      (x) => ({ y: matmul(sub(1, x), w) }),
      /Sub before its first layer whose second operand/,
    ],
    ['a negative scale', (x) => ({ y: matmul(mul(x, -2), w) }), /by numbers that are not positive/],
    [
      'two normalisers',
      (x) => ({ action: matmul(sub(x, 1), w), value: matmul(sub(x, 2), one) }),
      /normalises observations differently for its policy and its value/,
    ],
    ['no layer', (x) => ({ y: tanh(x) }), /policy network has Tanh; networks of/],
    [
      'a value of several entries',
      (x) => ({ action: matmul(x, w), value: matmul(x, w) }),
      /value network takes 11 values and gives 3; it must take the policy's 11/,
    ],
  ])('is refused with %s', (_what, build, sentence) => {
    const bytes = encode(build);
    expect(() => importBytes(bytes, 'a.onnx')).toThrow(FileError);
    expect(() => importBytes(bytes, 'a.onnx')).toThrow(sentence);
  });
});

describe('wrong input gets a sentence that names the file', () => {
  const matrix = (shape: number[], value = 0.1): StoredTensor => ({
    shape,
    data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value),
  });
  const cases: [string, Uint8Array, RegExp][] = [
    [
      'another activation',
      changed({}, { activation: 'ReLU' }),
      /hidden layers use ReLU; networks of tanh layers/,
    ],
    [
      'a missing tensor',
      changed({ 'action_net.bias': undefined }),
      /its tensor "action_net.bias" is missing/,
    ],
    ['no log_std', changed({ log_std: undefined }), /has no log_std: are its actions discrete\?/],
    ['gSDE', changed({ log_std: matrix([64, 3]) }), /state-dependent exploration \(gSDE\) is not read/],
    [
      'a features extractor',
      changed({ 'features_extractor.cnn.0.weight': matrix([2, 2]) }),
      /has a features extractor with weights of its own/,
    ],
    ['SAC', changed({ 'actor.mu.weight': matrix([3, 64]) }), /off-policy method \(SAC, TD3, DQN\)/],
    ['recurrence', changed({ 'lstm_actor.weight_ih_l0': matrix([3, 64]) }), /is recurrent/],
    ['an unknown tensor', changed({ something: matrix([1]) }), /has a tensor "something" that is none of/],
    [
      'layers in other places',
      changed({
        'mlp_extractor.policy_net.2.weight': undefined,
        'mlp_extractor.policy_net.2.bias': undefined,
        'mlp_extractor.policy_net.3.weight': matrix([64, 64]),
        'mlp_extractor.policy_net.3.bias': matrix([64]),
      }),
      /policy_net has weights at 0, 3, where linear layers/,
    ],
    [
      'a weight that is not a number',
      changed({ 'action_net.weight': matrix([3, 64], Number.NaN) }),
      /"policy\/output\/weight" holds values that are not finite/,
    ],
    [
      'layers that do not follow each other',
      changed({ 'action_net.weight': matrix([3, 32]) }),
      /layer 3 of its policy network takes 32 values where layer 2 gives 64/,
    ],
    [
      'biases of another size',
      changed({ 'value_net.bias': matrix([2]) }),
      /"value_net" has weights \[1, 64\] and biases \[2\]/,
    ],
    ['half a normaliser', changed({ 'obs_rms.var': undefined }), /has one of obs_rms.mean and obs_rms.var/],
    ['a clip that is no number', changed({}, { clip_obs: 'none' }), /its clip_obs is "none"/],
    [
      'a normaliser of another size',
      changed({ 'obs_rms.mean': matrix([3]) }),
      /normaliser's mean must be 11/,
    ],
    ['a file cut short', stateDict.subarray(0, 10_000), /cut short|damaged/],
    ['text', new TextEncoder().encode('weights'), /too short for a safetensors file/],
    [
      'a policy file',
      encodeCheckpoint(toPolicyFile(importBytes(stateDict).policy)),
      /is a checkpoint or policy of mikt already/,
    ],
  ];
  it.each(cases)('%s', (_what, bytes, sentence) => {
    expect(() => importBytes(bytes)).toThrow(FileError);
    expect(() => importBytes(bytes)).toThrow(/^a\.safetensors: /);
    expect(() => importBytes(bytes)).toThrow(sentence);
  });

  it('another environment', () => {
    const about = {
      env: 'Ant',
      spaces: { observation: unbounded(111), action: unbounded(8) },
      fingerprint: 'f',
    };
    const attempt = () => importPolicy({ path: 'a.safetensors', bytes: stateDict }, about);
    expect(attempt).toThrow(InvalidInputError);
    expect(attempt).toThrow(/a\.safetensors takes 11 observations and gives 3 actions, Ant has 111 and 8/);
  });

  it('a file that could run code', () => {
    expect(() => importBytes(stateDict, 'a.zip')).toThrow(/can run code when they are read/);
  });

  it('two normalisers', () => {
    expect(() => importBytes(stateDict, 'a.safetensors', statistics)).toThrow(
      /has a normaliser already; leave n.saf/,
    );
  });

  it('damaged ONNX bytes give a policy or a MiktError, never another error', () => {
    const file = read('torch.onnx');
    let refused = 0;
    // The structure; the weights in between are numbers like any other.
    for (let i = 0; i < file.length; i += i < 2000 ? 1 : 211) {
      const damaged = file.slice();
      damaged[i]! ^= 1 << (i % 8);
      try {
        importBytes(damaged, 'a.onnx');
      } catch (error) {
        expect(error instanceof FileError || error instanceof InvalidInputError, String(error)).toBe(true);
        expect((error as Error).message).toMatch(/a\.onnx/);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(500);
  });
});
