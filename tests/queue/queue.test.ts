import { RunError } from '@mikt/core';
import {
  fingerprintOf,
  jobId,
  probe,
  queueAddress,
  type RunJob,
  RunWorker,
  registerVersion,
  StudyQueue,
  type Turn,
  type TurnEnd,
  waitingElsewhere,
} from '@mikt/queue';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { findRedis, type RedisServer, startRedis } from './redis-server.mjs';

const available = findRedis() !== undefined;
if (!available)
  console.log('Skipped: redis-server is not on the PATH (Debian: apt-get install redis-server).');

const PASSWORD = 'a/b@c%d';
const VERSION = '1.0.0';
let redis: RedisServer;
beforeAll(async () => {
  if (available) redis = await startRedis({ password: PASSWORD });
});
afterAll(() => redis?.stop());
const address = (changes: Record<string, string> = {}) =>
  queueAddress(
    Object.entries(changes).reduce((url, [from, to]) => url.replace(from, to), redis.url),
    {},
  );

let count = 0;
const newJob = (changes: Partial<RunJob> = {}): RunJob => ({
  format: 1,
  study: 'tiny',
  folder: `Hopper/vpg-s${++count}`,
  method: 'VPG',
  ...{ env: 'Hopper', algo: 'ppo', seed: 1, steps: 2048 },
  overrides: {},
  teachers: [],
  fingerprint: fingerprintOf({ count }, []),
  store: { id: 'x', location: '/nowhere' },
  ...changes,
});

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function openQueue(version = VERSION): Promise<StudyQueue> {
  const { queue } = await StudyQueue.open(address(), version);
  ends.push(() => queue.close());
  return queue;
}

function startWorker(
  take: (turn: Turn) => Promise<TurnEnd>,
  options: { version?: string; runs?: number; leaseSeconds?: number } = {},
): RunWorker {
  const worker = new RunWorker(address(), {
    ...{ version: VERSION, runs: 1, leaseSeconds: 1 },
    ...options,
    take,
    onProblem: (sentence) => problems.push(sentence),
  });
  ends.push(() => worker.drain());
  return worker;
}
const problems: string[] = [];
const finished = { status: 'finished', steps: 2048, return100: undefined } as const;

async function statusOf(queue: StudyQueue, job: RunJob) {
  return (await queue.statuses([jobId(job)])).get(jobId(job));
}
const soon = <T>(assert: () => Promise<T> | T) => vi.waitFor(assert, { timeout: 15_000, interval: 50 });

describe.skipIf(!available)('a queue of runs', () => {
  it('holds a run once, however often and by whom it is added, and finishes it once', async () => {
    const [one, other] = [await openQueue(), await openQueue()];
    const jobs = [newJob(), newJob()];
    await Promise.all([one.add(jobs), other.add(jobs), one.add(jobs)]);
    const taken: string[] = [];
    const take = async ({ job }: Turn): Promise<TurnEnd> => {
      taken.push(jobId(job));
      return finished;
    };
    startWorker(take);
    startWorker(take);
    await soon(async () => {
      for (const job of jobs) expect(await statusOf(one, job)).toBe('finished');
    });
    await other.add(jobs);
    expect(await statusOf(other, jobs[0]!)).toBe('finished');
    expect(taken.sort()).toEqual(jobs.map(jobId).sort());
    expect(await statusOf(one, newJob())).toBe('missing');
  });

  it('tells how a run stands, and what its workers said', async () => {
    const queue = await openQueue();
    const job = newJob();
    let end: (end: TurnEnd) => void = () => {};
    startWorker(async (turn) => {
      await turn.begin(100);
      await turn.report({ steps: 200, stepsPerSecond: 50, return100: 3 });
      await turn.log('see redis://me:secret@host');
      return new Promise((resolve) => {
        end = resolve;
      });
    });
    await queue.add([job]);
    const id = jobId(job);
    await soon(async () => {
      expect((await queue.read([id])).get(id)?.report).toMatchObject({
        ...{ from: 100, steps: 200, stepsPerSecond: 50, return100: 3, starts: 1 },
        worker: expect.stringMatching(/:\d+$/),
      });
    });
    expect(await queue.running(new Set([id]))).toEqual([id]);
    expect((await queue.workers()).get(VERSION)).toBe(1);
    end({ status: 'failed', reason: 'it is no good', final: true });
    await soon(async () => expect(await statusOf(queue, job)).toBe('failed'));
    const run = (await queue.read([id])).get(id)!;
    expect(run.reason).toBe('it is no good');
    expect(run.report).toMatchObject({
      ended: 'failed',
      note: { text: expect.stringMatching(/^failed on .*: it is no good$/) },
    });
    const log = (await queue.log(id)).join('\n');
    expect(log).toMatch(/begun at 100 steps\n.*see redis:\/\/\*\*\*@host\n.*failed on/);
  });

  it('tries a failed run again, three times in all, and then when somebody asks', async () => {
    const queue = await openQueue();
    const job = newJob();
    let attempts = 0;
    startWorker(async () => {
      attempts++;
      throw new Error(`attempt ${attempts}`);
    });
    await queue.add([job]);
    await soon(async () => expect(await statusOf(queue, job)).toBe('failed'));
    expect(attempts).toBe(3);
    expect((await queue.read([jobId(job)])).get(jobId(job))!.reason).toBe('attempt 3');
    await queue.retry(jobId(job));
    expect(await statusOf(queue, job)).toBe('waiting');
    await queue.withdraw([jobId(job)]);
  }, 40_000);

  it('takes a run from a worker that was stopped for too long, which notices and keeps quiet', async () => {
    const queue = await openQueue();
    const job = newJob();
    const turns: Turn[] = [];
    const worker = startWorker(
      (turn) => {
        turns.push(turn);
        return new Promise((resolve) => {
          if (turns.length > 1) resolve(finished);
          turn.signal.addEventListener('abort', () => resolve({ ...finished, steps: 999 }));
        });
      },
      { runs: 2 },
    );
    await queue.add([job]);
    await soon(() => expect(turns).toHaveLength(1));
    expect(turns[0]!.isHeld).toBe(true);
    // This thread as SIGSTOP would: no timer, no message, and the server's clock goes on.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
    expect(turns[0]!.isHeld).toBe(false);
    await turns[0]!.report({ steps: 777 });
    await soon(async () => expect(await statusOf(queue, job)).toBe('finished'));
    expect(turns[0]!.signal.reason).toBe('lost');
    expect(turns).toHaveLength(2);
    expect(turns[1]!.lease).not.toBe(turns[0]!.lease);
    const { report } = (await queue.read([jobId(job)])).get(jobId(job))!;
    expect(report?.steps).not.toBe(777);
    expect(worker.turns).toBe(0);
    expect(problems).toEqual([]);
  });

  it('gives up on a run whose workers die where it began, and not on one that moves on', async () => {
    const queue = await openQueue();
    const job = newJob();
    let [begun, steps] = [0, 0];
    startWorker(
      async (turn) => {
        begun++;
        await turn.begin(steps);
        if (begun === 3) steps = 4096;
        // As if the process were gone: no word, and no renewal.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);
        return finished;
      },
      { leaseSeconds: 0.5 },
    );
    await queue.add([job]);
    await vi.waitFor(async () => expect(await statusOf(queue, job)).toBe('failed'), { timeout: 30_000 });
    // Three times at 0, five times at 4,096, and the ninth is one too many.
    expect(begun).toBe(9);
    expect((await queue.read([jobId(job)])).get(jobId(job))!.reason).toMatch(
      /^its worker died each of the 5 times that it was begun at 4096 steps, the last time .*:\d+$/,
    );
  }, 40_000);

  it('gives a run back when it is drained, which is no failure', async () => {
    const queue = await openQueue();
    const job = newJob();
    const turns: Turn[] = [];
    const take = (turn: Turn) => {
      turns.push(turn);
      return new Promise<TurnEnd>((resolve) => {
        turn.signal.addEventListener('abort', () =>
          resolve({ status: 'returned', afterSeconds: 0, note: turn.signal.reason }),
        );
      });
    };
    for (let i = 1; i <= 4; i++) {
      const worker = startWorker(take);
      if (i === 1) await queue.add([job]);
      await soon(() => expect(turns).toHaveLength(i));
      await turns.at(-1)!.begin(0);
      await worker.drain();
      expect(await statusOf(queue, job)).toBe('waiting');
    }
    const { report } = (await queue.read([jobId(job)])).get(jobId(job))!;
    expect(report).toMatchObject({ ended: 'returned', starts: 1, note: { text: 'drain' } });
    expect(await queue.withdraw([jobId(job)])).toBe(1);
    expect(await statusOf(queue, job)).toBe('missing');
  });

  it('keeps the versions of mikt apart, and knows of each other', async () => {
    const [old, current] = [await openQueue('0.9.0'), await openQueue()];
    const jobs = [newJob(), newJob()];
    await old.add(jobs.slice(0, 1));
    let taken = 0;
    startWorker(async () => {
      taken++;
      return finished;
    });
    await current.add(jobs.slice(1));
    await soon(async () => expect(await statusOf(current, jobs[1]!)).toBe('finished'));
    expect(taken).toBe(1);
    expect(await statusOf(old, jobs[0]!)).toBe('waiting');
    expect(await waitingElsewhere(address(), VERSION)).toEqual(new Map([['0.9.0', 1]]));
    expect(await old.workers()).toEqual(
      new Map([
        ['0.9.0', 0],
        [VERSION, 1],
      ]),
    );
    await registerVersion(address(), '2.0.0');
    expect((await current.workers()).get('2.0.0')).toBe(0);
    await old.withdraw(jobs.map(jobId));
  });

  it('survives a server that does not answer for a while', async () => {
    const queue = await openQueue();
    const jobs = [newJob(), newJob()];
    const turns: Turn[] = [];
    startWorker((turn) => {
      turns.push(turn);
      return new Promise((resolve) => {
        if (turns.length > 1) resolve(finished);
        turn.signal.addEventListener('abort', () => resolve({ status: 'lost' }));
      });
    });
    await queue.add(jobs);
    await soon(() => expect(turns).toHaveLength(1));
    redis.freeze();
    await soon(() => expect(turns[0]!.signal.reason).toBe('lost'));
    await soon(() => expect(queue.pulse.silence).toBeGreaterThan(2));
    expect(queue.pulse.reason.message).toContain('does not answer');
    redis.thaw();
    await soon(async () => {
      for (const job of jobs) expect(await statusOf(queue, job)).toBe('finished');
    });
    await soon(() => expect(queue.pulse.silence).toBeLessThan(1.5));
  }, 40_000);
});

describe.skipIf(!available)('a server that cannot be used', () => {
  it.each([
    ['another password', { 'a%2Fb%40c%25d': 'other-secret' }, 'refuses the user or the password'],
    [
      'no password',
      { ':a%2Fb%40c%25d@': '' },
      'wants a password; give it in the address or as REDIS_PASSWORD',
    ],
    ['another port', { [`:${0}`]: ':1' }, 'connection refused'],
    ['a host that is none', { '127.0.0.1': 'no-such-host.invalid' }, 'is not known; give the right --queue'],
    ['a database that is none', { '': '' }, 'DB index is out of range'],
  ])('%s', async (what, changes, sentence) => {
    let given = Object.entries(changes).reduce((url, [from, to]) => url.replace(from, to), redis.url);
    if (what === 'another port') given = given.replace(String(redis.port), '1');
    if (what === 'a database that is none') given += '/99';
    const failure = probe(queueAddress(given, {}));
    await expect(failure).rejects.toThrow(RunError);
    await expect(failure).rejects.toThrow(sentence);
    await expect(failure).rejects.not.toThrow(/a\/b@c|a%2Fb|other-secret/);
  });

  it('is told from one that forgets', async () => {
    expect(await probe(address())).toEqual([]);
    redis.cli('config', 'set', 'maxmemory-policy', 'allkeys-lru');
    const [warning] = await probe(address());
    expect(warning).toContain('maxmemory-policy allkeys-lru');
    redis.cli('config', 'set', 'maxmemory-policy', 'noeviction');
  });
});
