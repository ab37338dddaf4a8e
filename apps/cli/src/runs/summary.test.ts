import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { acquireLock, lockPath } from '../lock.js';
import { sampleSummary, TEACHER, writeSample } from './sample-runs.js';
import { methodAndTeachers, readSummary, summaryJson, tryReadSummary } from './summary.js';

const root = mkdtempSync(path.join(tmpdir(), 'mikt-summary-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const at = (...parts: string[]) => path.join(root, ...parts);

it('says how far a run is, its return now and its best', async () => {
  const run = await sampleSummary(at('plain'), { returns: [Number.NaN, 5, 9, 9, 7] });
  expect(run).toMatchObject({ state: 'finished', steps: 10_240, totals: [10_240], return100: 7 });
  expect(run.best).toEqual({ return100: 9, steps: 3 * 2048 });
  expect([run.seconds, run.stepsPerSecond]).toEqual([5, 2048]);
  expect(methodAndTeachers(run)).toBe('PPO (VPG)');
});

it('knows nothing of a return before the first episode', async () => {
  const run = await sampleSummary(at('fresh'), {
    manifest: { status: 'interrupted' },
    returns: [Number.NaN],
  });
  expect([run.return100, run.best]).toEqual([undefined, undefined]);
  const empty = await sampleSummary(at('empty'), { manifest: { status: 'failed', reason: 'loss is NaN' } });
  expect([empty.steps, empty.stepsPerSecond]).toEqual([0, undefined]);
  expect(summaryJson(empty)).toMatchObject({
    state: 'failed',
    reason: 'loss is NaN',
    return_100: null,
    best: null,
  });
});

it('tells a run whose process is gone from one that goes on', async () => {
  await writeSample(at('going'), { manifest: { status: 'running' } });
  expect((await readSummary(at('going'))).state).toBe('stopped');
  const release = acquireLock(at('going'));
  expect((await readSummary(at('going'))).state).toBe('running');
  release();
  // As a killed process leaves it: no process has a number beyond the system's highest.
  const owner = { pid: 2 ** 22 + 1, startedAt: 'then', host: hostname() };
  writeFileSync(lockPath(at('going')), JSON.stringify(owner));
  expect((await readSummary(at('going'))).state).toBe('stopped');
  await writeSample(at('again'), { manifest: { status: 'interrupted' } });
  expect((await readSummary(at('again'))).state).toBe('interrupted');
  const releaseAgain = acquireLock(at('again'));
  expect((await readSummary(at('again'))).state).toBe('running');
  releaseAgain();
});

it('names the method as figures do, with its teachers and continuations', async () => {
  const continuation = { at: '2026-05-05T00:00:00.000Z', command: [], versions: {} };
  const run = await sampleSummary(at('transfer'), {
    config: { algo: 'mikt', teacherWeights: 'random', steps: 40_960 },
    manifest: {
      teachers: [TEACHER, { ...TEACHER, env: 'Ant' }],
      continuations: [{ ...continuation, from: 20_480, to: 40_960 }],
    },
  });
  expect(methodAndTeachers(run)).toBe('MIKT, random teacher from CentipedeFour + Ant');
  expect(run.totals).toEqual([20_480, 40_960]);
  expect(summaryJson(run)).toMatchObject({ totalSteps: 40_960, continuations: [{ from: 20_480 }] });
});

it('keeps a configuration that this version does not know as it was recorded', async () => {
  const run = await sampleSummary(at('newer'), {
    manifest: { algo: 'later', config: { algo: 'later', magic: 7 } },
  });
  expect([run.method, run.config.magic]).toEqual(['later', 7]);
});

it.each([
  ['run.json', '{', 'run.json: is not JSON; the file is damaged.'],
  ['run.json', '{}', "run.json: is not a run's manifest"],
  ['metrics.csv', 'update,steps\n1\n', 'metrics.csv: line 2 has 1 cells for 2 columns; the file is damaged.'],
])('a damaged %s is a reason, no end', async (name, text, reason) => {
  const folder = at(`damaged-${reason.length}`);
  await writeSample(folder);
  writeFileSync(path.join(folder, name), text);
  const run = await tryReadSummary(folder);
  expect(run).toMatchObject({ folder, state: 'damaged', reason: expect.stringContaining(reason) });
  expect(summaryJson(run)).toEqual({ run: folder, state: 'damaged', reason: expect.any(String) });
  await expect(readSummary(folder)).rejects.toThrow(reason);
});
