// What becomes of a run folder that something happened to, as a user of the command sees it. Faults of all kinds are
// tried in bench/faults, of which tests/faults.test.ts runs a part.
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { lastCheckpoint, readCheckpoint, readRun, writeCheckpoint } from '@mikt/runs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Finished, mikt as run, temporaryFolder } from './cli.js';
import { contentsOf } from './contents.js';

const { folder, remove } = temporaryFolder();
afterAll(remove);
const at = (...parts: string[]) => path.join(folder, ...parts);
const mikt = (...args: string[]) => run(args, { cwd: folder });

const set = (...words: string[]) => words.flatMap((word) => ['--set', word]);
const SMALL = [
  ...set('stepsPerUpdate=512', 'envs=4', 'minibatches=4', 'epochs=1', 'checkpointEvery=1'),
  ...set('policyHidden=[8,8]', 'valueHidden=[8,8]'),
  ...['--steps', '4096', '--seed', '1', '--threads', '1'],
];
const TRANSFER = [
  ...['transfer', '--teacher', 'hop', '--env', 'Hopper', '--algo', 'mikt', ...SMALL],
  ...set('encoderHidden=[8]', 'variationalHidden=[8]'),
];

beforeAll(async () => {
  expect((await mikt('train', 'Hopper', ...SMALL, '--out', 'hop')).status).toBe(0);
  expect((await mikt(...TRANSFER, '--out', 'student')).status).toBe(0);
}, 120_000);

const contents = (name: string) => contentsOf(at(name));

function copy(from: string, to: string): string {
  cpSync(at(from), at(to), { recursive: true });
  return to;
}

describe('--best', () => {
  it('takes the best checkpoint of a run, for eval, export and by its path for a teacher', async () => {
    const best = path.join('hop', 'checkpoints', 'best.safetensors');
    const { stdout, status } = await mikt('eval', 'hop', '--best', '--episodes', '1', '--json');
    expect(status).toBe(0);
    const { metrics } = await readRun(at('hop'));
    const result = JSON.parse(stdout) as { checkpoint: string; steps: number };
    expect(result.checkpoint).toBe(best);
    const returns = [...metrics.return_100!];
    const rank = (await readCheckpoint(at(best))).header.run as { rank: { score: number } };
    expect(metrics.return_100![metrics.steps!.indexOf(result.steps)]).toBe(rank.rank.score);
    // Of the rows after the hundredth episode none is better.
    const full = returns.filter(
      (_, row) => metrics.episodes!.slice(0, row + 1).reduce((a, b) => a + b) >= 100,
    );
    expect(rank.rank.score).toBe(Math.max(...full));

    expect((await mikt('export', 'hop', '--best', '--out', 'best.safetensors')).stdout).toContain(best);
    const { status: recorded } = await mikt(
      ...['watch', 'hop', '--best', '--record', 'best.json', '--steps', '5'],
    );
    expect(recorded).toBe(0);
    const asTeacher = [...TRANSFER.map((word) => (word === 'hop' ? best : word)), '--out', 'of-best'];
    expect((await mikt(...asTeacher)).status).toBe(0);
  }, 120_000);

  it.each<[string, string[], number, RegExp]>([
    [
      'of a run that has none yet',
      ['eval', 'none', '--best'],
      1,
      /^mikt: none: has no best checkpoint: one is kept from .* 100 episodes .* Leave out --best/,
    ],
    [
      'of a file',
      ['eval', 'hop/checkpoints/best.safetensors', '--best'],
      2,
      /best\.safetensors is a file; give the run's folder\.$/m,
    ],
    [
      'of the zoo',
      ['export', 'zoo:Hopper', '--best', '--out', 'x.onnx'],
      2,
      /zoo:Hopper is one of the zoo's/,
    ],
  ])('%s is refused', async (_what, args, status, sentence) => {
    if (!existsSync(at('none'))) rmSync(at(copy('hop', 'none'), 'checkpoints', 'best.safetensors'));
    const result = await mikt(...args);
    expect(result.stderr).toMatch(sentence);
    expect([result.status, result.stdout]).toEqual([status, '']);
  });
});

describe('resume', () => {
  it('starts a run that was killed before its first checkpoint, with its teacher', async () => {
    const killed = copy('student', 'unbegun');
    for (const name of readdirSync(at(killed))) {
      if (name !== 'run.json' && name !== 'checkpoints') rmSync(at(killed, name), { recursive: true });
    }
    for (const name of readdirSync(at(killed, 'checkpoints'))) rmSync(at(killed, 'checkpoints', name));
    const manifest = at(killed, 'run.json');
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"finished"', '"running"'));
    cpSync(manifest, at('manifest.json'));
    const { status, stderr } = await mikt('resume', killed);
    expect(stderr).toContain(
      'unbegun was stopped before its first checkpoint; it starts from the beginning.\n',
    );
    expect(status).toBe(0);
    expect(await contents(killed)).toEqual(await contents('student'));
    expect((await readRun(at(killed))).manifest.command).toEqual(
      (await readRun(at('student'))).manifest.command,
    );

    rmSync(at(killed), { recursive: true });
    copy('student', killed);
    rmSync(at(killed, 'checkpoints'), { recursive: true });
    cpSync(at('manifest.json'), manifest);
    const teacher = (await lastCheckpoint(at('hop')))!.path;
    cpSync(teacher, at('kept'));
    cpSync(at('hop', 'checkpoints', '0000003072.safetensors'), teacher);
    const refused = await mikt('resume', killed);
    cpSync(at('kept'), teacher);
    expect(refused.stderr).toContain(
      'is not the checkpoint any more that unbegun was started with; start a new run with mikt transfer.\n',
    );
    expect(refused.status).toBe(1);
    expect(readFileSync(manifest, 'utf8')).toBe(readFileSync(at('manifest.json'), 'utf8'));
  }, 120_000);

  it('repairs a finished run that was damaged, going over its last steps again where it has to', async () => {
    const damaged = copy('hop', 'damaged');
    truncateSync(at(damaged, 'metrics.csv'), 300);
    const listed = await mikt('eval', damaged, '--episodes', '1');
    expect(listed.status).toBe(0);
    const repaired = await mikt('resume', damaged);
    expect([repaired.status, repaired.stdout]).toEqual([0, 'damaged is finished: it has its 4,096 steps.\n']);
    expect(repaired.stderr).toBe(
      'damaged/metrics.csv was damaged; its rows were restored from damaged/checkpoints/metrics.csv.\n',
    );
    expect(readFileSync(at(damaged, 'metrics.csv'))).toEqual(readFileSync(at('hop', 'metrics.csv')));

    truncateSync((await lastCheckpoint(at(damaged)))!.path, 300);
    const again = await mikt('resume', damaged);
    expect(again.stderr).toMatch(
      /^A later checkpoint could not be read \(damaged\/checkpoints\/0000004096\./,
    );
    expect(again.status).toBe(0);
    expect(await contents(damaged)).toEqual(await contents('hop'));
  }, 120_000);

  it('says of a damaged run which file it is, and what restores it', async () => {
    const damaged = copy('hop', 'told');
    writeFileSync(at(damaged, 'run.json'), '{');
    const { stderr } = await mikt('runs', 'compare', damaged, 'student');
    expect(stderr).toContain('told/run.json: is not JSON; the file is damaged.');
    const report = await mikt('report', damaged, '--out', 'never');
    expect(report.stderr).toContain(
      'told/run.json: is not JSON; the file is damaged. Its checkpoints may restore it: mikt resume told\n',
    );
    expect((await mikt('resume', damaged)).status).toBe(0);
    expect((await readRun(at(damaged))).manifest.env).toBe('Hopper');
  });

  it('goes on with a run of an earlier version, in the columns that it has', async () => {
    const earlier = copy('hop', 'earlier');
    const file = at(earlier, 'checkpoints', '0000003072.safetensors');
    const { header, tensors } = await readCheckpoint(file);
    const training = structuredClone(header.training) as {
      config: Record<string, unknown>;
      progress: Record<string, unknown>;
    };
    for (const key of ['checkpointMinutes', 'keepCheckpoints', 'onNan']) delete training.config[key];
    for (const key of ['restores', 'restoresInRow', 'warnings']) delete training.progress[key];
    for (const name of readdirSync(at(earlier, 'checkpoints'))) rmSync(at(earlier, 'checkpoints', name));
    await writeCheckpoint(file, { header: { training }, tensors });
    const manifest = JSON.parse(readFileSync(at(earlier, 'run.json'), 'utf8'));
    for (const key of ['checkpointMinutes', 'keepCheckpoints', 'onNan']) delete manifest.config[key];
    writeFileSync(at(earlier, 'run.json'), JSON.stringify({ ...manifest, status: 'interrupted' }));
    const lines = readFileSync(at(earlier, 'metrics.csv'), 'utf8').trimEnd().split('\n');
    const names = lines[0]!.split(',');
    const kept = names.flatMap((name, i) => (/^(physics_warnings|restores)$/.test(name) ? [] : [i]));
    const cut = lines.map((line) => kept.map((i) => line.split(',')[i]).join(','));
    writeFileSync(at(earlier, 'metrics.csv'), `${cut.join('\n')}\n`);

    const { status, stderr } = await mikt('resume', earlier);
    expect(stderr).toMatch(/^earlier: networks run on /);
    expect(stderr).not.toContain('damaged');
    expect(status).toBe(0);
    const [found, expected] = [await contents(earlier), await contents('hop')];
    const { physics_warnings: _, restores: __, ...columns } = expected.columns;
    expect(found).toEqual({ ...expected, columns });
  }, 120_000);
});

describe('--on-nan', () => {
  let stopped: Finished;
  beforeAll(async () => {
    stopped = await mikt('train', 'Hopper', ...SMALL, ...set('learningRate=1e39'), '--out', 'broken');
  });

  it('stop: ends with the first number that broke, and leaves what it came of', async () => {
    const { status, stderr, stdout } = stopped;
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^mikt: update 1: parameter policy\/hidden1\/weight\[\d+\] became -?Infinity in minibatch 1 of 4 of epoch 1 of 1\. What it came of and the state before are in broken\/failures\/update-1-attempt-1\. .* --on-nan restore/m,
    );
    const { manifest, metrics } = await readRun(at('broken'));
    expect(manifest.status).toBe('failed');
    expect(stderr).toContain(manifest.reason);
    expect([...metrics.update!]).toEqual([0]);
    const failure = path.join('broken', 'failures', 'update-1-attempt-1');
    expect(readdirSync(at(failure)).sort()).toEqual(['batch.safetensors', 'state.safetensors']);
    const state = await mikt('eval', path.join(failure, 'state.safetensors'), '--episodes', '1');
    expect(state.stdout).toContain('Hopper, ppo after 512 steps');
  }, 60_000);

  it('restore, at a resume too: tries other random numbers, says so, and gives up where they do not help', async () => {
    const { status, stderr } = await mikt('resume', 'broken', '--on-nan', 'restore');
    expect(status).toBe(1);
    const said = stderr.split('\n').filter((line) => line.includes('going back to the state before'));
    expect(said.map((line) => line.match(/\((\d) of at most 3 times in a row\)/)?.[1])).toEqual([
      '1',
      '2',
      '3',
    ]);
    expect(stderr).toContain('The run does not get past it by chance; change its configuration');
    expect((await readRun(at('broken'))).manifest.config.onNan).toBe('restore');
    expect(readdirSync(at('broken', 'failures')).length).toBe(4);
  }, 60_000);

  it.each([
    [['--on-nan', 'ignore'], /'ignore' is invalid\. Allowed choices are stop, restore/],
    [['--on-nan', 'stop', '--set', 'onNan=restore'], /--set onNan=restore contradicts --on-nan stop/],
    [['--set', 'keepCheckpoints=0'], /keepCheckpoints: .*>=1.*got 0/],
  ])('%j is refused', async (words, sentence) => {
    const { status, stderr } = await mikt('train', 'Hopper', ...words, '--out', 'never');
    expect(stderr).toMatch(sentence);
    expect(status).toBe(2);
    expect(existsSync(at('never'))).toBe(false);
  });
});
