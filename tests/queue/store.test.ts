import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { InvalidInputError } from '@mikt/core';
import {
  createStore,
  fetchSnapshot,
  getTeacher,
  type OpenStore,
  openStore,
  putTeacher,
  RunUploader,
  readStoredRun,
  StoreError,
  storedRuns,
} from '@mikt/queue';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../cli.js';
import { type S3StandIn, startS3 } from './s3-stand-in.js';

const { folder, remove } = temporaryFolder();
const at = (...parts: string[]) => path.join(folder, ...parts);
let s3: S3StandIn;
beforeAll(async () => {
  s3 = await startS3({ pageSize: 3 });
  for (const [name, value] of Object.entries(s3.environment)) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await s3.close();
  remove();
});

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array | undefined) => data && new TextDecoder().decode(data);

describe.each(['a folder', 'S3'])('a store in %s', (kind) => {
  let [count, location] = [0, ''];
  let opened: OpenStore;
  beforeEach(async () => {
    count++;
    location = kind === 'S3' ? `s3://runs/store-${count}` : at(`store-${count}`);
    opened = await createStore(location);
  });

  it('keeps objects whole under their keys', async () => {
    const { store } = opened;
    await store.put('a/b/one', bytes('1'));
    await store.put('a/b/one', bytes('2'));
    expect(await store.create('a/b/one', bytes('3'))).toBe(false);
    expect(await store.create('a/two & <three> ü', bytes(''))).toBe(true);
    for (let i = 0; i < 5; i++) await store.put(`a/many/${i}`, bytes(String(i)));
    expect(text(await store.get('a/b/one'))).toBe('2');
    expect(text(await store.get('a/two & <three> ü'))).toBe('');
    expect(await store.get('a/none')).toBeUndefined();
    expect((await store.list('a/')).sort()).toEqual([
      'a/b/one',
      ...[0, 1, 2, 3, 4].map((i) => `a/many/${i}`),
      'a/two & <three> ü',
    ]);
    expect(await store.list('none/')).toEqual([]);
    await store.remove([...(await store.list('a/')), 'a/none']);
    expect(await store.list('a/')).toEqual([]);
    if (kind === 'a folder') expect(readdirSync(location)).toEqual(['mikt-store.json']);
  });

  it('is created by one of many, and is known from another one', async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => createStore(`${location}-new`)));
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    expect((await openStore(`${location}-new`, all[0]!.id)).id).toBe(all[0]!.id);
    await expect(openStore(location, all[0]!.id)).rejects.toThrow('is another store than the one');
    await expect(openStore(`${location}-none`)).rejects.toThrow(StoreError);
    await expect(openStore(`${location}-none`)).rejects.toThrow(
      'is no store of runs on this machine (it has no mikt-store.json); mount it, or give its place here with --store.',
    );
    await opened.store.put('mikt-store.json', bytes('{"format":2}'));
    await expect(openStore(location)).rejects.toThrow('is damaged, or of a newer version');
  });

  it('keeps teachers by what they are', async () => {
    const { store } = opened;
    const digest = await putTeacher(store, bytes('weights'));
    expect(await putTeacher(store, bytes('weights'))).toBe(digest);
    expect(text(await getTeacher(store, digest))).toBe('weights');
    await store.put(`teachers/${digest}.safetensors`, bytes('other weights'));
    await expect(getTeacher(store, digest)).rejects.toThrow('is damaged');
    await store.remove([`teachers/${digest}.safetensors`]);
    await expect(getTeacher(store, digest)).rejects.toThrow('is missing; it is a teacher of the study');
  });

  const run = at('run');
  const write = (steps: number, metrics: string) => {
    mkdirSync(path.join(run, 'checkpoints'), { recursive: true });
    writeFileSync(path.join(run, 'run.json'), '{}');
    writeFileSync(path.join(run, 'metrics.csv'), metrics);
    writeFileSync(path.join(run, 'metrics.csv.12.tmp'), 'half');
    writeFileSync(
      path.join(run, 'checkpoints', `${String(steps).padStart(10, '0')}.safetensors`),
      `at ${steps}`,
    );
  };

  it('brings a run folder back as it was, and goes on from the best of several turns', async () => {
    const { store } = opened;
    rmSync(run, { recursive: true, force: true });
    mkdirSync(run);
    const prefix = 'runs/tiny/Hopper/vpg-s1@0123/';
    const first = new RunUploader(store, prefix, '0001-aa');
    expect(await first.upload(run, false)).toBeUndefined();
    write(2048, 'steps\n2048\n');
    expect(await first.upload(run, false)).toMatchObject({ lease: '0001-aa', steps: 2048, finished: false });
    const objects = await store.list(prefix);
    write(2048, 'steps\n2048\n4096\n');
    write(4096, 'steps\n2048\n4096\n');
    await first.upload(run, false);
    // Logs are replaced, what has not changed stays, and nothing is left over.
    expect(await store.list(prefix)).toHaveLength(objects.length + 1);
    expect([...(await storedRuns(store, 'tiny'))]).toEqual([prefix]);
    expect([...(await storedRuns(store, 'tin'))]).toEqual([]);

    // A later turn that began from it and got further, while the first one still writes.
    const stored = await readStoredRun(store, prefix);
    const second = new RunUploader(store, prefix, '0002-bb', stored.keys);
    write(6144, 'steps\n2048\n4096\n6144\n');
    await second.upload(run, false);
    rmSync(path.join(run, 'checkpoints', '0000006144.safetensors'));
    write(4096, 'late\n');
    await first.upload(run, false);
    const both = await readStoredRun(store, prefix);
    expect(both.snapshots.map(({ lease, steps }) => [lease, steps])).toEqual([
      ['0002-bb', 6144],
      ['0001-aa', 4096],
    ]);
    await fetchSnapshot(store, prefix, both.snapshots[0]!, at('back'));
    expect(readFileSync(at('back', 'metrics.csv'), 'utf8')).toBe('steps\n2048\n4096\n6144\n');
    expect(readdirSync(at('back')).sort()).toEqual(['checkpoints', 'metrics.csv', 'run.json']);
    expect(readdirSync(at('back', 'checkpoints'))).toHaveLength(3);
    rmSync(at('back'), { recursive: true });

    // One that has finished is better than any.
    const third = new RunUploader(store, prefix, '0003-cc');
    await third.upload(run, true);
    expect((await readStoredRun(store, prefix)).snapshots[0]).toMatchObject({
      lease: '0003-cc',
      finished: true,
    });
  });

  it('notices what is missing, damaged or leads out of the folder', async () => {
    const { store } = opened;
    write(2048, 'x');
    const prefix = 'runs/tiny/Hopper/vpg-s2@0123/';
    const snapshot = (await new RunUploader(store, prefix, '0001-aa').upload(run, false))!;
    const key = `${prefix}0001-aa/${snapshot.files.find(({ path: name }) => name === 'metrics.csv')!.sha256}`;
    await store.put(key, bytes('y'));
    await expect(fetchSnapshot(store, prefix, snapshot, at('bad'))).rejects.toThrow('is not the metrics.csv');
    await store.remove([key]);
    await expect(fetchSnapshot(store, prefix, snapshot, at('bad'))).rejects.toThrow(
      'is missing; it is metrics.csv',
    );
    const index = JSON.parse(text(await store.get(`${prefix}0001-aa/snapshot.json`))!);
    for (const name of ['../escaped', '/escaped', 'a/../../escaped', 'C:\\escaped']) {
      index.files[0].path = name;
      await store.put(`${prefix}0001-aa/snapshot.json`, bytes(JSON.stringify(index)));
      expect((await readStoredRun(store, prefix)).snapshots).toEqual([]);
    }
    await store.put(`${prefix}0001-aa/snapshot.json`, bytes('{'));
    expect((await readStoredRun(store, prefix)).snapshots).toEqual([]);
    expect(existsSync(at('escaped'))).toBe(false);
  });
});

describe('a store in S3 that is not well', () => {
  it('is asked again after errors, breaks and pauses', async () => {
    const { store } = await createStore('s3://runs/faults');
    s3.faults.push({ method: 'PUT', status: 500 }, { method: 'PUT', status: 503 });
    await store.put('x', bytes('all of it'));
    s3.faults.push({ method: 'GET', cutAt: 3 }, { method: 'GET', status: 500 }, { method: 'GET', cutAt: 0 });
    expect(text(await store.get('x'))).toBe('all of it');
    s3.faults.push({ method: 'GET', milliseconds: 300 });
    expect(await store.list('')).toEqual(expect.arrayContaining(['x']));
    expect(s3.faults).toEqual([]);
  }, 30_000);

  it.each<[string, Record<string, string>, string, string]>([
    ['errors all the time', {}, 's3://runs', 'the store answers with an error 500 (InternalError'],
    [
      'another key',
      { AWS_ACCESS_KEY_ID: 'OTHER' },
      's3://runs',
      'the store refuses the credentials, or they do not allow this (InvalidAccessKeyId)',
    ],
    ['no such bucket', {}, 's3://other', 'there is no such bucket'],
    [
      'nobody there',
      { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' },
      's3://runs',
      'the store cannot be reached (ECONNREFUSED); is AWS_ENDPOINT_URL_S3 right?',
    ],
  ])(
    'says so in a sentence: %s',
    async (what, environment, location, sentence) => {
      for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
      if (what === 'errors all the time')
        for (let i = 0; i < 4; i++) s3.faults.push({ method: 'PUT', status: 500 });
      try {
        const failure = createStore(location);
        await expect(failure).rejects.toThrow(StoreError);
        await expect(failure).rejects.toThrow(sentence);
        await expect(failure).rejects.not.toThrow(/test\/secret/);
      } finally {
        for (const [name, value] of Object.entries(s3.environment)) vi.stubEnv(name, value);
      }
    },
    30_000,
  );

  it('is told from a folder and from other things', async () => {
    for (const wrong of ['s3://', 's3://Bucket', 'gs://bucket', 'http://me:secret@host/bucket']) {
      await expect(createStore(wrong)).rejects.toThrow(InvalidInputError);
      await expect(createStore(wrong)).rejects.not.toThrow(/secret/);
    }
  });
});

it.skipIf(process.getuid?.() === 0)('says that a folder may not be written', async () => {
  mkdirSync(at('closed'));
  chmodSync(at('closed'), 0o500);
  await expect(createStore(at('closed', 'store'))).rejects.toThrow(StoreError);
});

it('says that a file is no folder', async () => {
  writeFileSync(at('file'), '');
  await expect(createStore(at('file'))).rejects.toThrow(/cannot be written: .*ENOTDIR|EEXIST/);
});
