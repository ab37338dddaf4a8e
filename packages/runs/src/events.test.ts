import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import protobuf from 'protobufjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { decodeEvents } from './event-records.js';
import { scalarSeries } from './event-series.js';
import { createRun, openRun } from './folder.js';
import { readRun } from './read-run.js';
import { tagOf } from './tags.js';

// The reader of these tests shares nothing with the writer: another protobuf library, and checksums bit by bit.
const Event = protobuf
  .parse(
    `syntax = "proto3";
    message Event {
      double wall_time = 1;
      int64 step = 2;
      oneof what { string file_version = 3; Summary summary = 5; SessionLog session_log = 7; }
    }
    message Summary { repeated Value value = 1; }
    message Value {
      string tag = 1;
      Metadata metadata = 9;
      oneof value { float simple_value = 2; Tensor tensor = 8; }
    }
    message Metadata { PluginData plugin_data = 1; }
    message PluginData { string plugin_name = 1; }
    message Tensor { int32 dtype = 1; repeated bytes string_val = 8; }
    message SessionLog { int32 status = 1; }`,
    { keepCase: true },
  )
  .root.lookupType('Event');

interface Value {
  readonly tag: string;
  readonly simple_value?: number;
  readonly tensor?: { readonly dtype: number; readonly string_val: readonly Uint8Array[] };
  readonly metadata?: { readonly plugin_data: { readonly plugin_name: string } };
}
interface Decoded {
  readonly wall_time: number;
  readonly step: number;
  readonly file_version?: string;
  readonly summary?: { readonly value: readonly Value[] };
  readonly session_log?: { readonly status: number };
}

function maskedChecksum(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit++) {
      const low = (crc ^ (byte >> bit)) & 1;
      crc = (crc >>> 1) ^ (low === 1 ? 0x82f63b78 : 0);
    }
  }
  crc = ~crc >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** A file's events up to the first record that is damaged or cut short, as TensorBoard reads it. */
function decode(file: Buffer): Decoded[] {
  const events: Decoded[] = [];
  for (let offset = 0; offset + 12 <= file.length; ) {
    const length = Number(file.readBigUInt64LE(offset));
    const data = file.subarray(offset + 12, offset + 12 + length);
    if (maskedChecksum(file.subarray(offset, offset + 8)) !== file.readUInt32LE(offset + 8)) break;
    if (offset + 16 + length > file.length) break;
    if (maskedChecksum(data) !== file.readUInt32LE(offset + 12 + length)) break;
    events.push(Event.toObject(Event.decode(data), { longs: Number }) as Decoded);
    offset += 16 + length;
  }
  return events;
}

type Points = Record<string, [step: number, value: number][]>;

/**
 * What TensorBoard shows of a run, by its two ways of reading: in Python a session's start, the first one apart,
 * drops the points of its step and later ones; the data server, the default on Linux and macOS, looks at each tag's own steps alone.
 */
function shown(events: readonly Decoded[], reader: 'python' | 'data server'): Points {
  const points: Points = {};
  let restart = false;
  const drop = (tag: string, from: number) => {
    points[tag] = (points[tag] ?? []).filter(([step]) => step < from);
  };
  for (const { step, summary, session_log } of events) {
    if (reader === 'python' && session_log) {
      if (restart) for (const tag of Object.keys(points)) drop(tag, step);
      restart = true;
    }
    for (const { tag, simple_value } of summary?.value ?? []) {
      if (simple_value === undefined) continue;
      if (reader === 'data server') drop(tag, step);
      points[tag] = [...(points[tag] ?? []), [step, simple_value]];
    }
  }
  return withPoints(points);
}

/** TensorBoard has no tag without a point. */
function withPoints(points: Points): Points {
  return Object.fromEntries(Object.entries(points).filter(([, own]) => own.length > 0));
}

const columns = ['update', 'steps', 'seconds', 'return_100', 'loss', 'gradient_norm', 'mixing/policy/1'];
const manifest = {
  name: 'run',
  createdAt: '2026-01-02T03:04:05.678Z',
  command: ['mikt'],
  status: 'running' as const,
  config: { env: 'Ant', hidden: [64, 64], either: 'a|b' },
  env: 'Ant',
  algo: 'ppo',
  seed: 1,
  steps: 10_240,
  versions: {},
  host: { platform: 'linux', arch: 'x64', cores: 2, cpu: 'some' },
};

let parent: string;
let folder: string;
beforeEach(async () => {
  parent = await fs.mkdtemp(path.join(os.tmpdir(), 'mikt-events-'));
  folder = path.join(parent, 'run');
});
afterEach(async () => {
  vi.useRealTimers();
  await fs.rm(parent, { recursive: true });
});

/** @param session changes what the clock and another engine may change */
function appendUpdate(run: Awaited<ReturnType<typeof createRun>>, update: number, session = 0): void {
  run.appendMetrics({
    update,
    steps: (update + 1) * 2048,
    seconds: update + session / 10,
    return_100: update === 0 ? undefined : update / 3,
    loss: update === 0 ? Number.NaN : 1 / (update + session),
    gradient_norm: update === 2 ? Number.POSITIVE_INFINITY : 0,
    'mixing/policy/1': update < 3 ? 0.5 : undefined,
  });
}

/** Rows of updates 0 to 5, a checkpoint after update 3. */
async function makeRun(): Promise<void> {
  const run = await createRun(folder, manifest, columns);
  for (let update = 0; update <= 5; update++) {
    appendUpdate(run, update);
    if (update === 3) await run.saveCheckpoint(4 * 2048, { header: {}, tensors: {} });
  }
  run.close();
}

async function eventFiles(): Promise<string[]> {
  const names = (await fs.readdir(folder)).filter((name) => name.includes('tfevents'));
  return names.sort().map((name) => path.join(folder, name));
}

const allEvents = async () =>
  (await Promise.all((await eventFiles()).map(async (file) => decode(await fs.readFile(file))))).flat();

/** The points that metrics.csv says there are. */
async function expected(): Promise<Points> {
  const { metrics } = await readRun(folder);
  const points = Object.entries(metrics).flatMap(([column, values]): [string, [number, number][]][] => {
    const tag = tagOf(column);
    const own = [...values].flatMap((value, row): [number, number][] =>
      Number.isNaN(value) ? [] : [[metrics.steps![row]!, Math.fround(value)]],
    );
    return tag === undefined ? [] : [[tag, own]];
  });
  return withPoints(Object.fromEntries(points));
}

async function expectWhole(): Promise<void> {
  const events = await allEvents();
  const points = await expected();
  expect(shown(events, 'python')).toEqual(points);
  expect(shown(events, 'data server')).toEqual(points);
  expect(events.flatMap(({ summary }) => summary?.value ?? []).filter(({ tensor }) => tensor)).toHaveLength(
    1,
  );
}

describe('the event file of a run', () => {
  it('has what metrics.csv has, and nothing for empty cells', async () => {
    await makeRun();
    await expectWhole();
    const points = await expected();
    expect(Object.keys(points).sort()).toEqual([
      'gradient_norm/total',
      'mixing/policy/1',
      'rollout/return_100',
      'time/seconds',
      'train/loss',
    ]);
    expect(points['mixing/policy/1']).toEqual([2048, 4096, 6144].map((step) => [step, 0.5]));
  });

  it('begins with the format and the configuration, at the time of writing', async () => {
    vi.useFakeTimers({ now: 1_800_000_000_250, toFake: ['Date'] });
    await makeRun();
    const [first, second, third, ...rows] = await allEvents();
    expect(first).toEqual({ wall_time: 1_800_000_000.25, step: 0, file_version: 'brain.Event:2' });
    expect(second).toEqual({ wall_time: 1_800_000_000.25, step: 0, session_log: { status: 1 } });
    expect(third!.summary!.value).toEqual([
      {
        tag: 'configuration',
        // DT_STRING
        tensor: { dtype: 7, string_val: [expect.any(Uint8Array)] },
        metadata: { plugin_data: { plugin_name: 'text' } },
      },
    ]);
    expect(Buffer.from(third!.summary!.value[0]!.tensor!.string_val[0]!).toString()).toBe(
      '| key | value |\n| --- | --- |\n| env | Ant |\n| hidden | [64,64] |\n| either | a\\|b |',
    );
    expect(rows.map(({ wall_time }) => wall_time)).toEqual(Array(6).fill(1_800_000_000.25));
  });

  it('is named so that TensorBoard finds it, without the name of the machine', async () => {
    vi.useFakeTimers({ now: 1_800_000_000_999, toFake: ['Date'] });
    await makeRun();
    expect((await eventFiles()).map((file) => path.basename(file))).toEqual([
      'events.out.tfevents.1800000000.mikt.0.v2',
    ]);
  });
});

describe('the event files of a resumed run', () => {
  /** Goes on from the checkpoint after update 3, to update 6. */
  async function goOn(): Promise<void> {
    const { run, checkpoint } = await openRun(folder);
    expect(checkpoint.steps).toBe(4 * 2048);
    await expectWhole();
    for (let update = 4; update <= 6; update++) appendUpdate(run, update, 1);
    run.close();
    await expectWhole();
  }

  it('have what metrics.csv has, also before later steps are reached again', async () => {
    await makeRun();
    const before = await allEvents();
    await goOn();
    // What the earlier session wrote is kept, with its times.
    expect((await allEvents()).slice(0, 7)).toEqual(before.slice(0, 7));
  });

  it('are in order, at once after a resume and where the clock went back', async () => {
    vi.useFakeTimers({ now: 1_800_000_000_000, toFake: ['Date'] });
    await makeRun();
    await goOn();
    vi.setSystemTime(1_700_000_000_000);
    await goOn();
    expect((await eventFiles()).map((file) => path.basename(file))).toEqual([
      'events.out.tfevents.1800000000.mikt.0.v2',
      'events.out.tfevents.1800000001.mikt.1.v2',
      'events.out.tfevents.1800000002.mikt.2.v2',
    ]);
  });

  it('tell a TensorBoard that has read further from which step on to forget', async () => {
    await makeRun();
    const read = decode(await fs.readFile((await eventFiles())[0]!));
    (await openRun(folder)).run.close();
    const [, second] = await eventFiles();
    const points = shown([...read, ...decode(await fs.readFile(second!))], 'python');
    expect(points).toEqual(await expected());
  });

  it('go on before the first row', async () => {
    const run = await createRun(folder, manifest, columns);
    await run.saveCheckpoint(0, { header: {}, tensors: {} });
    for (let update = 0; update <= 2; update++) appendUpdate(run, update);
    run.close();
    const { run: again } = await openRun(folder);
    await expectWhole();
    expect(await expected()).toEqual({});
    for (let update = 0; update <= 2; update++) appendUpdate(again, update, 1);
    again.close();
    await expectWhole();
  });

  it('get back rows that were cut short or damaged, from whichever byte on', async () => {
    await makeRun();
    const [file] = await eventFiles();
    const whole = await fs.readFile(file!);
    for (let position = 0; position < whole.length; position += 97) {
      const damages = {
        cut: whole.subarray(0, position),
        flipped: Buffer.from(whole).fill(whole[position]! ^ 4, position, position + 1),
        // What a power cut may leave of pages that were not written yet.
        zeroed: Buffer.from(whole).fill(0, position),
      };
      for (const damaged of Object.values(damages)) {
        for (const other of (await eventFiles()).slice(1)) await fs.rm(other);
        await fs.writeFile(file!, damaged);
        (await openRun(folder)).run.close();
        await expectWhole();
      }
    }
  });

  it('get back what was deleted, in the order of steps', async () => {
    await makeRun();
    await goOn();
    await fs.rm((await eventFiles())[0]!);
    await goOn();
    await fs.rm((await eventFiles())[1]!);
    await goOn();
  });

  it('show a configuration that has changed from where it did', async () => {
    await makeRun();
    const { run } = await openRun(folder);
    await run.updateManifest({ status: 'interrupted' });
    const { createdAt: given, steps: from } = run.manifest;
    await run.updateManifest({
      ...{ steps: 20_480, config: { steps: 20_480 } },
      continuations: [{ at: given, from, to: 20_480, command: [], versions: {} }],
    });
    run.close();
    (await openRun(folder)).run.close();
    const texts = (await allEvents()).flatMap(({ step, summary }) =>
      (summary?.value ?? []).flatMap(({ tensor }) =>
        tensor ? [[step, Buffer.from(tensor.string_val[0]!).toString().split('\n')[2]]] : [],
      ),
    );
    expect(texts).toEqual([
      [0, '| env | Ant |'],
      [8192, '| steps | 20480 |'],
    ]);
  });

  it('leave the files of other writers alone', async () => {
    await makeRun();
    const foreign = path.join(folder, 'events.out.tfevents.1700000000.machine.77.0');
    await fs.writeFile(foreign, 'theirs');
    (await openRun(folder)).run.close();
    expect(await fs.readFile(foreign, 'utf8')).toBe('theirs');
  });
});

describe('scalarSeries', () => {
  it('gives what TensorBoard shows', async () => {
    await makeRun();
    const cut = await fs.readFile((await eventFiles())[0]!);
    const { run } = await openRun(folder);
    appendUpdate(run, 4, 1);
    run.close();
    // As if the first file had not been cut.
    const [first, second] = await eventFiles();
    await fs.writeFile(first!, cut);
    const files = [first!, second!];
    const series = scalarSeries(
      await Promise.all(files.map(async (file) => decodeEvents(await fs.readFile(file), file))),
    );
    const points = await expected();
    for (const [tag, { steps, values, wallTimes }] of Object.entries(series)) {
      expect([...steps].map((step, point) => [step, values[point]])).toEqual(points[tag]);
      expect([...wallTimes].every((time) => Math.abs(time - Date.now() / 1000) < 60)).toBe(true);
    }
    expect(Object.keys(series).sort()).toEqual(Object.keys(points).sort());
  });
});
