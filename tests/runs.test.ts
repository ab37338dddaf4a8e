import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readRun } from '@mikt/runs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mikt as run, temporaryFolder } from './cli.js';
import { contentsOf } from './contents.js';

const { folder, remove } = temporaryFolder();
afterAll(remove);
const at = (...parts: string[]) => path.join(folder, ...parts);
const mikt = (...args: string[]) => run(args, { cwd: folder });

// Hopper and one epoch of few minibatches: real physics and networks, seconds of training.
const QUICK = ['epochs=1', 'minibatches=8', 'checkpointEvery=1'].flatMap((word) => ['--set', word]);
const MIKT = [
  'transfer',
  '--teacher',
  'zoo:CentipedeFour',
  '--env',
  'Hopper',
  '--set',
  'handOverThreshold=0',
];

beforeAll(async () => {
  for (const seed of ['1', '2']) {
    const trained = await mikt(
      'train',
      'Hopper',
      ...['--steps', '6144', '--seed', seed],
      ...QUICK,
      '--out',
      `runs/hop-${seed}`,
    );
    expect(trained.status).toBe(0);
  }
  const transferred = await mikt(
    ...MIKT,
    ...['--steps', '10_240', '--seed', '1'],
    ...QUICK,
    '--out',
    'runs/grid/mikt',
  );
  expect(transferred.status).toBe(0);
  mkdirSync(at('runs', 'broken'));
  writeFileSync(at('runs', 'broken', 'run.json'), '{');
}, 180_000);

const names = (stdout: string) =>
  (JSON.parse(stdout) as { run: string }[]).map((each) => path.basename(each.run));

describe('runs', () => {
  it('lists what is there, latest first, and what cannot be read with the reason', async () => {
    const { status, stdout, stderr } = await mikt('runs');
    expect([status, stderr]).toEqual([0, '']);
    const [header, ...lines] = stdout.trimEnd().split('\n');
    expect(header!.split(/ {2,}/)).toEqual([
      'run',
      'state',
      'return_100',
      'best',
      'steps',
      'env',
      'method',
      'teacher',
      'seed',
      'time',
      'steps/s',
      'started (UTC)',
    ]);
    expect(lines.map((line) => line.split(/ +/)[0])).toEqual([
      'runs/grid/mikt',
      'runs/hop-2',
      'runs/hop-1',
      'runs/broken',
      '',
      'runs/broken/run.json:',
    ]);
    expect(lines[0]).toMatch(/finished +-?[\d.]+ +-?[\d.]+ +10\.2k +Hopper +MIKT +CentipedeFour +1 /);
    expect(lines.at(-1)).toBe('runs/broken/run.json: is not JSON; the file is damaged.');
  });

  it('gives everything as JSON', async () => {
    const { status, stdout } = await mikt('runs', 'runs/hop-1', '--json');
    expect(status).toBe(0);
    const { manifest, metrics } = await readRun(at('runs', 'hop-1'));
    const last = metrics.return_100!.at(-1)!;
    expect(JSON.parse(stdout)).toMatchObject([
      {
        run: 'runs/hop-1',
        name: 'hop-1',
        state: 'finished',
        env: 'Hopper',
        method: 'PPO (VPG)',
        teachers: [],
        seed: 1,
        steps: 6144,
        totalSteps: 6144,
        return_100: last,
        best: { return_100: Math.max(...metrics.return_100!) },
        seconds: metrics.seconds!.at(-1)!,
        config: manifest.config,
        command: manifest.command,
      },
    ]);
  });

  it('filters and sorts', async () => {
    const found = async (...args: string[]) => names((await mikt('runs', '--json', ...args)).stdout);
    expect(await found('--filter', 'algo=vpg')).toEqual(['hop-2', 'hop-1']);
    expect(await found('--filter', 'seed=1', '--sort', 'steps')).toEqual(['mikt', 'hop-1']);
    expect(await found('--filter', 'state=damaged')).toEqual(['broken']);
    expect(await found('runs/grid', 'runs/hop-1', 'runs/grid/mikt')).toEqual(['mikt', 'hop-1']);
    const none = await mikt('runs', '--filter', 'env=Hoper', '--json');
    expect([none.status, JSON.parse(none.stdout)]).toEqual([0, []]);
    expect(none.stderr).toContain('No run has this env; what there is: Hopper.');
  });

  it('says of an empty folder that it has none', async () => {
    mkdirSync(at('empty'));
    for (const result of [await mikt('runs', 'empty'), await run(['runs'], { cwd: at('empty') })]) {
      expect([result.status, result.stdout]).toEqual([0, '']);
      expect(result.stderr).toMatch(/^There are no runs in \w+; mikt train and mikt transfer make them\.\n$/);
    }
  });

  it('tells a run that goes on from one whose process was killed', async () => {
    const out = 'live/killed';
    let isSeen = false;
    const training = run(['train', 'Hopper', '--steps', '1e6', ...QUICK, '--out', out], {
      cwd: folder,
      killWhen: () => isSeen,
    });
    const state = async () => JSON.parse((await mikt('runs', 'live', '--json')).stdout)[0]?.state;
    await expect.poll(state, { timeout: 30_000 }).toBe('running');
    isSeen = true;
    await training;
    expect(await state()).toBe('stopped');
  });
});

describe('runs compare', () => {
  it('says where only the seeds differ', async () => {
    const { status, stdout } = await mikt('runs', 'compare', 'runs/hop-1', 'runs/hop-2');
    expect(status).toBe(0);
    expect(stdout).toContain('The same configuration, seeds 1, 2.\n');
    expect(stdout).not.toContain('Versions');
  });

  it('tells differences, returns at common steps and cost', async () => {
    const args = ['runs', 'compare', 'runs/hop-1', 'runs/grid'];
    const { stdout } = await mikt(...args);
    expect(stdout).toMatch(/^A {2}runs\/hop-1 +PPO \(VPG\) on Hopper, seed 1, finished$/m);
    expect(stdout).toMatch(/^algo +ppo +mikt$/m);
    expect(stdout).toMatch(/^6,000 +-?[\d.]+ +-?[\d.]+$/m);
    expect(stdout).toMatch(/^planned +6,144 +10,240$/m);
    const { configuration, differInSeedsOnly, returns, runs } = JSON.parse(
      (await mikt(...args, '--json')).stdout,
    );
    expect(differInSeedsOnly).toBe(false);
    expect(configuration).toMatchObject({
      algo: ['ppo', 'mikt'],
      steps: [6144, 10_240],
      handOverThreshold: [null, 0],
    });
    expect(configuration.epochs).toBeUndefined();
    expect(returns.steps).toEqual([1000, 2000, 3000, 4000, 5000, 6000]);
    // The last update before step 6,000 is the second, at 4,096.
    const { metrics } = await readRun(at('runs', 'hop-1'));
    expect(returns.return_100[0].at(-1)).toBe(metrics.return_100![1]);
    expect(runs.map((each: { run: string }) => each.run)).toEqual(['runs/hop-1', 'runs/grid/mikt']);
  });
});

describe('resume --steps', () => {
  const contents = (runFolder: string) => contentsOf(at(runFolder));

  it('goes on with a finished run and says what becomes of its schedules; killed, it ends with the same bits', async () => {
    cpSync(at('runs', 'hop-1'), at('more', 'whole'), { recursive: true });
    cpSync(at('runs', 'hop-1'), at('more', 'killed'), { recursive: true });
    const { status, stderr, stdout } = await mikt('resume', 'more/whole', '--steps', '12_000');
    expect(status).toBe(0);
    const said = stderr.split('\n');
    expect(said.slice(0, 2)).toEqual([
      '12,000 steps are rounded up to 12,288: 6 passes of 2,048 steps, the first of which only fills the normaliser.',
      'The run goes on from 6,144 to 12,288 steps.',
    ]);
    // Update 3 of 5.
    expect(said[2]).toMatch(
      /^Its learning rate .* spread over 12,288: it jumps up to 0\.00018 and falls to 0 again\.$/,
    );
    expect(stdout).toMatch(/^PPO \(VPG\) on Hopper: 12,288 steps, /);
    const { manifest, metrics } = await readRun(at('more', 'whole'));
    expect(manifest).toMatchObject({ status: 'finished', steps: 12_288, config: { steps: 12_288 } });
    expect(manifest.continuations).toMatchObject([
      { from: 6144, to: 12_288, command: ['mikt', 'resume', 'more/whole', '--steps', '12_000'] },
    ]);
    expect([...metrics.steps!]).toEqual([1, 2, 3, 4, 5, 6].map((pass) => 2048 * pass));
    const rates = [...metrics.learning_rate!].slice(1).map((rate) => Number((rate / 3e-4).toFixed(9)));
    expect(rates).toEqual([1, 0.5, 0.6, 0.4, 0.2]);

    const reached = () => existsSync(at('more', 'killed', 'checkpoints', '0000008192.safetensors'));
    await run(['resume', 'more/killed', '--steps', '12_288'], { cwd: folder, killWhen: reached });
    expect((await readRun(at('more', 'killed'))).manifest).toMatchObject({
      status: 'running',
      steps: 12_288,
    });
    expect((await mikt('resume', 'more/killed')).status).toBe(0);
    expect(await contents('more/killed')).toEqual(await contents('more/whole'));

    const { stdout: list } = await mikt('runs', 'more');
    expect(list).toMatch(/^more\/whole +finished .* 6\.14k\+6\.14k /m);
    const { stdout: compared } = await mikt('runs', 'compare', 'runs/hop-1', 'more/whole');
    expect(compared).toMatch(/^continuedFrom +- +\[6144\]$/m);
  }, 120_000);

  it('never gives a student its teacher back', async () => {
    cpSync(at('runs', 'grid', 'mikt'), at('more', 'mikt'), { recursive: true });
    const { status, stderr } = await mikt('resume', 'more/mikt', '--steps', '30_720');
    expect(status).toBe(0);
    expect(stderr).toContain('The student is alone and stays alone: it does not take its teacher back.\n');
    const { metrics } = await readRun(at('more', 'mikt'));
    // 4 updates, the last one alone; of 14 updates the first 6 would have no coupling.
    expect([...metrics.phase!]).toEqual([1, 1, 2, 2, ...Array(11).fill(3)]);
  }, 120_000);

  it('takes an interrupted run to its own end first', async () => {
    const reached = () => existsSync(at('more', 'stopped', 'checkpoints', '0000002048.safetensors'));
    const stopped = await run(
      ['train', 'Hopper', ...['--steps', '6144', '--seed', '1'], ...QUICK, '--out', 'more/stopped'],
      { cwd: folder, killWhen: reached, signal: 'SIGINT' },
    );
    expect(stopped.status).toBe(130);
    const { status, stderr } = await mikt('resume', 'more/stopped', '--steps', '12_288');
    expect(status).toBe(0);
    expect(stderr).toContain(
      'more/stopped first goes to its 6,144 steps as planned, and then on to 12,288.\n',
    );
    expect(await contents('more/stopped')).toEqual(await contents('more/whole'));
  }, 120_000);

  it('leaves a finished run alone that has as many', async () => {
    const before = readFileSync(at('runs', 'hop-1', 'run.json'));
    const { status, stdout } = await mikt('resume', 'runs/hop-1', '--steps', '6144');
    expect([status, stdout]).toEqual([0, 'runs/hop-1 is finished: it has its 6,144 steps.\n']);
    expect(readFileSync(at('runs', 'hop-1', 'run.json'))).toEqual(before);
  });
});

it.concurrent.each<[string, string[], number, RegExp]>([
  ['an unknown folder', ['runs', 'nowhere'], 1, /^mikt: nowhere: there is no such folder\.\n$/],
  ['a file', ['runs', 'runs/hop-1/run.json'], 1, /is a file; give a run folder, or a folder of runs/],
  [
    'an unknown filter key',
    ['runs', '--filter', 'sed=1'],
    2,
    /unknown filter key "sed"; did you mean "seed"\?/,
  ],
  ['a filter without value', ['runs', '--filter', 'env'], 2, /--filter takes key=value, got "env"/],
  [
    'an unknown state',
    ['runs', '--filter', 'state=runing'],
    2,
    /unknown state "runing"; did you mean "running"\?/,
  ],
  ['an unknown order', ['runs', '--sort', 'size'], 2, /Allowed choices are started, return, steps, cost/],
  ['a comparison of nothing', ['runs', 'compare'], 2, /missing required argument 'runs'/],
  [
    'a comparison of one',
    ['runs', 'compare', 'runs/hop-1'],
    2,
    /takes two runs or more, and there is one in runs\/hop-1/,
  ],
  [
    'a comparison of none that is left',
    ['runs', 'compare', 'runs', '--filter', 'env=Ant'],
    2,
    /there are none in runs with these filters/,
  ],
  ['a comparison with a damaged run', ['runs', 'compare', 'runs'], 1, /broken\/run\.json: is not JSON/],
  [
    'fewer steps than done',
    ['resume', 'runs/hop-1', '--steps', '4096'],
    2,
    /^mikt: the run is planned for 6,144 steps, and --steps takes a larger total, got 4,096\.\n$/,
  ],
  ['steps that are no number', ['resume', 'runs/hop-1', '--steps', 'more'], 2, /'more' is invalid/],
])('%s is refused', async (_what, args, status, sentence) => {
  const before = readdirSync(at('runs', 'hop-1'));
  const result = await mikt(...args);
  expect(result.stderr).toMatch(sentence);
  expect(result.stderr).not.toMatch(/\n {4}at /);
  expect([result.status, result.stdout]).toEqual([status, '']);
  expect(readdirSync(at('runs', 'hop-1'))).toEqual(before);
});
