import { FileError, Rng } from '@mikt/core';
import { createTfjsEngine, createWasmEngine, decodeOnnx, relativeDifference } from '@mikt/graph';
import { type DecodedCheckpoint, decodeCheckpoint, encodeCheckpoint } from '@mikt/runs';
import * as onnxRuntime from 'onnxruntime-web';
import { beforeAll, describe, expect, it } from 'vitest';
import { readTrainingState, teacherFromCheckpoint } from '../checkpoint.js';
import { resolveConfig } from '../config.js';
import { policyFromCheckpoint } from '../policy.js';
import { IdentityEnv, randomTeacher } from '../testing.js';
import { train } from '../trainer.js';
import { encodeOnnxPolicy, policyGraph, trainedPolicy } from './export.js';
import { isPolicyFile, toPolicyFile } from './policy-file.js';
import { createActor, type TrainedPolicy } from './trained-policy.js';

const small = {
  env: 'Identity',
  envs: 4,
  stepsPerUpdate: 64,
  minibatches: 4,
  epochs: 2,
  policyHidden: [8, 6],
  valueHidden: [7],
  steps: 512,
  checkpointEvery: 1,
};
const mikt = {
  algo: 'mikt',
  handOverThreshold: 0,
  encoderHidden: [8],
  variationalHidden: [8],
};
const teacher = randomTeacher({ observation: 3, action: 4, policyHidden: [8, 6], valueHidden: [7] }, 7);

/** Checkpoints of a short run, first to last, as read from files. */
async function checkpointsOf(settings: object): Promise<DecodedCheckpoint[]> {
  const config = resolveConfig({ ...small, ...settings });
  const checkpoints: DecodedCheckpoint[] = [];
  await train(config, {
    createEnv: async () => new IdentityEnv(),
    teachers: config.algo === 'mikt' ? [teacher] : [],
    openSink: async () => ({
      appendMetrics() {},
      appendEpisode() {},
      async saveCheckpoint(steps, checkpoint) {
        checkpoints.push(decodeCheckpoint(encodeCheckpoint(checkpoint), `${steps}.safetensors`));
      },
    }),
  });
  return checkpoints;
}

const throughFile = (policy: TrainedPolicy) =>
  decodeCheckpoint(encodeCheckpoint(toPolicyFile(policy)), 'policy.safetensors');

// Some of them beyond the normaliser's clip.
const rng = Rng.fromSeed(1);
const observations = Array.from({ length: 20 }, (_, i) =>
  [...rng.fillNormal(new Float64Array(2))].map((x) => x * (i < 15 ? 1 : 100)),
);

async function runOnnx(file: Uint8Array, rows: readonly (readonly number[])[]) {
  const session = await onnxRuntime.InferenceSession.create(file, { executionProviders: ['wasm'] });
  const input = new onnxRuntime.Tensor('float32', Float32Array.from(rows.flat()), [
    rows.length,
    rows[0]!.length,
  ]);
  const results = await session.run({ observation: input });
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, { data, dims }]) => [name, { data: data as Float32Array, dims }]),
  );
}

const engine = await createTfjsEngine('cpu');
const runs: Record<string, DecodedCheckpoint[]> = {};
beforeAll(async () => {
  runs.ppo = await checkpointsOf({ algo: 'ppo' });
  runs.mikt = await checkpointsOf(mikt);
});

describe.each(['ppo', 'mikt'])('the last checkpoint of a run of %s', (algo) => {
  const exported = () => {
    const checkpoint = runs[algo]!.at(-1)!;
    return { checkpoint, policy: trainedPolicy(checkpoint, 'run') };
  };

  it('acts the same as a policy file, which holds nothing but networks and normaliser', async () => {
    const { checkpoint, policy } = exported();
    const file = throughFile(policy);
    expect(isPolicyFile(file)).toBe(true);
    expect(isPolicyFile(checkpoint)).toBe(false);
    for (const runner of [engine, await createWasmEngine({ megabytes: 16 })]) {
      const [before, after] = [checkpoint, file].map((from) => policyFromCheckpoint(from, runner, 'file'));
      for (const observation of observations) {
        expect(after!.act(observation)).toEqual(before!.act(observation));
        const draws = [before!, after!].map((each) => each.act(observation, Rng.fromSeed(5)));
        expect(draws[1]).toEqual(draws[0]);
      }
      const { act: _, dispose: __, ...described } = after!;
      expect(described).toEqual({
        env: 'Identity',
        algo,
        steps: 512,
        coupled: false,
        observationSize: 2,
        actionSize: 2,
      });
    }
    expect(Object.keys(file.tensors).sort()).toEqual(
      [
        ...['hidden1', 'hidden2', 'output'].flatMap((layer) => [
          `policy/${layer}/bias`,
          `policy/${layer}/weight`,
        ]),
        'policy/logStandardDeviation',
        ...['hidden1', 'output'].flatMap((layer) => [`value/${layer}/bias`, `value/${layer}/weight`]),
      ]
        .map((name) => `parameters/${name}`)
        .concat('normaliser/mean', 'normaliser/variance')
        .sort(),
    );
    expect(file.header).toMatchObject({
      kind: 'policy',
      policy: {
        env: 'Identity',
        normaliser: { epsilon: 1e-8, clip: 10 },
        origin: { format: 'mikt', source: 'run', fingerprint: checkpoint.sha256 },
      },
    });
  });

  it('teaches the same as a policy file', () => {
    const { checkpoint, policy } = exported();
    const file = throughFile(policy);
    const [before, after] = [checkpoint, file].map((from) => teacherFromCheckpoint(from, 'file'));
    expect(after).toEqual({ ...before, fingerprint: file.sha256 });
  });

  it('exported again from a policy file is the same file', () => {
    const { policy } = exported();
    const file = throughFile(policy);
    expect(throughFile(trainedPolicy(file, 'file')).sha256).toBe(file.sha256);
  });

  it('gives onnxruntime the actions and values that it has here, for any number of rows', async () => {
    const { checkpoint, policy } = exported();
    const file = encodeOnnxPolicy(policy, '1.2.3');
    const here = policyFromCheckpoint(checkpoint, engine, 'run');
    const actor = createActor(policy);
    for (const rows of [observations.slice(0, 1), observations]) {
      const { action, value, log_standard_deviation: deviation } = await runOnnx(file, rows);
      expect([action!.dims, value!.dims, deviation!.dims]).toEqual([[rows.length, 2], [rows.length], [2]]);
      expect(
        relativeDifference(
          action!.data,
          rows.flatMap((row) => [...here.act(row)]),
        ),
      ).toBeLessThan(1e-5);
      expect(deviation!.data).toEqual(policy.parameters['policy/logStandardDeviation']!.data);

      const variables = engine.createVariables({ parameters: [actor.layout.size], mean: [2], variance: [2] });
      variables.write('parameters', actor.parameters);
      variables.write('mean', policy.normaliser.mean);
      variables.write('variance', policy.normaliser.variance);
      const { outputs } = policyGraph(policy, actor, rows.length);
      const program = engine.compile({ outputs: { value: outputs.value! } }, variables);
      program.inputs.observation!.set(rows.flat());
      program.run();
      expect(relativeDifference(value!.data, program.outputs.value!)).toBeLessThan(1e-5);
    }
    const { metadata, tensors } = decodeOnnx(file, 'policy.onnx');
    expect(metadata).toEqual({ env: 'Identity', algo, steps: '512', source_fingerprint: checkpoint.sha256 });
    expect(tensors.get('policy/hidden2/weight')!.shape).toEqual([8, 6]);
  });
});

describe('is refused', () => {
  it('a checkpoint from before the hand-over', () => {
    const coupled = runs.mikt![5]!;
    expect(readTrainingState(coupled, 'run').agent).toBe('coupled');
    expect(() => trainedPolicy(coupled, 'a.safetensors')).toThrow(
      /^a\.safetensors: cannot be exported: it was saved before its hand-over.*\(Toy\)/,
    );
  });

  it('a policy file where a training should go on', () => {
    const file = throughFile(trainedPolicy(runs.ppo!.at(-1)!, 'run'));
    expect(() => readTrainingState(file, 'a.safetensors')).toThrow(
      /^a\.safetensors: is a policy by itself and holds no state of a training/,
    );
  });

  it('a policy without a value network as a teacher; it acts', () => {
    const policy = trainedPolicy(runs.ppo!.at(-1)!, 'run');
    const actorOnly = throughFile(
      trainedPolicy(
        throughFile({ ...policy, hasValue: false, sizes: { ...policy.sizes, valueHidden: [] } }),
        'x',
      ),
    );
    expect(Object.keys(actorOnly.tensors).filter((name) => name.includes('value/'))).toEqual([]);
    expect(() => teacherFromCheckpoint(actorOnly, 'a.safetensors')).toThrow(/it has no value network/);
    const [whole, alone] = [throughFile(policy), actorOnly].map((from) =>
      policyFromCheckpoint(from, engine, 'x'),
    );
    expect(alone!.act(observations[0]!)).toEqual(whole!.act(observations[0]!));
    expect(decodeOnnx(encodeOnnxPolicy(trainedPolicy(actorOnly, 'x'), '1'), 'x').outputs).toEqual([
      'action',
      'log_standard_deviation',
    ]);
  });

  const damages: [string, (policy: TrainedPolicy) => unknown, RegExp][] = [
    [
      'a missing tensor',
      (policy) => ({ ...policy, parameters: omit(policy.parameters, 'policy/hidden1/weight') }),
      /parameter "policy\/hidden1\/weight" \[2, 8\] is missing/,
    ],
    [
      'a weight that is not a number',
      (policy) => {
        const { shape, data } = policy.parameters['value/output/weight']!;
        return {
          ...policy,
          parameters: {
            ...policy.parameters,
            'value/output/weight': { shape, data: data.with(0, Number.NaN) },
          },
        };
      },
      /"value\/output\/weight" holds values that are not finite/,
    ],
    [
      'huge layers, before anything is allocated',
      (policy) => ({ ...policy, sizes: { ...policy.sizes, policyHidden: [2 ** 40, 2 ** 40] } }),
      /parameter "policy\/hidden1\/weight" has shape \[2, 8\] where/,
    ],
    [
      'a normaliser of another size',
      (policy) => ({ ...policy, normaliser: { ...policy.normaliser, mean: new Float64Array(3) } }),
      /normaliser's mean must be 2 finite numbers, one per observation; got 3/,
    ],
    [
      'a negative variance',
      (policy) => ({ ...policy, normaliser: { ...policy.normaliser, variance: Float64Array.of(1, -1) } }),
      /variance with ε added must be positive/,
    ],
    [
      'spaces of other sizes',
      (policy) => ({ ...policy, spaces: { ...policy.spaces, action: { size: 3, low: -1, high: 1 } } }),
      /its spaces have 2 and 3; the file is damaged/,
    ],
    ['no environment', (policy) => ({ ...policy, env: '' }), /is not a policy file \(env: /],
  ];
  it.each(damages)('%s', (_what, damage, sentence) => {
    const policy = damage(trainedPolicy(runs.ppo!.at(-1)!, 'run')) as TrainedPolicy;
    const file = throughFile(policy);
    const read = () => policyFromCheckpoint(file, engine, 'a.safetensors');
    expect(read).toThrow(FileError);
    expect(read).toThrow(/^a\.safetensors: /);
    expect(read).toThrow(sentence);
    expect(() => teacherFromCheckpoint(file, 'a.safetensors')).toThrow(sentence);
  });
});

function omit<T extends object>(object: T, key: string): object {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
}
