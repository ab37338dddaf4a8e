import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readRun } from '@mikt/runs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Finished, mikt as run, temporaryFolder } from './cli.js';

const { folder, remove } = temporaryFolder();
afterAll(remove);
const at = (...parts: string[]) => path.join(folder, ...parts);
const mikt = (args: readonly string[], options: Partial<Parameters<typeof run>[1]> = {}): Promise<Finished> =>
  run(['study', ...args], { cwd: folder, ...options });

// Hopper and one epoch of few minibatches: real physics and networks, seconds of training.
const TINY = `
name: tiny
steps: 12_288
seeds: [1, 2]
set: { epochs: 1, minibatches: 8, checkpointEvery: 1 }
pairs: [{ teacher: "zoo:CentipedeFour", env: Hopper }]
methods:
  - { label: VPG, algo: vpg }
  - { label: MIKT, algo: mikt }
`;
const RUNS = [
  'Hopper/vpg-s1',
  'CentipedeFour-to-Hopper/mikt-s1',
  'Hopper/vpg-s2',
  'CentipedeFour-to-Hopper/mikt-s2',
];

const manifestFile = (out: string, name: string) => at(out, name, 'run.json');
const statusOf = (out: string, name: string): string | undefined => {
  const file = manifestFile(out, name);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).status : undefined;
};
const finishedRuns = (out: string) => RUNS.filter((name) => statusOf(out, name) === 'finished');
/** Changes with every write to a run's manifest. */
const stamp = (out: string, name: string) => statSync(manifestFile(out, name)).mtimeMs;
/** For a while: later ones replace it. */
const firstCheckpoint = (out: string, name: string) =>
  existsSync(at(out, name, 'checkpoints', '0000002048.safetensors'));
const lockOf = (out: string, name: string) => at(out, path.dirname(name), `.${path.basename(name)}.lock`);
const runningPid = (out: string, name: string): number =>
  JSON.parse(readFileSync(lockOf(out, name), 'utf8')).pid;

async function expectAllFinished(out: string): Promise<void> {
  expect(finishedRuns(out)).toEqual(RUNS);
  for (const name of RUNS) {
    const { manifest, metrics } = await readRun(at(out, name));
    // 6 passes, each once and in order.
    expect([...metrics.steps!]).toEqual([1, 2, 3, 4, 5, 6].map((pass) => 2048 * pass));
    expect(manifest.seed).toBe(Number(name.at(-1)));
    expect(manifest.config).toMatchObject({ epochs: 1, minibatches: 8 });
    expect(manifest.teachers.map(({ source }) => source)).toEqual(
      name.includes('mikt') ? ['zoo:CentipedeFour'] : [],
    );
  }
  const left = readdirSync(at(out), { recursive: true }) as string[];
  expect(left.filter((name) => /\.(lock|log|tmp)$/.test(name))).toEqual([]);
}

beforeAll(() => writeFileSync(at('tiny.yaml'), TINY));

describe('study run', () => {
  it('killed in the middle goes on at its next start, and runs nothing twice', async () => {
    const out = 'runs/tiny';
    const killed = await mikt(['run', 'tiny.yaml', '--workers', '2'], {
      killWhen: () => finishedRuns(out).length > 0,
    });
    expect(killed.status).toBeNull();
    const before = finishedRuns(out);
    expect(before.length).toBeGreaterThan(0);
    expect(before.length).toBeLessThan(RUNS.length);
    const stamps = before.map((name) => stamp(out, name));

    const again = await mikt(['run', 'tiny.yaml', '--workers', '2', '--json']);
    expect(again.stderr).toContain('2 runs at a time');
    expect(again.status).toBe(0);
    expect(before.map((name) => stamp(out, name))).toEqual(stamps);
    await expectAllFinished(out);
    const { runs, failed } = JSON.parse(again.stdout);
    expect(failed).toEqual([]);
    expect(runs.map((each: { run: string }) => each.run)).toEqual(
      RUNS.map((name) => path.join(out, ...name.split('/'))),
    );
    for (const each of runs) expect(each).toMatchObject({ status: 'finished', steps: 12_288 });

    const allStamps = RUNS.map((name) => stamp(out, name));
    const third = await mikt(['run', 'tiny.yaml']);
    expect([third.status, third.stderr]).toEqual([0, 'tiny: 4 of 4 runs are finished.\n']);
    expect(RUNS.map((name) => stamp(out, name))).toEqual(allStamps);
  }, 240_000);

  it('reports a run that failed, does not stop the others for it, and goes on with it at its next start', async () => {
    const [victim] = RUNS;
    let pid: number | undefined;
    const first = await mikt(['run', 'tiny.yaml', '--workers', '2', '--out', 'failing'], {
      killWhen: () => {
        if (pid === undefined && firstCheckpoint('failing', victim!)) {
          pid = runningPid('failing', victim!);
          process.kill(pid, 'SIGKILL');
        }
        return false;
      },
    });
    expect(pid).toBeDefined();
    expect(first.status).toBe(1);
    expect(first.stderr).toContain('vpg-s1 failed: its process was ended by SIGKILL');
    expect(first.stderr).toContain('Go on with: mikt study run tiny.yaml --out failing');
    expect(finishedRuns('failing')).toEqual(RUNS.slice(1));
    expect((await mikt(['run', 'tiny.yaml', '--out', 'failing'])).status).toBe(0);
    await expectAllFinished('failing');
  }, 240_000);

  it('saves and stops on Ctrl-C, and lets no second one in', async () => {
    const out = 'stopped';
    // So long that it cannot be over before the second one has been refused.
    writeFileSync(at('long.yaml'), TINY.replace('12_288', '10_000_000'));
    let [asked, refused]: [boolean, Finished | undefined] = [false, undefined];
    const stopped = await mikt(['run', 'long.yaml', '--workers', '2', '--out', out], {
      signal: 'SIGINT',
      killWhen: () => {
        if (!asked && firstCheckpoint(out, RUNS[0]!)) {
          asked = true;
          void mikt(['run', 'long.yaml', '--out', out]).then((second) => {
            refused = second;
          });
        }
        return refused !== undefined;
      },
    });
    expect(refused!.status).toBe(1);
    expect(refused!.stderr).toMatch(/stopped: another process works on it \(process \d+\)/);
    expect(stopped.status).toBe(130);
    expect(stopped.stderr).toContain(`Go on with: mikt study run long.yaml --out ${out}`);
    const { stdout } = await mikt(['status', 'long.yaml', '--out', out, '--json']);
    const states = JSON.parse(stdout).runs as { status: string; steps: number }[];
    expect(states.map(({ status }) => status)).toEqual(['interrupted', 'interrupted', 'planned', 'planned']);
    expect(states[0]!.steps).toBeGreaterThanOrEqual(2048);
  }, 240_000);

  it('runs those alone that are asked for', async () => {
    const asked = ['tiny.yaml', '--out', 'some', '--only', 'vpg-s2'];
    const before = JSON.parse((await mikt(['plan', ...asked, '--json'])).stdout);
    expect(before.runs.map(({ run }: { run: string }) => run)).toEqual(['some/Hopper/vpg-s2']);
    const { status, stdout, stderr } = await mikt(['run', ...asked]);
    expect(stderr).toContain('tiny: 0 of 1 chosen runs are finished; one run at a time');
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^tiny: 1 of 1 chosen runs are finished\. /)]);
    const all = JSON.parse((await mikt(['status', 'tiny.yaml', '--out', 'some', '--json'])).stdout);
    expect(all.runs.map(({ status: each }: { status: string }) => each).sort()).toEqual([
      'finished',
      'planned',
      'planned',
      'planned',
    ]);
    expect(await mikt(['run', 'tiny.yaml', '--out', 'some', '--only', 'ppo-*'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--only "ppo-*" matches no run of this study'),
    });
  }, 60_000);

  it('refuses a folder whose runs the file no longer describes, and changes nothing', async () => {
    writeFileSync(at('changed.yaml'), TINY.replace('minibatches: 8', 'minibatches: 4'));
    const stamps = RUNS.map((name) => stamp('failing', name));
    for (const command of ['run', 'plan']) {
      const { status, stderr } = await mikt([command, 'changed.yaml', '--out', 'failing']);
      expect(stderr).toMatch(/vpg-s1: it has minibatches 8 and the study asks for 4\./);
      expect(status).toBe(2);
    }
    expect(RUNS.map((name) => stamp('failing', name))).toEqual(stamps);
  }, 60_000);
});

describe('study measure', () => {
  it('compares what is finished with training from scratch', async () => {
    const args = ['measure', 'tiny.yaml', '--at', '6k,12_288', '--threshold', '15'];
    const { status, stdout } = await mikt([...args, '--json']);
    expect(status).toBe(0);
    const { baseline, measures } = JSON.parse(stdout);
    expect(baseline).toBe('VPG');
    expect(measures.map(({ measure }: { measure: string }) => measure)).toEqual([
      'jumpstart',
      'return at 6000',
      'return at 12288',
      'mean return',
      'transfer ratio',
      'final return',
      'steps to threshold',
    ]);
    const finals = await Promise.all(
      RUNS.map(async (name) => (await readRun(at('runs/tiny', name))).metrics.return_100!.at(-1)!),
    );
    const final = measures.find(({ measure }: { measure: string }) => measure === 'final return');
    expect(final).toMatchObject({ method: 'MIKT', runs: 2, baselineRuns: 2 });
    expect(final.value).toBeCloseTo((finals[1]! + finals[3]!) / 2, 9);
    expect(final.baselineValue).toBeCloseTo((finals[0]! + finals[2]!) / 2, 9);
    expect(final.welch.low).toBeLessThan(final.difference);

    const text = await mikt(args);
    expect(text.stdout).toContain('CentipedeFour-to-Hopper\nmethod');
    expect(text.stdout).toContain('steps to a return of 15');
    expect((await mikt([...args, '--baseline', 'PPO'])).stderr).toMatch(
      /unknown baseline "PPO".*Known: VPG, MIKT/,
    );
    const nothing = await mikt([...args, '--out', 'never']);
    expect([nothing.status, nothing.stderr]).toEqual([
      1,
      'mikt: never: no run of this study is finished; run it with: mikt study run tiny.yaml\n',
    ]);
  }, 60_000);
});

describe('study plan', () => {
  const studies = fileURLToPath(new URL('../studies', import.meta.url));
  it.each(readdirSync(studies).filter((name) => /\.(ya?ml|json)$/.test(name)))(
    'finds everything that studies/%s needs',
    async (name) => {
      const { status, stdout, stderr } = await mikt(['plan', path.join(studies, name), '--json']);
      expect(stderr).toBe('');
      expect(status).toBe(0);
      const { study, runs, stepsLeft, stepsTotal } = JSON.parse(stdout);
      expect(study).toBe(path.parse(name).name);
      expect(stepsLeft).toBe(stepsTotal);
      expect(runs.length).toBeGreaterThan(2);
    },
    60_000,
  );

  it.each<[string, string, number, RegExp]>([
    [
      'an unknown environment',
      TINY.replace('env: Hopper', 'env: Hoper'),
      2,
      /unknown environment "Hoper"; did you/,
    ],
    [
      'an unknown zoo teacher',
      TINY.replace('zoo:CentipedeFour', 'zoo:None'),
      2,
      /unknown zoo teacher "None"/,
    ],
    [
      'a teacher that is not there',
      TINY.replace('zoo:CentipedeFour', './nowhere.safetensors'),
      1,
      /nowhere\.safetensors: there is no such file or folder/,
    ],
    ['an unknown key', TINY.replace('epochs', 'epoch'), 2, /unknown key "epoch"; did you mean "epochs"\?/],
    ['an empty file', '', 2, /a study is a map with the keys/],
    ['too few steps', TINY.replace('12_288', '2_048'), 2, /method "MIKT": .*too few/],
  ])('refuses %s', async (_what, study, status, sentence) => {
    writeFileSync(at('wrong.yaml'), study);
    for (const command of ['plan', 'run']) {
      const result = await mikt([command, 'wrong.yaml', '--out', 'never']);
      expect(result.stderr).toMatch(sentence);
      expect(result.stderr).not.toMatch(/\n {4}at /);
      expect([result.status, result.stdout]).toEqual([status, '']);
    }
    expect(existsSync(at('never'))).toBe(false);
  });
});

it('wrong usage exits with 2', async () => {
  for (const args of [
    [],
    ['plan'],
    ['measure', 'tiny.yaml', '--at', 'soon'],
    ['run', 'tiny.yaml', '--workers', '0'],
  ]) {
    const { status, stdout } = await mikt(args);
    expect([status, stdout]).toEqual([2, '']);
  }
  expect(await mikt(['run', 'nowhere.yaml'])).toMatchObject({
    status: 1,
    stderr: 'mikt: nowhere.yaml: cannot be read: there is no such file or folder.\n',
  });
});
