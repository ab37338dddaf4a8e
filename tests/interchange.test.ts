import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isPolicyFile, policyFromCheckpoint } from '@mikt/algos';
import { Rng } from '@mikt/core';
import { createWasmEngine, decodeOnnx, relativeDifference } from '@mikt/graph';
import { lastCheckpoint, listCheckpoints, readCheckpoint, readRun } from '@mikt/runs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mikt as run, temporaryFolder } from './cli.js';

// Policies out of mikt and into it, by the command.
const { folder, remove } = temporaryFolder();
const at = (...parts: string[]) => path.join(folder, ...parts);
const mikt = (...args: string[]) => run(args, { cwd: folder });
const fixture = (name: string) =>
  fileURLToPath(new URL(`../packages/algos/src/interchange/testdata/${name}`, import.meta.url));

const set = (...assignments: string[]) => assignments.flatMap((assignment) => ['--set', assignment]);
const quick = ['--steps', '10_240', ...set('epochs=1', 'minibatches=8', 'checkpointEvery=2')];
const transfer = (teacher: string, out: string) =>
  mikt(
    'transfer',
    '--teacher',
    teacher,
    '--env',
    'CentipedeFour',
    ...quick,
    ...set('handOverThreshold=0'),
    '--out',
    out,
  );

beforeAll(async () => {
  expect((await mikt('train', 'Hopper', ...quick, '--out', 'teacher')).status).toBe(0);
  expect((await transfer('teacher', 'student')).status).toBe(0);
  copyFileSync(fixture('stable-baselines3.safetensors'), at('sb3.safetensors'));
  copyFileSync(fixture('torch.onnx'), at('torch.onnx'));
}, 180_000);
afterAll(remove);

/** Actions for random observations, some beyond the normaliser's clip. */
async function actionsOf(file: string): Promise<number[]> {
  const policy = policyFromCheckpoint(
    await readCheckpoint(file),
    await createWasmEngine({ megabytes: 16 }),
    file,
  );
  const rng = Rng.fromSeed(1);
  return Array.from({ length: 10 }, (_, i) =>
    [...rng.fillNormal(new Float64Array(policy.observationSize))].map((x) => x * (i < 7 ? 1 : 50)),
  ).flatMap((observation) => [...policy.act(observation)]);
}

describe.each(['teacher', 'student'])('the last policy of the run of a %s', (name) => {
  it('is exported, and then acts and is evaluated as the run’s last checkpoint', async () => {
    const { status, stdout } = await mikt('export', name, '--out', `${name}.safetensors`, '--json');
    expect(status).toBe(0);
    const checkpoint = (await lastCheckpoint(at(name)))!.path;
    const { origin, ...policy } = JSON.parse(stdout);
    expect(policy).toMatchObject({
      policy: `${name}.safetensors`,
      env: name === 'teacher' ? 'Hopper' : 'CentipedeFour',
      algo: name === 'teacher' ? 'ppo' : 'mikt',
      steps: 10_240,
      hasValue: true,
    });
    expect(origin.fingerprint).toBe((await readCheckpoint(checkpoint)).sha256);

    const [before, after] = [await actionsOf(checkpoint), await actionsOf(at(`${name}.safetensors`))];
    expect(relativeDifference(after, before)).toBeLessThan(1e-6);
    const evaluations = [];
    for (const given of [name, `${name}.safetensors`]) {
      const { checkpoint: _, ...result } = JSON.parse(
        (await mikt('eval', given, '--episodes', '2', '--json')).stdout,
      );
      evaluations.push(result);
    }
    expect(evaluations[1]).toEqual(evaluations[0]);
    const file = await readCheckpoint(at(`${name}.safetensors`));
    expect(isPolicyFile(file)).toBe(true);
    expect(
      Object.keys(file.tensors).filter(
        (tensor) => !/^(parameters\/(policy|value)|normaliser)\//.test(tensor),
      ),
    ).toEqual([]);
  });

  it('is exported as ONNX, and imported again', async () => {
    expect((await mikt('export', name, '--out', `${name}.onnx`)).status).toBe(0);
    const graph = decodeOnnx(readFileSync(at(`${name}.onnx`)), `${name}.onnx`);
    expect(graph.outputs).toEqual(['action', 'value', 'log_standard_deviation']);
    const env = graph.metadata.env!;
    const imported = await mikt('import', `${name}.onnx`, '--env', env, '--out', `${name}-again.safetensors`);
    expect([imported.status, imported.stderr]).toEqual([0, '']);
    const [before, after] = [
      await actionsOf(at(`${name}.safetensors`)),
      await actionsOf(at(`${name}-again.safetensors`)),
    ];
    expect(relativeDifference(after, before)).toBeLessThan(1e-5);
  });
});

describe('a policy file', () => {
  it('teaches as its run does, bit for bit', async () => {
    expect((await mikt('export', 'teacher', '--out', 'teacher.safetensors', '--force')).status).toBe(0);
    expect((await transfer('teacher.safetensors', 'student-of-file')).status).toBe(0);
    const [fromRun, fromFile] = [
      await lastCheckpoint(at('student')),
      await lastCheckpoint(at('student-of-file')),
    ];
    expect(await actionsOf(fromFile!.path)).toEqual(await actionsOf(fromRun!.path));
    const { metrics } = await readRun(at('student-of-file'));
    expect(metrics.mi_loss).toEqual((await readRun(at('student'))).metrics.mi_loss);
  }, 120_000);
});

describe('a policy of Stable-Baselines3', () => {
  it('is imported, evaluated, and teaches', async () => {
    const { status, stdout, stderr } = await mikt(
      'import',
      'sb3.safetensors',
      '--env',
      'Hopper',
      '--out',
      'hopper.safetensors',
    );
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^hopper\.safetensors: the policy of sb3\.safetensors \(Hopper, imported after 4,096 steps\), 11 obs/,
    );
    const evaluated = await mikt('eval', 'hopper.safetensors', '--episodes', '1', '--json');
    expect(JSON.parse(evaluated.stdout)).toMatchObject({
      env: 'Hopper',
      algo: 'imported',
      steps: 4096,
      coupled: false,
    });
    const taught = await transfer('hopper.safetensors', 'student-of-sb3');
    expect(taught.status).toBe(0);
    expect((await readRun(at('student-of-sb3'))).manifest.status).toBe('finished');
  }, 120_000);

  it('may be of a robot that mikt does not have, and can come as ONNX with its statistics beside it', async () => {
    const sizes = ['--observation-size', '11', '--action-size', '3'];
    const { status, stderr } = await mikt(
      ...[
        'import',
        'torch.onnx',
        '--normaliser',
        'sb3.safetensors',
        '--env',
        'Biped',
        ...sizes,
        '--out',
        'biped.safetensors',
      ],
    );
    expect([status, stderr]).toEqual([0, expect.stringMatching(/^torch\.onnx stores no log_std: .*\n$/)]);
    expect(
      (await mikt('import', 'sb3.safetensors', '--env', 'Hopper', '--out', 'same.safetensors')).status,
    ).toBe(0);
    const [onnx, stateDict] = [
      await actionsOf(at('biped.safetensors')),
      await actionsOf(at('same.safetensors')),
    ];
    expect(relativeDifference(onnx, stateDict)).toBeLessThan(1e-6);
    const evaluated = await mikt('eval', 'biped.safetensors', '--json');
    expect(evaluated.status).toBe(2);
    expect(evaluated.stderr).toContain('unknown environment "Biped"');
    expect((await mikt('eval', 'biped.safetensors', '--env', 'Hopper', '--episodes', '1')).status).toBe(0);
  });
});

describe('wrong input gets one clear sentence, its exit status, and no file', () => {
  beforeAll(async () => {
    // The first checkpoints of a transfer still lean on the teacher.
    copyFileSync((await listCheckpoints(at('student')))[0]!.path, at('coupled.safetensors'));
    writeFileSync(at('text.onnx'), 'not a network');
    writeFileSync(at('policy.zip'), 'pickles');
    writeFileSync(at('cut.safetensors'), readFileSync(at('sb3.safetensors')).subarray(0, 20_000));
    if (!existsSync(at('teacher.safetensors')))
      await mikt('export', 'teacher', '--out', 'teacher.safetensors');
  });

  const hopper = ['--env', 'Hopper', '--out', 'never.safetensors'];
  it.concurrent.each<[string, string[], number, RegExp]>([
    [
      'a checkpoint from before the hand-over',
      ['export', 'coupled.safetensors', '--out', 'never.onnx'],
      1,
      /coupled\.safetensors: cannot be exported: it was saved before its hand-over.*\(Hopper\)/,
    ],
    [
      'another format',
      ['export', 'teacher', '--out', 'never.pt'],
      2,
      /ends with \.safetensors or \.onnx, got never\.pt/,
    ],
    [
      'a file that is there',
      ['export', 'teacher', '--out', 'sb3.safetensors'],
      2,
      /sb3\.safetensors exists already; .*--force/,
    ],
    ['no output', ['export', 'teacher'], 2, /required option '--out <file>'/],
    [
      'a policy to go on with',
      ['resume', 'teacher.safetensors'],
      1,
      /teacher\.safetensors: is a policy by itself and holds no state of a training/,
    ],
    [
      'a checkpoint to go on with',
      ['resume', 'coupled.safetensors'],
      2,
      /is a checkpoint; resume takes the folder of its run/,
    ],
    [
      'a state_dict to evaluate',
      ['eval', 'sb3.safetensors'],
      1,
      /sb3\.safetensors: is a safetensors file, but not a mikt checkpoint/,
    ],
    [
      'a file that is not there',
      ['import', 'nowhere.onnx', ...hopper],
      1,
      /nowhere\.onnx: cannot be read: there is no such file/,
    ],
    [
      'pickles',
      ['import', 'policy.zip', ...hopper],
      2,
      /policy\.zip: policies are read from \.safetensors and \.onnx/,
    ],
    ['text', ['import', 'text.onnx', ...hopper], 1, /text\.onnx: is not an ONNX file/],
    ['half a file', ['import', 'cut.safetensors', ...hopper], 1, /cut\.safetensors: /],
    [
      'a policy of mikt',
      ['import', 'teacher.safetensors', ...hopper],
      1,
      /is a checkpoint or policy of mikt already/,
    ],
    [
      'another robot',
      ['import', 'sb3.safetensors', '--env', 'Ant', '--out', 'never.safetensors'],
      2,
      /sb3\.safetensors takes 11 observations and gives 3 actions, Ant has 111 and 8/,
    ],
    [
      'an unknown robot',
      ['import', 'sb3.safetensors', '--env', 'Hoper', '--out', 'never.safetensors'],
      2,
      /unknown environment "Hoper"; did you mean "Hopper"\?.*needs --observation-size and --action-size/,
    ],
    [
      'one size',
      ['import', 'sb3.safetensors', ...hopper, '--action-size', '3'],
      2,
      /go together; give both or none/,
    ],
    [
      'sizes that are not the environment’s',
      ['import', 'sb3.safetensors', ...hopper, '--observation-size', '12', '--action-size', '3'],
      2,
      /Hopper has 11 observations and 3 actions; leave/,
    ],
    [
      'two normalisers',
      ['import', 'sb3.safetensors', ...hopper, '--normaliser', 'sb3.safetensors'],
      2,
      /has a normaliser already/,
    ],
  ])('%s', async (_what, args, status, sentence) => {
    const before = readdirSync(folder);
    const result = await mikt(...args);
    expect(result.stderr).toMatch(sentence);
    expect(result.stderr).not.toMatch(/\n {4}at /);
    expect([result.status, result.stdout]).toEqual([status, '']);
    expect(readdirSync(folder)).toEqual(before);
  });
});
