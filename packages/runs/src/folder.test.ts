import syncFs from 'node:fs';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { FileError, InvalidInputError, UnknownNameError } from '@mikt/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Checkpoint } from './checkpoint.js';
import {
  lastCheckpoint,
  listCheckpoints,
  readCheckpoint,
  resolveCheckpoint,
  writeCheckpoint,
} from './checkpoint-files.js';
import { createRun, openRun } from './folder.js';
import type { NewRunManifest } from './manifest.js';
import { readRun } from './read-run.js';

const manifest: NewRunManifest = {
  name: 'Ant-ppo-s1',
  createdAt: '2026-01-02T03:04:05.678Z',
  command: ['mikt', 'train', 'Ant', '--seed', '1'],
  status: 'running',
  config: { learningRate: 3e-4, hidden: [64, 64] },
  env: 'Ant',
  algo: 'ppo',
  seed: 1,
  steps: 10_240,
  teachers: [],
  versions: { mikt: '0.0.0', node: '20.20.2' },
  host: { platform: 'linux', arch: 'x64', cores: 2, cpu: 'some' },
};
const columns = ['update', 'steps', 'return_100', 'loss', 'mixing/policy/1'];
const checkpointAt = (steps: number): Checkpoint => ({
  header: { steps },
  tensors: { weights: { shape: [3], data: new Float32Array([steps, 1, 2]) } },
});

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

/** A run of `updates` updates of 2,048 steps, each with a row, an episode and a checkpoint. */
async function makeRun(updates: number): Promise<void> {
  const run = await createRun(folder, manifest, columns);
  for (let update = 1; update <= updates; update++) await appendUpdate(run, update);
  run.close();
}

async function appendUpdate(run: Awaited<ReturnType<typeof createRun>>, update: number): Promise<void> {
  const steps = update * 2048;
  run.appendEpisode({ steps: steps - 7, return: update / 3, length: 100 });
  run.appendMetrics({ update, steps, return_100: update / 3, loss: update === 1 ? undefined : 0.5 });
  await run.saveCheckpoint(steps, checkpointAt(steps));
}

const read = (name: string) => fs.readFile(path.join(folder, name), 'utf8');

describe('createRun', () => {
  it('writes what readRun reads', async () => {
    await makeRun(2);
    const run = await readRun(folder);
    expect(run.manifest).toEqual({ ...manifest, formatVersion: 1 });
    expect(run.metrics).toEqual({
      update: new Float64Array([1, 2]),
      steps: new Float64Array([2048, 4096]),
      return_100: new Float64Array([1 / 3, 2 / 3]),
      loss: new Float64Array([Number.NaN, 0.5]),
      'mixing/policy/1': new Float64Array([Number.NaN, Number.NaN]),
    });
    expect(run.episodes.return).toEqual(new Float64Array([1 / 3, 2 / 3]));
    expect((await fs.readdir(folder)).sort()).toEqual([
      'checkpoints',
      'episodes.csv',
      expect.stringMatching(/^events\.out\.tfevents\.\d{10}\.mikt\.0\.v2$/),
      'metrics.csv',
      'run.json',
    ]);
    expect((await fs.readdir(path.join(folder, 'checkpoints'))).sort()).toEqual([
      '0000002048.safetensors',
      '0000004096.safetensors',
      'episodes.csv',
      'metrics.csv',
    ]);
  });

  it('reads as an empty run before the first row', async () => {
    (await createRun(folder, manifest, columns)).close();
    expect((await readRun(folder)).metrics.steps).toHaveLength(0);
    expect(await lastCheckpoint(folder)).toBeUndefined();
  });

  it('refuses a folder with a run in it, saying what to do, and touches nothing', async () => {
    await makeRun(1);
    const before = await read('metrics.csv');
    const again = createRun(folder, manifest, columns);
    await expect(again).rejects.toThrow(InvalidInputError);
    await expect(again).rejects.toThrow(
      `${folder} already holds a run; choose another --out, or go on with it: mikt resume ${folder}`,
    );
    expect(await read('metrics.csv')).toBe(before);
  });

  it('refuses a folder with something else in it, and a file', async () => {
    (await createRun(parent, manifest, columns)).close();
    const file = path.join(parent, 'metrics.csv');
    await expect(createRun(file, manifest, columns)).rejects.toThrow('is a file');
    await fs.mkdir(folder);
    await fs.writeFile(path.join(folder, 'thesis.txt'), 'mine');
    await expect(createRun(folder, manifest, columns)).rejects.toThrow('is not empty');
  });

  it('lets only one of two runs that start at once have the folder', async () => {
    const results = await Promise.allSettled([1, 2, 3].map(() => createRun(folder, manifest, columns)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('names the folder that cannot be written', async () => {
    await fs.writeFile(path.join(parent, 'file'), '');
    const inside = path.join(parent, 'file', 'run');
    await expect(createRun(inside, manifest, columns)).rejects.toThrow(FileError);
    await expect(createRun(inside, manifest, columns)).rejects.toThrow(
      `${inside}: cannot be made a run folder`,
    );
  });

  // Node's recursive mkdir, given the relative path, would not come back.
  it('refuses a relative path where the working folder was deleted, known to Node or not', async () => {
    const home = process.cwd();
    const gone = path.join(parent, 'gone');
    try {
      for (const isKnown of [false, true]) {
        await fs.mkdir(gone);
        process.chdir(gone);
        if (isKnown) process.cwd();
        await fs.rmdir(gone);
        const making = createRun('runs/one', manifest, columns);
        await expect(making).rejects.toThrow(
          'runs/one/checkpoints: cannot be made: the folder that mikt works in was deleted',
        );
        await expect(fs.stat(gone)).rejects.toThrow('ENOENT');
      }
    } finally {
      process.chdir(home);
    }
  });

  it('leaves nothing behind where the disk has no room for it', async () => {
    vi.spyOn(fs, 'rename').mockRejectedValueOnce(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }));
    await expect(createRun(folder, manifest, columns)).rejects.toThrow('no space is left on the disk');
    await expect(fs.stat(folder)).rejects.toThrow();
    (await createRun(folder, manifest, columns)).close();
  });

  it('refuses a manifest with a wrong entry before it makes anything', async () => {
    await expect(createRun(folder, { ...manifest, seed: -1 }, columns)).rejects.toThrow('seed: ');
    await expect(createRun(folder, manifest, ['update'])).rejects.toThrow('must include "steps"');
    await expect(fs.stat(folder)).rejects.toThrow();
  });
});

describe('RunWriter', () => {
  it('refuses unknown columns and steps that go back', async () => {
    const run = await createRun(folder, manifest, columns);
    expect(() => run.appendMetrics({ steps: 1, los: 1 })).toThrow(UnknownNameError);
    expect(() => run.appendMetrics({ loss: 1 })).toThrow('steps is a whole number from 0, got undefined.');
    run.appendMetrics({ steps: 10 });
    expect(() => run.appendMetrics({ steps: 9 })).toThrow('steps went back from 10 to 9.');
    run.close();
    expect(await read('metrics.csv')).toBe('update,steps,return_100,loss,mixing/policy/1\n,10,,,\n');
  });

  it('keeps the last three checkpoints, or as many as asked', async () => {
    await makeRun(5);
    expect((await listCheckpoints(folder)).map(({ steps }) => steps)).toEqual([6144, 8192, 10_240]);
    const { run } = await openRun(folder, { keepCheckpoints: 1 });
    const file = await run.saveCheckpoint(12_288, checkpointAt(12_288));
    run.close();
    expect(path.basename(file)).toBe('0000012288.safetensors');
    expect((await listCheckpoints(folder)).map(({ path: kept }) => kept)).toEqual([file]);
  });

  it('updates the manifest, and drops an old reason with its status', async () => {
    const run = await createRun(folder, manifest, columns);
    await run.updateManifest({ status: 'failed', reason: 'loss is NaN' });
    expect((await readRun(folder)).manifest).toMatchObject({ status: 'failed', reason: 'loss is NaN' });
    await run.updateManifest({ versions: { mikt: '0.0.1' } });
    expect((await readRun(folder)).manifest.reason).toBe('loss is NaN');
    await run.updateManifest({ status: 'running' });
    run.close();
    expect((await readRun(folder)).manifest).toEqual({
      ...manifest,
      formatVersion: 1,
      versions: { mikt: '0.0.1' },
    });
  });

  it('cuts a row back that could only be written in part, and can go on', async () => {
    const run = await createRun(folder, manifest, columns);
    run.appendMetrics({ steps: 1 });
    const writeSync = syncFs.writeSync.bind(syncFs) as (...args: unknown[]) => number;
    vi.spyOn(syncFs, 'writeSync')
      .mockImplementationOnce(((fd: number, bytes: Uint8Array, offset: number, _: number, position: number) =>
        writeSync(fd, bytes, offset, 2, position)) as typeof syncFs.writeSync)
      .mockImplementationOnce(() => {
        throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
      });
    expect(() => run.appendMetrics({ steps: 2 })).toThrow('metrics.csv: cannot be written: no space is left');
    expect(await read('metrics.csv')).toMatch(/\n,1,,,\n$/);
    run.appendMetrics({ steps: 3 });
    run.close();
    expect((await readRun(folder)).metrics.steps).toEqual(new Float64Array([1, 3]));
  });
});

describe('writeCheckpoint', () => {
  it.each(['rename', 'open'] as const)('leaves the old file and nothing else when %s fails', async (call) => {
    const file = path.join(parent, 'x.safetensors');
    await writeCheckpoint(file, checkpointAt(1));
    vi.spyOn(fs, call).mockRejectedValueOnce(Object.assign(new Error('EROFS'), { code: 'EROFS' }));
    const failing = writeCheckpoint(file, checkpointAt(2));
    await expect(failing).rejects.toThrow(`${file}: cannot be written: the file system is read-only.`);
    expect((await readCheckpoint(file)).header.steps).toBe(1);
    expect(await fs.readdir(parent)).toEqual(['x.safetensors']);
  });

  it('leaves the old file when the disk is full', async () => {
    const file = path.join(parent, 'x.safetensors');
    await writeCheckpoint(file, checkpointAt(1));
    const handle = await fs.open(file);
    vi.spyOn(Object.getPrototypeOf(handle), 'sync').mockRejectedValueOnce(
      Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }),
    );
    await handle.close();
    await expect(writeCheckpoint(file, checkpointAt(2))).rejects.toThrow('no space is left on the disk');
    expect((await readCheckpoint(file)).header.steps).toBe(1);
    expect(await fs.readdir(parent)).toEqual(['x.safetensors']);
  });
});

describe('openRun', () => {
  it('goes on from the last checkpoint: cuts later rows and torn ones, and opens a new event file', async () => {
    await makeRun(3);
    await fs.appendFile(path.join(folder, 'metrics.csv'), '4,8192,1,1,\n5,10');
    await fs.appendFile(path.join(folder, 'episodes.csv'), '6145,1,5\n7000');
    await fs.writeFile(path.join(folder, 'checkpoints', '0000008192.safetensors.77.tmp'), 'half');
    const { run, checkpoint, damaged, rowsCut } = await openRun(folder);
    expect({ steps: checkpoint.steps, damaged, rowsCut }).toEqual({ steps: 6144, damaged: [], rowsCut: 2 });
    expect(checkpoint.tensors.weights!.data[0]).toBe(6144);
    expect(run.columns).toEqual(columns);
    expect(run.manifest.env).toBe('Ant');
    await appendUpdate(run, 4);
    run.close();
    const { metrics, episodes } = await readRun(folder);
    expect(metrics.steps).toEqual(new Float64Array([2048, 4096, 6144, 8192]));
    expect(episodes.steps).toEqual(new Float64Array([2041, 4089, 6137, 8185]));
    const names = await fs.readdir(folder);
    expect(names.filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(names.filter((name) => name.startsWith('events'))).toHaveLength(2);
  });

  it('gives the same files as a run that was never interrupted', async () => {
    await makeRun(4);
    const whole = [await read('metrics.csv'), await read('episodes.csv')];
    await fs.rm(folder, { recursive: true });
    await makeRun(3);
    await fs.rm((await lastCheckpoint(folder))!.path);
    const { run } = await openRun(folder);
    for (const update of [3, 4]) await appendUpdate(run, update);
    run.close();
    expect([await read('metrics.csv'), await read('episodes.csv')]).toEqual(whole);
  });

  it('falls back to the checkpoint before a damaged one, reports it and sets it aside', async () => {
    await makeRun(3);
    const last = (await lastCheckpoint(folder))!;
    await fs.truncate(last.path, 40);
    const { run, checkpoint, damaged, rowsCut } = await openRun(folder);
    run.close();
    expect(checkpoint.steps).toBe(4096);
    expect(damaged.map(({ path: file }) => file)).toEqual([last.path]);
    expect(damaged[0]!.message).toContain('is cut short');
    expect(rowsCut).toBe(2);
    expect((await lastCheckpoint(folder))!.steps).toBe(4096);
    expect(await fs.readdir(path.join(folder, 'checkpoints'))).toContain('0000006144.safetensors.damaged');
  });

  it('says so where no checkpoint can be read, and changes nothing', async () => {
    await makeRun(1);
    const metrics = await read('metrics.csv');
    await fs.truncate((await lastCheckpoint(folder))!.path, 0);
    await expect(openRun(folder)).rejects.toThrow('none of its checkpoints can be read');
    expect(await read('metrics.csv')).toBe(metrics);
    await fs.rm((await lastCheckpoint(folder))!.path);
    await expect(openRun(folder)).rejects.toThrow('stopped before its first checkpoint');
  });

  it.each([
    ['cut short', '{"formatVersion": 1, "na', 'run.json: is not JSON'],
    ['of a newer format', '{"formatVersion": 2}', 'is a run of format 2'],
    ['without its entries', '{"formatVersion": 1}', 'run.json: is not a run'],
    ['something else', 'null', 'run.json: is not a run'],
  ])('refuses a manifest that is %s and that no checkpoint knows', async (_, text, problem) => {
    await makeRun(1);
    await writeCheckpoint((await lastCheckpoint(folder))!.path, checkpointAt(2048));
    await fs.writeFile(path.join(folder, 'run.json'), text);
    await expect(openRun(folder)).rejects.toThrow(FileError);
    await expect(openRun(folder)).rejects.toThrow(problem);
    await expect(readRun(folder)).rejects.toThrow(problem);
  });

  it('leaves a manifest of a newer format alone, whatever its checkpoints know', async () => {
    await makeRun(1);
    const text = '{"formatVersion": 2}';
    await fs.writeFile(path.join(folder, 'run.json'), text);
    await expect(openRun(folder)).rejects.toThrow('is a run of format 2');
    expect(await read('run.json')).toBe(text);
  });

  it('refuses what is not a run', async () => {
    await expect(openRun(parent)).rejects.toThrow('is not a run folder');
    await expect(readRun(parent)).rejects.toThrow('is not a run folder');
    await expect(readRun(folder)).rejects.toThrow('there is no such run folder');
    await makeRun(1);
    await fs.rm(path.join(folder, 'metrics.csv'));
    await expect(readRun(folder)).rejects.toThrow('metrics.csv: cannot be read: there is no such file');
  });
});

describe('resolveCheckpoint', () => {
  it('takes a run for its last checkpoint and a file for itself', async () => {
    await makeRun(2);
    const last = (await lastCheckpoint(folder))!.path;
    expect(await resolveCheckpoint(folder)).toBe(last);
    expect(await resolveCheckpoint(last)).toBe(last);
  });

  it('says what is missing', async () => {
    await expect(resolveCheckpoint(path.join(parent, 'no'))).rejects.toThrow(FileError);
    await expect(resolveCheckpoint(path.join(parent, 'no'))).rejects.toThrow(
      'there is no such file or folder',
    );
    await expect(resolveCheckpoint(parent)).rejects.toThrow('not a run');
    (await createRun(folder, manifest, columns)).close();
    await expect(resolveCheckpoint(folder)).rejects.toThrow('has not saved a checkpoint yet');
  });
});
