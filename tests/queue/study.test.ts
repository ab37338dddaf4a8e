import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { CLI, type Finished, mikt as runMikt, temporaryFolder } from '../cli.js';
import { findRedis, type RedisServer, startRedis } from './redis-server.mjs';
import { type S3StandIn, startS3 } from './s3-stand-in.js';
import { resultsOf } from './study-results.mjs';

const available = findRedis() !== undefined;
if (!available)
  console.log('Skipped: redis-server is not on the PATH (Debian: apt-get install redis-server).');

const { folder, remove } = temporaryFolder();
afterAll(remove);
const at = (...parts: string[]) => path.join(folder, ...parts);

// Hopper and one epoch of few minibatches: real physics and networks, a second or two of training.
const TINY = `
name: tiny
steps: 8_192
seeds: [1, 2]
set: { epochs: 1, minibatches: 8, checkpointEvery: 1 }
pairs: [{ teacher: teachers/four.safetensors, env: Hopper }]
methods:
  - { label: VPG, algo: vpg }
  - { label: MIKT, algo: mikt }
`;
const RUNS = ['Hopper/vpg-s1', 'four-to-Hopper/mikt-s1', 'Hopper/vpg-s2', 'four-to-Hopper/mikt-s2'];
const LONG = TINY.replace('name: tiny', 'name: long').replace('8_192', '10_000_000').replace('[1, 2]', '[1]');

const PASSWORD = 'pass/word@1';
let redis: RedisServer;
let queue: string;
let expected: Map<string, unknown>;
const results = async (out: string) =>
  new Map(await Promise.all(RUNS.map(async (name) => [name, await resultsOf(at(out, name))] as const)));

beforeAll(async () => {
  if (!available) return;
  mkdirSync(at('teachers'));
  copyFileSync(
    fileURLToPath(new URL('../../zoo/CentipedeFour.safetensors', import.meta.url)),
    at('teachers', 'four.safetensors'),
  );
  writeFileSync(at('tiny.yaml'), TINY);
  writeFileSync(at('long.yaml'), LONG);
  const local = await mikt(['study', 'run', 'tiny.yaml']);
  expect(local.status, local.stderr).toBe(0);
  expected = await results('runs/tiny');
}, 120_000);
beforeEach(async () => {
  if (!available) return;
  redis = await startRedis({ password: PASSWORD });
  queue = `redis://127.0.0.1:${redis.port}`;
  said.length = 0;
});

interface Program {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly ended: Promise<number | null>;
}
const programs: Program[] = [];
const said: string[] = [];
afterEach(async () => {
  for (const { child } of programs) child.kill('SIGKILL');
  for (const { child } of programs) child.kill('SIGCONT');
  await Promise.all(programs.splice(0).map(({ ended }) => ended));
  await redis?.stop();
});

const environment = () => ({ REDIS_PASSWORD: PASSWORD });
const mikt = (args: readonly string[], env: Record<string, string> = {}): Promise<Finished> =>
  runMikt(args, { cwd: folder, env });

/** Starts `mikt` and lets it go on. */
function start(args: readonly string[], env: Record<string, string> = {}): Program {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: folder,
    env: { ...process.env, ...environment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on('data', (data) => {
      text += data;
      said.push(String(data));
    });
  }
  const ended = once(child, 'close').then(([status]) => status as number | null);
  const program = { child, ended, said: () => text };
  programs.push(program);
  return program;
}
const startWorker = (...args: string[]) =>
  start(['worker', '--queue', queue, '--threads', '1', '--lease', '2', '--store-every', '1', ...args]);
const startStudy = (file: string, ...args: string[]) =>
  start(['study', 'run', file, '--queue', queue, ...args]);

const soon = <T>(assert: () => Promise<T> | T) => vi.waitFor(assert, { timeout: 60_000, interval: 100 });
const statusOf = async (file: string, ...args: string[]) => {
  const { stdout, stderr } = await mikt(
    ['study', 'status', file, '--queue', queue, '--json', ...args],
    environment(),
  );
  expect(stderr).toBe('');
  return JSON.parse(stdout).runs as {
    status: string;
    steps: number;
    queue?: string;
    worker?: string;
    reason?: string;
  }[];
};
const count = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].length;

/** Every file below a folder, as text. */
function* filesBelow(below: string): Generator<[string, string]> {
  for (const name of readdirSync(below, { recursive: true }) as string[]) {
    const file = path.join(below, name);
    if (statSync(file).isFile()) yield [file, readFileSync(file, 'latin1')];
  }
}

describe.skipIf(!available)('a study over several workers', () => {
  it('ends as a local study does, whatever happens to its workers and to whoever started it', async () => {
    const out = 'elsewhere/tiny';
    const run = () => startStudy('tiny.yaml', '--out', out);
    let study = run();
    const workers = [startWorker(), startWorker()];
    const begun = (worker: Program) => /: (begun|goes on at)/.test(worker.said());
    // The first worker is killed, with its run; another takes its place.
    await soon(() => expect(begun(workers[0]!)).toBe(true));
    await soon(async () =>
      expect((await statusOf('tiny.yaml', '--out', out)).some(({ steps }) => steps > 2048)).toBe(true),
    );
    workers[0]!.child.kill('SIGKILL');
    workers.push(startWorker());
    // Whoever started it goes away and comes back.
    study.child.kill('SIGINT');
    expect(await study.ended).toBe(130);
    expect(study.said()).toContain('tiny: stopping; workers go on.');
    expect(study.said()).toContain('Go on with: mikt study run tiny.yaml --out elsewhere/tiny --queue');
    study = run();
    // The second is drained and gives its run back; another takes its place.
    await soon(() => expect(begun(workers[1]!)).toBe(true));
    workers[1]!.child.kill('SIGTERM');
    expect(await workers[1]!.ended).toBe(0);
    workers.push(startWorker());
    expect(await study.ended, study.said()).toBe(0);

    expect(await results(out)).toEqual(expected);
    // Nothing is left that a local study would not leave.
    expect(
      (readdirSync(at(out), { recursive: true }) as string[]).filter((name) => /(^|\/)\./.test(name)),
    ).toEqual([]);
    const again = await mikt(['study', 'run', 'tiny.yaml', '--out', out, '--queue', queue], environment());
    expect([again.status, again.stderr]).toEqual([0, 'tiny: 4 of 4 runs are finished.\n']);
    const measured = await mikt(['study', 'measure', 'tiny.yaml', '--out', out]);
    expect(measured.status).toBe(0);

    // The password is nowhere but in the environment.
    const dump = redis.cli(
      '--no-auth-warning',
      'eval',
      "local t = {} for _, k in ipairs(redis.call('keys', '*')) do t[#t + 1] = k .. redis.call('dump', k) end return table.concat(t)",
      '0',
    );
    for (const text of [...said, dump]) expect(text).not.toMatch(/pass\/word|pass%2Fword/);
    for (const [file, text] of filesBelow(at('elsewhere')))
      expect(text.includes('pass/word'), file).toBe(false);
    // The first one's scratch folder went with the next start of a worker; the others' with their ends.
  }, 180_000);

  it('is done once, in S3, for two who ask for it at the same time', async () => {
    const s3: S3StandIn = await startS3();
    const place = ['--store', 's3://runs/studies'];
    try {
      const asked = ['one', 'two'].map((out) =>
        start(['study', 'run', 'tiny.yaml', '--queue', queue, ...place, '--out', out], s3.environment),
      );
      // The store's address is known to the worker by the job alone.
      const worker = start(
        ['worker', '--queue', queue, '--threads', '2', '--workers', '2', '--store-every', '1'],
        s3.environment,
      );
      s3.faults.push(
        { method: 'PUT', status: 500 },
        { method: 'GET', cutAt: 10 },
        { method: 'GET', status: 503 },
      );
      for (const study of asked) expect(await study.ended, study.said()).toBe(0);
      expect(count(worker.said(), /: begun/g)).toBe(4);
      expect(count(worker.said(), /: goes on at/g)).toBe(0);
      expect(await results('one')).toEqual(expected);
      expect(await results('two')).toEqual(expected);
      for (const [key, bytes] of s3.objects)
        expect(bytes.includes(s3.environment.AWS_SECRET_ACCESS_KEY!), key).toBe(false);
      for (const text of said) expect(text).not.toContain(s3.environment.AWS_SECRET_ACCESS_KEY);

      // A third one finds all of it in the store, although the queue has forgotten.
      worker.child.kill('SIGTERM');
      expect(await worker.ended).toBe(0);
      redis.cli('--no-auth-warning', 'flushall');
      const third = start(
        ['study', 'run', 'tiny.yaml', '--queue', queue, ...place, '--out', 'three'],
        s3.environment,
      );
      expect(await third.ended, third.said()).toBe(0);
      expect(await results('three')).toEqual(expected);
    } finally {
      await s3.close();
    }
  }, 180_000);

  it('goes on where a local study was stopped', async () => {
    const out = 'begun';
    const stopped = await runMikt(['study', 'run', 'tiny.yaml', '--workers', '1', '--out', out], {
      cwd: folder,
      signal: 'SIGINT',
      killWhen: () => existsSync(at(out, RUNS[0]!, 'checkpoints', '0000004096.safetensors')),
    });
    expect(stopped.status).toBe(130);
    const worker = startWorker('--workers', '2');
    const study = startStudy('tiny.yaml', '--out', out);
    expect(await study.ended, study.said()).toBe(0);
    expect(worker.said()).toContain('tiny/Hopper/vpg-s1: goes on at 4,096 steps');
    expect(await results(out)).toEqual(expected);
  }, 180_000);

  it('survives a server that loses everything, and a worker that was asleep', async () => {
    const out = 'forgotten';
    const study = startStudy('tiny.yaml', '--out', out);
    const sleeper = startWorker();
    await soon(() => expect(sleeper.said()).toContain(': begun'));
    sleeper.child.kill('SIGSTOP');
    const worker = startWorker();
    await redis.kill();
    await redis.start();
    await soon(() => expect(study.said()).toContain('The queue has lost'));
    await soon(() => expect(worker.said()).toMatch(/: (begun|goes on at)/));
    sleeper.child.kill('SIGCONT');
    await soon(() => expect(sleeper.said()).toContain('lost to another worker'));
    expect(await study.ended, study.said()).toBe(0);
    expect(await results(out)).toEqual(expected);
  }, 180_000);
});

describe.skipIf(!available)('a worker', () => {
  it('gives its run back when it is stopped, which another one goes on with', async () => {
    const study = startStudy('long.yaml', '--out', 'long');
    const first = startWorker();
    await soon(() => expect(first.said()).toContain('long/Hopper/vpg-s1: begun'));
    await soon(async () =>
      expect((await statusOf('long.yaml', '--out', 'long'))[0]!.steps).toBeGreaterThan(4096),
    );
    expect((await statusOf('long.yaml', '--out', 'long'))[0]).toMatchObject({
      status: 'running',
      queue: 'running',
      worker: expect.stringMatching(`:${first.child.pid}$`),
    });
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    expect(first.said()).toMatch(/long\/Hopper\/vpg-s1: given back at [\d,]+ steps/);
    const [run] = await statusOf('long.yaml', '--out', 'long');
    expect(run).toMatchObject({
      status: 'planned',
      queue: 'waiting',
      reason: expect.stringContaining('was stopped and gave it back at'),
    });
    const second = startWorker();
    await soon(() => expect(second.said()).toMatch(/long\/Hopper\/vpg-s1: goes on at [\d,]+ steps/));
    const log = await mikt(
      ['study', 'log', 'long.yaml', 'Hopper/vpg-s1', '--queue', queue, '--out', 'long'],
      environment(),
    );
    expect(log.stdout).toMatch(/begun at 0 steps\n.*gave it back at .*\n.*begun at \d{4,} steps\n/);
    // At once, the second time.
    second.child.kill('SIGTERM');
    second.child.kill('SIGINT');
    await second.ended;
    study.child.kill('SIGINT');
    await study.ended;
    const withdrawn = await mikt(
      ['study', 'withdraw', 'long.yaml', '--queue', queue, '--out', 'long', '--json'],
      environment(),
    );
    const { withdrawn: taken, running } = JSON.parse(withdrawn.stdout);
    expect(taken + running).toBe(2);
  }, 120_000);

  it('leaves runs of other versions of mikt alone, and says so', async () => {
    const { StudyQueue, queueAddress, fingerprintOf } = await import('@mikt/queue');
    const { queue: other } = await StudyQueue.open(queueAddress(redis.url, {}), '0.0.0-other');
    try {
      await other.add([
        {
          ...{ format: 1, study: 'tiny', folder: 'Hopper/vpg-s1', method: 'VPG', env: 'Hopper', algo: 'ppo' },
          ...{ seed: 1, steps: 2048, overrides: {}, teachers: [], fingerprint: fingerprintOf({}, []) },
          store: { id: 'x', location: '/nowhere' },
        },
      ]);
      const worker = startWorker('--until-empty');
      expect(await worker.ended).toBe(0);
      expect(worker.said()).toContain(
        '1 runs wait for workers of mikt 0.0.0-other; results of this version may differ, so it leaves them alone.',
      );
      expect((await other.counts()).total).toBe(1);
    } finally {
      await other.close();
    }
  }, 60_000);

  it('waits for a store that is away, and leaves the run to others', async () => {
    const s3 = await startS3();
    const study = start(
      ['study', 'run', 'long.yaml', '--queue', queue, '--store', 's3://runs', '--out', 'away'],
      s3.environment,
    );
    await soon(async () => expect((await statusOf('long.yaml', '--out', 'away'))[0]!.queue).toBe('waiting'));
    const worker = start(['worker', '--queue', queue, '--patience', '4'], {
      ...s3.environment,
      AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1',
    });
    expect(await worker.ended).toBe(1);
    expect(worker.said()).toMatch(
      /left to others: s3:\/\/runs\/mikt-store\.json: the store cannot be reached/,
    );
    const [run] = await statusOf('long.yaml', '--out', 'away');
    expect(run).toMatchObject({ queue: 'waiting', reason: expect.stringContaining('left it to others') });
    study.child.kill('SIGKILL');
    await study.ended;
    await s3.close();
  }, 60_000);
});

describe.skipIf(!available)('says in a sentence', () => {
  const elsewhere = ['--out', 'nowhere'];
  it.each<[string, () => string[], Record<string, string>, number, string]>([
    [
      'a wrong password',
      () => ['--queue', queue.replace('//', '//:wrong-secret@')],
      {},
      1,
      'refuses the user or the password',
    ],
    ['no password', () => ['--queue', queue], { REDIS_PASSWORD: '' }, 1, 'wants a password'],
    [
      'a wrong address',
      () => ['--queue', 'http://me:wrong-secret@host'],
      {},
      2,
      'a queue is an address such as redis://host:6379',
    ],
    ['no address', () => ['--queue'], { REDIS_URL: '' }, 2, 'no queue is given'],
    [
      'nobody there',
      () => ['--queue', 'redis://127.0.0.1:1'],
      {},
      1,
      'there is no Redis at redis://127.0.0.1:1 (connection refused)',
    ],
  ])('%s', async (_what, args, env, status, sentence) => {
    for (const command of [['study', 'run', 'tiny.yaml', ...elsewhere], ['worker']]) {
      if (command[0] === 'worker' && args().length === 1) continue;
      const finished = await mikt([...command, ...args()], { ...environment(), ...env });
      expect(finished.stderr).toContain(sentence);
      expect(finished.stderr).not.toMatch(/wrong-secret|something went wrong/);
      expect(finished.status).toBe(status);
    }
  });

  it('options that belong elsewhere', async () => {
    for (const [args, sentence] of [
      [['--store', 'x'], '--store belongs to --queue'],
      [['--queue', queue, '--workers', '2'], '--workers belongs to runs on this machine'],
    ] as const) {
      const { status, stderr } = await mikt(
        ['study', 'run', 'tiny.yaml', ...elsewhere, ...args],
        environment(),
      );
      expect([status, stderr.includes(sentence)]).toEqual([2, true]);
    }
  });

  it('a store that cannot be used', async () => {
    const args = ['study', 'run', 'tiny.yaml', ...elsewhere, '--queue', queue, '--store'];
    writeFileSync(at('file'), '');
    for (const [store, status, sentence] of [
      [at('file'), 1, 'cannot be written'],
      ['s3://runs', 1, 'the store cannot be reached (ECONNREFUSED)'],
      ['gs://runs', 2, 'a store is a folder or s3://bucket/prefix, got gs://runs.'],
    ] as const) {
      const env = {
        AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1',
        AWS_ACCESS_KEY_ID: 'a',
        AWS_SECRET_ACCESS_KEY: 'b',
      };
      const finished = await mikt([...args, store], { ...environment(), ...env });
      expect(finished.stderr).toContain(sentence);
      expect(finished.status, store).toBe(status);
    }
    const worker = await mikt(['worker', '--queue', queue, '--store', at('no-store')], environment());
    expect(worker.stderr).toContain('is no store of runs on this machine (it has no mikt-store.json)');
    expect(worker.status).toBe(1);
  });

  it('a queue that is gone for good, on both sides', async () => {
    const study = startStudy('long.yaml', '--out', 'gone', '--patience', '3');
    const worker = startWorker('--patience', '3');
    await soon(() => expect(worker.said()).toContain('long/Hopper/vpg-s1: begun'));
    await redis.kill();
    for (const program of [study, worker]) {
      expect(await program.ended).toBe(1);
      expect(program.said()).toMatch(
        /mikt: redis:\/\/127\.0\.0\.1:\d+ has not answered for \d+ s \(there is no Redis at .* \(connection refused\)/,
      );
    }
    expect(worker.said()).toContain('long/Hopper/vpg-s1: lost to another worker');
    const [run] = JSON.parse(
      (await mikt(['study', 'status', 'long.yaml', '--out', 'gone', '--json'])).stdout,
    ).runs;
    expect(run.status).toBe('planned');
  }, 60_000);
});
