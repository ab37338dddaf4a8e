import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { policyFromCheckpoint, readTrainingState } from '@mikt/algos';
import { Rng } from '@mikt/core';
import { createTfjsEngine, relativeDifference } from '@mikt/graph';
import { type DecodedCheckpoint, lastCheckpoint, readCheckpoint, readRun } from '@mikt/runs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Finished, mikt as run, temporaryFolder } from './cli.js';
import { contentsOf } from './contents.js';

const { folder, remove } = temporaryFolder();
const at = (...parts: string[]) => path.join(folder, ...parts);
const mikt = (...args: string[]) => run(args, { cwd: folder });

// Hopper and one epoch of few minibatches: real physics and networks, seconds of training.
const quick = [
  '--steps',
  '10_240',
  '--seed',
  '5',
  '--set',
  'epochs=1',
  '--set',
  'minibatches=8',
  '--set',
  'checkpointEvery=1',
];
const teacher = at('teacher');
const student = [
  ...['transfer', '--teacher', teacher, '--env', 'CentipedeFour', '--algo', 'mikt', '--preset', 'paper'],
  ...quick,
];

beforeAll(async () => {
  expect((await mikt('train', 'Hopper', ...quick, '--out', teacher)).status).toBe(0);
  expect((await mikt(...student, '--out', at('whole'))).status).toBe(0);
}, 180_000);
afterAll(remove);

describe('envs', () => {
  it('lists the seven environments with the dimensions of their models', async () => {
    const { stdout, status } = await mikt('envs', '--json');
    expect(status).toBe(0);
    const dimensions = (JSON.parse(stdout) as { name: string; observation: number; action: number }[]).map(
      ({ name, observation, action }) => `${name} ${observation}/${action}`,
    );
    expect(dimensions).toEqual([
      'CentipedeFour 97/10',
      'CentipedeSix 139/16',
      'CentipedeEight 181/22',
      'CpCentipedeSix 139/12',
      'CpCentipedeEight 181/18',
      'Ant 111/8',
      'Hopper 11/3',
    ]);
  });
});

describe('train and transfer', () => {
  it('leave a run folder that says all of how it was made', async () => {
    const { manifest, metrics, episodes } = await readRun(at('whole'));
    expect(manifest).toMatchObject({
      status: 'finished',
      env: 'CentipedeFour',
      algo: 'mikt',
      seed: 5,
      steps: 10_240,
      command: ['mikt', ...student, '--out', at('whole')],
      method: 'MIKT',
      teachers: [
        {
          env: 'Hopper',
          fingerprint: (await readCheckpoint((await lastCheckpoint(teacher))!.path)).sha256,
        },
      ],
      config: { epochs: 1, minibatches: 8, clipRange: 0.2, miCoefficient: 1 },
    });
    expect([...metrics.update!]).toEqual([0, 1, 2, 3, 4]);
    // 4 updates: ⌊0.45·4⌋ = 1 without coupling, up to ⌊0.9·4⌋ = 3 with it, then the student alone.
    expect([...metrics.phase!]).toEqual([1, 1, 2, 2, 3]);
    expect([...metrics.coupling_coefficient!]).toEqual([0, 0, 0.5, 1, Number.NaN]);
    expect(metrics['mixing/policy/1']!.slice(0, 4).every((weight) => weight > 0 && weight < 1)).toBe(true);
    expect(metrics['mixing/policy/1']![4]).toBeNaN();
    expect(episodes.steps.length).toBe(metrics.episodes!.reduce((sum, count) => sum + count, 0));
    expect(readdirSync(at('whole')).some((name) => name.startsWith('events.out.tfevents.'))).toBe(true);
    const kept = readdirSync(at('whole', 'checkpoints')).filter((name) => /^\d+\.safetensors$/.test(name));
    expect(kept).toHaveLength(3);
  });

  it('refuse an existing run and write nothing', async () => {
    const before = readFileSync(at('whole', 'run.json'));
    const { status, stderr } = await mikt(...student, '--out', at('whole'));
    expect(status).toBe(2);
    expect(stderr).toContain('mikt resume');
    expect(readFileSync(at('whole', 'run.json'))).toEqual(before);
  });
});

describe('the last phase’s checkpoint of a student', () => {
  let checkpoint: DecodedCheckpoint;
  beforeAll(async () => {
    checkpoint = await readCheckpoint((await lastCheckpoint(at('whole')))!.path);
  });

  it('holds its own networks and nothing of the teacher', () => {
    const names = Object.keys(checkpoint.tensors);
    expect(names.filter((name) => /teacher|encoder|variational|mixing/.test(name))).toEqual([]);
    expect(readTrainingState(checkpoint, 'whole').teachers).toEqual([]);
  });

  it('acts as a plain MLP of its own weights', async () => {
    const { learner, collector } = readTrainingState(checkpoint, 'whole');
    const { mean, variance } = collector.observationMoments;
    const observation = Rng.fromSeed(1).fillNormal(new Float64Array(97));
    let layer = [...observation].map((x, i) =>
      Math.min(Math.max((x - mean[i]!) / Math.sqrt(variance[i]! + 1e-8), -10), 10),
    );
    for (const name of ['hidden1', 'hidden2', 'output']) {
      const { shape, data } = learner.parameters[`policy/${name}/weight`]!;
      const bias = learner.parameters[`policy/${name}/bias`]!.data;
      const [inputs, outputs] = shape as [number, number];
      const sums = Array.from({ length: outputs }, (_, j) => {
        let sum = bias[j]!;
        for (let i = 0; i < inputs; i++) sum += layer[i]! * data[i * outputs + j]!;
        return sum;
      });
      layer = name === 'output' ? sums : sums.map(Math.tanh);
    }
    const policy = policyFromCheckpoint(checkpoint, await createTfjsEngine(), 'whole');
    expect(policy.coupled).toBe(false);
    expect(relativeDifference(policy.act(observation), layer)).toBeLessThan(1e-4);
    policy.dispose();
  });
});

describe('threads', () => {
  it('are left alone with MIKT_NO_THREADS=1, which says so and gives the same bits', async () => {
    const out = at('one-thread');
    const { status, stderr } = await run([...student, '--out', out], {
      cwd: folder,
      env: { MIKT_NO_THREADS: '1' },
    });
    expect(status).toBe(0);
    expect(stderr).toContain('; one thread.');
    expect(await contentsOf(out)).toEqual(await contentsOf(at('whole')));
  });
});

describe('doctor', () => {
  it('says what this machine has', async () => {
    const { status, stdout } = await mikt('doctor', '--json');
    expect(status).toBe(0);
    const { node, cores, engines, speed, advice } = JSON.parse(stdout);
    expect(node).toBe(process.versions.node);
    expect(cores).toBeGreaterThan(0);
    expect(engines.find(({ name }: { name: string }) => name === 'wasm simd').problem).toBeUndefined();
    for (const { stepsPerSecond } of speed) expect(stepsPerSecond).toBeGreaterThan(0);
    expect(advice.length).toBeGreaterThan(0);
  }, 60_000);
});

describe('resume', () => {
  it('after kill -9 ends as the uninterrupted run did, bit for bit', async () => {
    const out = at('killed');
    // In the middle of an update: after the checkpoint at 6,144 steps, with rows of later ones half-way.
    const reached = () => existsSync(path.join(out, 'checkpoints', '0000006144.safetensors'));
    await run([...student, '--out', out], { cwd: folder, killWhen: reached });
    expect((await readRun(out)).manifest.status).toBe('running');
    const { status } = await mikt('resume', out);
    expect(status).toBe(0);
    expect(await contentsOf(out)).toEqual(await contentsOf(at('whole')));
  }, 120_000);

  it('after Ctrl-C, which saves, says how to go on and exits with 130', async () => {
    const out = at('stopped');
    const reached = () => existsSync(path.join(out, 'checkpoints', '0000002048.safetensors'));
    const stopped = await run([...student, '--out', out], {
      cwd: folder,
      killWhen: reached,
      signal: 'SIGINT',
    });
    expect(stopped.status).toBe(130);
    expect(stopped.stderr).toContain(`mikt resume ${out}`);
    expect((await readRun(out)).manifest.status).toBe('interrupted');
    expect((await mikt('resume', out)).status).toBe(0);
    expect(await contentsOf(out)).toEqual(await contentsOf(at('whole')));
    const again = await mikt('resume', out);
    expect([again.status, again.stdout]).toEqual([0, `${out} is finished: it has its 10,240 steps.\n`]);
  }, 120_000);
});

describe('eval', () => {
  it('repeats itself, on any kind of source', async () => {
    const args = ['--episodes', '2', '--json'];
    const [first, second] = [
      await mikt('eval', at('whole'), ...args),
      await mikt('eval', (await lastCheckpoint(at('whole')))!.path, ...args),
    ];
    expect(first.status).toBe(0);
    const { checkpoint: _, ...result } = JSON.parse(first.stdout);
    const { checkpoint: __, ...same } = JSON.parse(second.stdout);
    expect(same).toEqual(result);
    expect(result).toMatchObject({
      env: 'CentipedeFour',
      algo: 'mikt',
      coupled: false,
      steps: 10_240,
      sample: false,
    });
    expect(result.episodes).toHaveLength(2);
    expect(first.stderr).toMatch(/episode 2\/2: return -?[\d,.]+/);
  });
});

describe('report', () => {
  it('writes a page and figures of several runs', async () => {
    const { status, stdout } = await mikt('report', at('whole'), teacher, '--out', at('report'), '--json');
    expect(status).toBe(0);
    const { index, figures } = JSON.parse(stdout) as { index: string; figures: string[] };
    const page = readFileSync(path.resolve(folder, index), 'utf8');
    expect(page).toMatch(/<h2 [^>]*>Hopper to /);
    expect(page).toContain('doing nothing');
    for (const figure of figures) expect(readFileSync(path.resolve(folder, figure), 'utf8')).toMatch(/^<svg/);
  });
});

describe('wrong input gets one clear sentence, its exit status, and nothing half-written', () => {
  let untouched: string[];
  beforeAll(() => {
    const checkpoint = path.join(teacher, 'checkpoints', '0000010240.safetensors');
    const bytes = readFileSync(checkpoint);
    writeFileSync(at('cut.safetensors'), bytes.subarray(0, bytes.length / 2));
    bytes[bytes.length - 100]! ^= 1;
    writeFileSync(at('flipped.safetensors'), bytes);
    writeFileSync(at('text.safetensors'), 'not a checkpoint');
    copyFileSync(path.join(at('killed'), 'checkpoints', '0000006144.safetensors'), at('coupled.safetensors'));
    untouched = readdirSync(folder);
  });

  const transfer = (...args: string[]) => ['transfer', '--env', 'Ant', '--out', 'never', ...args];
  it.each<[string, string[], number, RegExp]>([
    [
      'an unknown environment',
      ['train', 'CentipedFour', '--out', 'never'],
      2,
      /unknown environment "CentipedFour"; did you mean "CentipedeFour"\?/,
    ],
    [
      'too few legs',
      ['train', 'CentipedeTwo', '--out', 'never'],
      2,
      /"CentipedeTwo" asks for 2 legs; centipedes have 3 to 99/,
    ],
    [
      'no steps',
      ['train', 'Hopper', '--steps', '0', '--out', 'never'],
      2,
      /'0' is invalid. It takes a whole number from 1/,
    ],
    [
      'steps that are no number',
      ['train', 'Hopper', '--steps', 'many', '--out', 'never'],
      2,
      /'many' is invalid/,
    ],
    [
      'an unknown key',
      ['train', 'Hopper', '--set', 'learningrate=1', '--out', 'never'],
      2,
      /unknown key "learningrate"; did you mean "learningRate"\?/,
    ],
    [
      'an impossible value',
      ['train', 'Hopper', '--set', 'epochs=0', '--out', 'never'],
      2,
      /epochs: .*>=1.*got 0/,
    ],
    [
      'a key without value',
      ['train', 'Hopper', '--set', 'epochs', '--out', 'never'],
      2,
      /--set takes key=value, got "epochs"/,
    ],
    [
      'a contradiction',
      ['train', 'Hopper', '--steps', '1e4', '--set', 'steps=2e4', '--out', 'never'],
      2,
      /--set steps=20000 contradicts --steps 10000/,
    ],
    [
      'environments that do not divide',
      ['train', 'Hopper', '--envs', '7', '--out', 'never'],
      2,
      /envs must divide stepsPerUpdate \(2048\), got 7/,
    ],
    ['an unknown flag', ['train', 'Hopper', '--step', '5'], 2, /unknown option '--step'/],
    ['an unknown command', ['trian'], 2, /unknown command 'trian'/],
    ['an unknown engine', ['train', 'Hopper', '--engine', 'torch', '--out', 'never'], 2, /engine: .*"tfjs"/],
    [
      'an unknown algorithm',
      transfer('--algo', 'mitk', '--teacher', teacher),
      2,
      /unknown algorithm "mitk"; did you mean "mikt"\?/,
    ],
    [
      'an unknown preset',
      transfer('--preset', 'papr', '--teacher', teacher),
      2,
      /unknown preset "papr"; did you mean "paper"\?/,
    ],
    ['a transfer without teacher', transfer(), 2, /--algo mikt needs a teacher/],
    [
      'two teachers for a method that takes one',
      transfer('--algo', 'mlpp', '--teacher', teacher, '--teacher', teacher),
      2,
      /MLPP takes one teacher, got 2/,
    ],
    [
      'a teacher of other widths for a method that takes its layers over',
      transfer('--algo', 'mlpp', '--teacher', teacher, '--set', 'policyHidden=[32,32]'),
      2,
      /policyHidden: MLPP needs the hidden layers of its teacher, \[64, 64\] in .*, got \[32, 32\]/,
    ],
    [
      'a layer that the teacher does not have',
      transfer('--teacher', teacher, '--set', 'policyFeeds=[1,3]'),
      2,
      /policyFeeds: expected layers from 1 to 2 of .*, or 0 for none, got 3/,
    ],
    [
      'a preset for robots that share parts, of two that do not',
      transfer('--teacher', teacher, '--preset', 'matched'),
      2,
      /encoderStart=matched needs observations with names in common; .* have none/,
    ],
    ['too few updates', transfer('--teacher', teacher, '--steps', '4096'), 2, /1 learning update, too few/],
    [
      'a teacher that is not there',
      transfer('--teacher', 'nowhere'),
      1,
      /nowhere: there is no such file or folder/,
    ],
    [
      'a name that is not in the zoo',
      transfer('--teacher', 'zoo:CentipedeFive'),
      2,
      /unknown zoo teacher "CentipedeFive"/,
    ],
    ['half a checkpoint', transfer('--teacher', 'cut.safetensors'), 1, /cut\.safetensors: /],
    [
      'a checkpoint with a flipped bit',
      transfer('--teacher', 'flipped.safetensors'),
      1,
      /flipped\.safetensors: .*(checksum|damaged)/,
    ],
    ['a file that is no checkpoint', ['eval', 'text.safetensors'], 1, /text\.safetensors: /],
    [
      'a teacher before its hand-over',
      transfer('--teacher', 'coupled.safetensors'),
      1,
      /cannot be a teacher: it was saved before its hand-over.*\(Hopper\)/,
    ],
    [
      'a policy in another robot',
      ['eval', teacher, '--env', 'Ant'],
      2,
      /trained on Hopper \(11 observations, 3 actions\) and cannot act in Ant \(111, 8\)/,
    ],
    ['a run that is not there', ['resume', 'nowhere'], 1, /nowhere: /],
    ['a report of nothing', ['report', '--out', 'never'], 2, /missing required argument 'runs'/],
    [
      'a report of what is no run',
      ['report', 'text.safetensors', '--out', 'never'],
      1,
      /is a file; give a run/,
    ],
  ])('%s', async (_what, args, status, sentence) => {
    const result: Finished = await mikt(...args);
    expect(result.stderr).toMatch(sentence);
    expect(result.stderr).not.toMatch(/\n {4}at /);
    expect(result.status).toBe(status);
    expect(result.stdout).toBe('');
    expect(readdirSync(folder)).toEqual(untouched);
  });
});
