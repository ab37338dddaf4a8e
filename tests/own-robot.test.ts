import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTrainingState } from '@mikt/algos';
import { lastCheckpoint, readCheckpoint, readRun } from '@mikt/runs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mikt as run, temporaryFolder } from './cli.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const { folder, remove } = temporaryFolder();
const at = (...parts: string[]) => path.join(folder, ...parts);
const mikt = (...args: string[]) => run(args, { cwd: folder });
/** As little as one update of a training, which is real in all else. */
const quick = ['--steps', '6144', '--set', 'epochs=1', '--set', 'minibatches=8'];
const tripod = ['examples/tripod/tripod.xml', '--task', 'examples/tripod/tripod.yaml'];

beforeAll(() => cpSync(path.join(root, 'examples'), at('examples'), { recursive: true }));
afterAll(remove);

async function finalParameters(runFolder: string) {
  const file = (await lastCheckpoint(runFolder))!.path;
  const { learner, progress } = readTrainingState(await readCheckpoint(file), file);
  return { learner, episodes: progress.episodes, steps: progress.steps };
}

describe('mikt envs', () => {
  it('prints the row of a model file', async () => {
    const { stdout } = await mikt('envs', ...tripod, '--json');
    expect(JSON.parse(stdout)).toEqual([
      { name: 'tripod', observation: 26, action: 6, maxEpisodeSteps: 1000 },
    ]);
  });

  it('check says what there is, and what the task leaves open', async () => {
    const { status, stdout } = await mikt('envs', 'check', ...tripod);
    expect(status).toBe(0);
    expect(stdout).toContain('observation     26: qpos/root/2…6, qpos/hip_front,');
    expect(stdout).toContain(
      'frameSkip      4         50 steps per second at the model’s timestep of 0.005 s',
    );
    expect(stdout).toMatch(/Nothing is wrong with it\.\n$/);
    // No line is longer than what a terminal shows.
    expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(100);
  });

  it('check has status 1 for what is wrong with the robot, 2 for wrong usage', async () => {
    const model = readFileSync(at('examples/tripod/tripod.xml'), 'utf8');
    writeFileSync(at('broken.xml'), model.replace('joint="hip_left"/>', 'joint="hip_lft"/>'));
    writeFileSync(at('idle.xml'), model.replace(/<actuator>[\s\S]*<\/actuator>/, ''));
    const broken = await mikt('envs', 'check', 'broken.xml');
    expect(broken).toMatchObject({ status: 1, stderr: '' });
    expect(broken.stdout).toMatch(
      /^Problem: MuJoCo refuses the model: broken\.xml, line \d+: unknown transmission target 'hip_lft'/,
    );
    const idle = await mikt('envs', 'check', 'idle.xml', '--json');
    expect(idle.status).toBe(1);
    expect(JSON.parse(idle.stdout)).toMatchObject({
      model: 'idle.xml',
      findings: [{ severity: 'problem', text: expect.stringContaining('the model has no actuators') }],
      task: { body: 'hull' },
    });
    expect(await mikt('envs', 'check', 'broken.xml', '--task', 'forwrd')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('unknown task "forwrd"; did you mean "forward"?'),
    });
    expect((await mikt('envs', 'check')).status).toBe(2);
    expect(await mikt('train', 'idle.xml', ...quick, '--out', 'runs/idle')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('takes no actions'),
    });
    expect(existsSync(at('runs/idle'))).toBe(false);
  });
});

describe('a run on a robot of one’s own', () => {
  it('goes on after Ctrl-C to the bits that it would have had', async () => {
    const train = [
      'train',
      ...tripod,
      '--seed',
      '7',
      '--steps',
      '8192',
      '--set',
      'epochs=2',
      '--set',
      'checkpointEvery=1',
    ];
    expect((await mikt(...train, '--out', 'runs/whole')).status).toBe(0);
    const metrics = at('runs/halved/metrics.csv');
    const { status, stderr } = await run([...train, '--out', 'runs/halved'], {
      cwd: folder,
      signal: 'SIGINT',
      killWhen: () => existsSync(metrics) && readFileSync(metrics, 'utf8').split('\n').length > 2,
    });
    expect(status).toBe(130);
    expect(stderr).toContain('Go on with: mikt resume runs/halved');
    // The model may be gone by then: the run has it.
    rmSync(at('runs/halved/robot'), { recursive: true });
    expect((await mikt('resume', 'runs/halved', '--threads', '1')).status).toBe(0);
    expect(await finalParameters(at('runs/halved'))).toEqual(await finalParameters(at('runs/whole')));
    expect(existsSync(at('runs/halved/robot/model/tripod.xml'))).toBe(true);
  }, 180_000);

  it('is not taken for one on a robot of the same name', async () => {
    mkdirSync(at('other'));
    const task = readFileSync(at('examples/tripod/tripod.yaml'), 'utf8');
    writeFileSync(at('other/task.yaml'), task.replace('healthyReward: 0.5', 'healthyReward: 2'));
    const evaluated = await mikt(
      ...[
        'eval',
        'runs/whole',
        '--episodes',
        '1',
        '--env',
        tripod[0]!,
        '--task',
        'other/task.yaml',
        '--json',
      ],
    );
    expect(evaluated.status).toBe(0);
    expect(evaluated.stderr).toContain(
      'is not the robot that the policy was trained on: its model or its task differs.',
    );
    const own = await mikt('eval', 'runs/whole', '--episodes', '1', '--env', 'tripod', '--json');
    expect(own.stderr).not.toContain('differs');
    expect(JSON.parse(own.stdout).mean).not.toBe(JSON.parse(evaluated.stdout).mean);

    const other = ['train', tripod[0]!, '--task', 'other/task.yaml', ...quick, '--out', 'runs/other'];
    expect((await mikt(...other)).status).toBe(0);
    const compared = await mikt('runs', 'compare', 'runs/whole', 'runs/other');
    expect(compared.stdout).toMatch(/robot +[0-9a-f]{8} +[0-9a-f]{8}/);
    const report = await mikt(
      'report',
      'runs/whole',
      'runs/other',
      '--out',
      'two',
      '--no-png',
      '--no-idle',
      '--no-rollouts',
    );
    expect(report.status).toBe(0);
    const page = readFileSync(at('two/index.html'), 'utf8');
    for (const name of ['runs/whole', 'runs/other']) {
      const { robot } = (await readRun(at(name))).manifest;
      expect(page).toContain(`tripod (${robot!.fingerprint.slice(0, 8)})`);
    }
    expect(page).toContain(
      'A robot of one’s own (tripod.xml), rewarded for the speed of its hull along [1, 0, 0].',
    );
  }, 180_000);

  it('is a conflict to a study whose robot has changed since', async () => {
    const study = 'examples/tripod/short.yaml';
    writeFileSync(
      at(study),
      `
name: short
steps: 6144
seeds: [1]
set: { epochs: 1, minibatches: 8 }
pairs: [{ teacher: ../../runs/whole, env: ./tripod-tall.xml, task: tripod.yaml }]
methods: [{ label: Copy by name, algo: mlpp, preset: matched }]
`,
    );
    expect((await mikt('study', 'run', study)).status).toBe(0);
    expect((await mikt('study', 'status', study)).stdout).not.toContain('conflicting');
    const model = at('examples/tripod/tripod-tall.xml');
    const text = readFileSync(model, 'utf8');
    writeFileSync(model, text.replace('density="300"', 'density="310"'));
    const { stdout } = await mikt('study', 'status', study);
    expect(stdout.match(/conflicting .*its robot has another model or task/g)).toHaveLength(1);
    writeFileSync(model, text);
  });

  it('leaves policies that act by themselves, and can be imported for it again', async () => {
    expect((await mikt('export', 'runs/whole', '--out', 'whole.safetensors')).status).toBe(0);
    const [own, exported] = await Promise.all(
      ['runs/whole', 'whole.safetensors'].map((given) => mikt('eval', given, '--episodes', '1', '--json')),
    );
    expect(JSON.parse(exported!.stdout).mean).toBe(JSON.parse(own!.stdout).mean);
    expect((await mikt('export', 'runs/whole', '--out', 'whole.onnx')).status).toBe(0);
    const imported = [
      'import',
      'whole.onnx',
      '--env',
      tripod[0]!,
      ...tripod.slice(1),
      '--out',
      'again.safetensors',
    ];
    expect((await mikt(...imported)).status).toBe(0);
    const again = await mikt('eval', 'again.safetensors', '--episodes', '1', '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({
      env: 'tripod',
      mean: expect.closeTo(JSON.parse(own!.stdout).mean, 3),
    });
  }, 120_000);

  it('is asked for by its file alone', async () => {
    expect(await mikt('train', 'tripod')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('unknown environment "tripod"'),
    });
    expect(await mikt('train', 'Ant', '--task', 'forward')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--task belongs to a model file'),
    });
    expect(await mikt('eval', 'runs/whole', '--task', 'forward')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('give it with --env'),
    });
  });
});
