// What of a damaged run folder is put right when the run goes on.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { FileError, InvalidInputError } from '@mikt/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  bestPath,
  lastCheckpoint,
  listCheckpoints,
  readCheckpoint,
  resolveCheckpoint,
} from './checkpoint-files.js';
import { createRun, inspectRun, openRun, repairRun } from './folder.js';
import type { NewRunManifest } from './manifest.js';
import { readRun } from './read-run.js';
import type { Rank } from './run-record.js';
import { decodeSafetensors } from './safetensors.js';

const manifest: NewRunManifest = {
  name: 'Ant-ppo-s1',
  createdAt: '2026-01-02T03:04:05.678Z',
  command: ['mikt', 'train', 'Ant', '--seed', '1'],
  status: 'running',
  config: { steps: 10_240, learningRate: 3e-4 },
  env: 'Ant',
  algo: 'ppo',
  seed: 1,
  steps: 10_240,
  versions: { mikt: '0.0.0', node: '20.20.2' },
  host: { platform: 'linux', arch: 'x64', cores: 2, cpu: 'some' },
};
const columns = ['update', 'steps', 'return_100'];

let parent: string;
let folder: string;
beforeEach(async () => {
  parent = await fs.mkdtemp(path.join(os.tmpdir(), 'mikt-runs-'));
  folder = path.join(parent, 'run');
});
afterEach(async () => {
  vi.restoreAllMocks();
  await fs.rm(parent, { recursive: true });
});

async function appendUpdate(
  run: Awaited<ReturnType<typeof createRun>>,
  update: number,
  rank?: Rank,
): Promise<void> {
  const steps = update * 2048;
  run.appendEpisode({ steps: steps - 7, return: update / 3, length: 100 });
  run.appendMetrics({ update, steps, return_100: update / 3 });
  await run.saveCheckpoint(steps, { header: { steps }, tensors: {} }, rank);
}

/** A run of `updates` updates of 2,048 steps; `scores` are their ranks, all of one group. */
async function makeRun(updates: number, scores: readonly (number | null)[] = []): Promise<void> {
  const run = await createRun(folder, manifest, columns);
  for (let update = 1; update <= updates; update++) {
    const score = scores[update - 1];
    await appendUpdate(run, update, score === undefined ? undefined : { group: 'student', score });
  }
  run.close();
}

const at = (...parts: string[]) => path.join(folder, ...parts);
const read = (...parts: string[]) => fs.readFile(at(...parts), 'utf8');
const logs = async () => [await read('metrics.csv'), await read('episodes.csv')];

/** Opens the run and says what was put right. */
async function reopen(): Promise<readonly string[]> {
  const { run, repaired } = await openRun(folder);
  run.close();
  return repaired;
}

/** What may happen to a file. */
const damages: Readonly<Record<string, (file: string) => Promise<unknown>>> = {
  'is cut short': async (file) => fs.truncate(file, Math.floor((await fs.stat(file)).size / 2)),
  'is empty': (file) => fs.truncate(file, 0),
  'is missing': (file) => fs.rm(file),
  'has another digit': async (file) => {
    const text = await fs.readFile(file, 'utf8');
    const position = text.search(/0\.3/);
    await fs.writeFile(file, `${text.slice(0, position)}0.4${text.slice(position + 3)}`);
  },
  'has a flipped bit': async (file) => {
    const bytes = await fs.readFile(file);
    bytes[bytes.length - 3]! ^= 0x80;
    await fs.writeFile(file, bytes);
  },
};

describe.each(['metrics.csv', 'episodes.csv'])('%s', (name) => {
  it.each(Object.keys(damages))('that %s is restored from its copy, and says so', async (how) => {
    await makeRun(3);
    const whole = await logs();
    await damages[how]!(at(name));
    const repaired = await reopen();
    expect(repaired).toEqual([
      `${at(name)} was ${how === 'is missing' ? 'missing' : 'damaged'}; its rows were restored from ${at('checkpoints', name)}.`,
    ]);
    expect(await logs()).toEqual(whole);
    expect(await reopen()).toEqual([]);
  });

  it.each(Object.keys(damages))('gives its copy back where that %s', async (how) => {
    await makeRun(3);
    const whole = await logs();
    await damages[how]!(at('checkpoints', name));
    expect(await reopen()).toEqual([expect.stringContaining(`it was written anew from ${at(name)}.`)]);
    expect(await logs()).toEqual(whole);
    expect(await read('checkpoints', name)).toBe(whole[name === 'metrics.csv' ? 0 : 1]);
  });
});

describe('logs', () => {
  it('that are damaged together with their copies keep the rows that can be read, and are set aside', async () => {
    await makeRun(4);
    const text = await read('metrics.csv');
    const damaged = text.replace('2,4096,', '2,4096x,');
    await fs.writeFile(at('metrics.csv'), damaged);
    await fs.rm(at('checkpoints', 'metrics.csv'));
    expect(await reopen()).toEqual([
      `${at('metrics.csv')} was damaged, and so is its copy ${at('checkpoints', 'metrics.csv')}: 3 of the 4 rows up ` +
        `to step 8192 could be kept; what was there is in ${at('metrics.csv')}.damaged.`,
    ]);
    expect((await readRun(folder)).metrics.steps).toEqual(new Float64Array([2048, 6144, 8192]));
    expect(await read('metrics.csv.damaged')).toBe(damaged);
  });

  it('that go further than a damaged last checkpoint are cut to the one before', async () => {
    await makeRun(3);
    const last = (await lastCheckpoint(folder))!.path;
    await fs.truncate(last, 100);
    await fs.truncate(at('metrics.csv'), 30);
    const { run, damaged, repaired } = await openRun(folder);
    expect(damaged.map(({ path: file }) => file)).toEqual([last]);
    expect(repaired).toHaveLength(1);
    await appendUpdate(run, 3);
    run.close();
    const again = await logs();
    await fs.rm(folder, { recursive: true });
    await makeRun(3);
    expect(again).toEqual(await logs());
  });

  it('of an earlier version, without copies, get them', async () => {
    await makeRun(2);
    const whole = await logs();
    const { path: file, steps } = (await lastCheckpoint(folder))!;
    const { header, tensors } = await readCheckpoint(file);
    const { run: _, ...earlier } = header;
    const { writeCheckpoint } = await import('./checkpoint-files.js');
    await writeCheckpoint(file, { header: earlier, tensors });
    for (const name of ['metrics.csv', 'episodes.csv']) await fs.rm(at('checkpoints', name));
    await fs.appendFile(at('metrics.csv'), `9,${steps + 1},1\n`);
    expect(await reopen()).toEqual([]);
    expect(await logs()).toEqual(whole);
    expect(await read('checkpoints', 'metrics.csv')).toBe(whole[0]);
  });
});

describe('run.json', () => {
  it.each<[string, (text: string) => string]>([
    ['was damaged', (text) => text.slice(0, 100)],
    ['was damaged', (text) => text.replace('"seed"', '"sead"')],
    ['was damaged', () => ''],
    ['planned other steps than its checkpoint', (text) => text.replace('"steps": 10240', '"steps": 18432')],
    ['planned other steps than its checkpoint', (text) => text.replaceAll('10240', '18432')],
    ['had another seed than its checkpoint', (text) => text.replace('"seed": 1', '"seed": 3')],
    ['had another host than its checkpoint', (text) => text.replace('some', 'sone')],
  ])('that %s is restored from the checkpoint', async (problem, change) => {
    await makeRun(2);
    const whole = await read('run.json');
    await fs.writeFile(at('run.json'), change(whole));
    expect(await inspectRun(folder)).toEqual({
      manifest: { ...manifest, formatVersion: 1, teachers: [] },
      steps: 4096,
    });
    expect(await reopen()).toEqual([
      `${at('run.json')} ${problem}; it was restored from what the checkpoint says of the run.`,
    ]);
    expect(await read('run.json')).toBe(whole);
  });

  it('keeps the steps that it was given since the checkpoint, where they follow from each other', async () => {
    await makeRun(2);
    const { run } = await openRun(folder);
    const given = (from: number, to: number) => ({
      ...{ steps: to, config: { ...manifest.config, steps: to } },
      continuations: [{ at: manifest.createdAt, from, to, command: [], versions: {} }],
    });
    await run.updateManifest(given(10_240, 20_480));
    expect(await repairRun(folder)).toEqual([]);
    expect((await readRun(folder)).manifest.steps).toBe(20_480);
    await run.updateManifest(given(9216, 20_480));
    run.close();
    expect(await repairRun(folder)).toEqual([
      expect.stringContaining('planned other steps than its checkpoint'),
    ]);
    expect((await readRun(folder)).manifest.steps).toBe(10_240);
  });

  it('that is missing is restored, and keeps a status that has changed since the checkpoint', async () => {
    await makeRun(2);
    await fs.rm(at('run.json'));
    expect(await reopen()).toEqual([expect.stringContaining('run.json was missing; it was restored')]);
    const { run } = await openRun(folder);
    await run.updateManifest({ status: 'finished' });
    run.close();
    expect(await repairRun(folder)).toEqual([]);
    expect((await readRun(folder)).manifest.status).toBe('finished');
  });

  it('is written in its place where the disk has no room for a second file', async () => {
    await makeRun(1);
    const { run } = await openRun(folder);
    vi.spyOn(fs, 'rename').mockRejectedValue(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }));
    await run.updateManifest({ status: 'failed', reason: 'the disk is full' });
    await run.updateManifest({ status: 'running' });
    run.close();
    expect((await readRun(folder)).manifest).toEqual({ ...manifest, formatVersion: 1, teachers: [] });
    expect((await fs.readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('the best checkpoint', () => {
  const bestSteps = async () => (await readCheckpoint(bestPath(folder))).header.steps;

  it('is the one with the highest score, the first of several', async () => {
    await makeRun(6, [null, 1, 5, 3, 5, 2]);
    expect(await bestSteps()).toBe(3 * 2048);
    expect((await listCheckpoints(folder)).map(({ steps }) => steps)).not.toContain(3 * 2048);
    expect(await resolveCheckpoint(folder, 'best')).toBe(bestPath(folder));
  });

  it('is not there before there is a score', async () => {
    await makeRun(2, [null, null]);
    await expect(resolveCheckpoint(folder, 'best')).rejects.toThrow(FileError);
    await expect(resolveCheckpoint(folder, 'best')).rejects.toThrow(
      'has no best checkpoint: one is kept from',
    );
    await expect(resolveCheckpoint(at('run.json'), 'best')).rejects.toThrow(InvalidInputError);
  });

  it('stays the best of a run that goes on, and starts anew with another group', async () => {
    await makeRun(3, [1, 7, 2]);
    const { run } = await openRun(folder);
    await appendUpdate(run, 4, { group: 'student', score: 6 });
    expect(await bestSteps()).toBe(2 * 2048);
    await appendUpdate(run, 5, { group: 'other', score: null });
    await expect(resolveCheckpoint(folder, 'best')).rejects.toThrow('has no best checkpoint');
    await appendUpdate(run, 6, { group: 'other', score: -4 });
    expect(await bestSteps()).toBe(6 * 2048);
    run.close();
  });

  it('is a copy where the file system has no links', async () => {
    vi.spyOn(fs, 'link').mockRejectedValue(Object.assign(new Error('EPERM'), { code: 'EPERM' }));
    await makeRun(2, [1, 2]);
    expect(await bestSteps()).toBe(4096);
    expect((await fs.stat(bestPath(folder))).nlink).toBe(1);
  });

  it('that is damaged is set aside, and the next one takes its place', async () => {
    await makeRun(5, [9, 1, 1, 1, 1]);
    await fs.truncate(bestPath(folder), 50);
    const { run, repaired } = await openRun(folder);
    expect(repaired).toEqual([expect.stringContaining('renamed to best.safetensors.damaged')]);
    await appendUpdate(run, 6, { group: 'student', score: 2 });
    run.close();
    expect(await bestSteps()).toBe(6 * 2048);
  });

  it('is what a run goes on from whose other checkpoints are all damaged', async () => {
    await makeRun(5, [9, 1, 1, 1, 1]);
    const whole = await logs();
    for (const { path: file } of await listCheckpoints(folder)) await fs.truncate(file, 50);
    const { run, checkpoint, damaged } = await openRun(folder);
    expect([checkpoint.path, checkpoint.steps, damaged.length]).toEqual([bestPath(folder), 2048, 3]);
    for (let update = 2; update <= 5; update++)
      await appendUpdate(run, update, { group: 'student', score: 1 });
    run.close();
    expect(await logs()).toEqual(whole);
    expect(await bestSteps()).toBe(2048);
  });
});

describe('failures', () => {
  it('keep the state before and what was failed on; of many the last ten', async () => {
    const run = await createRun(folder, manifest, columns);
    const state = { header: { steps: 1 }, tensors: {} };
    const batch = {
      tensors: { reward: { shape: [1], data: new Float64Array([Number.NaN]) } },
      metadata: { what: 'reward' },
    };
    for (let i = 1; i <= 12; i++)
      expect(await run.saveFailure(`update-${i}`, state, batch)).toBe(at('failures', `update-${i}`));
    run.close();
    expect((await fs.readdir(at('failures'))).length).toBe(10);
    const file = at('failures', 'update-12', 'batch.safetensors');
    expect(decodeSafetensors(await fs.readFile(file), file)).toEqual(batch);
    expect((await readCheckpoint(at('failures', 'update-12', 'state.safetensors'))).header.steps).toBe(1);
  });
});
