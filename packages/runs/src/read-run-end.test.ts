import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FileError } from '@mikt/core';
import { afterAll, expect, it } from 'vitest';
import { createRun, readRun, readRunEnd } from './index.js';

const root = mkdtempSync(path.join(tmpdir(), 'mikt-end-'));
afterAll(() => rmSync(root, { recursive: true }));

async function makeRun(name: string, rows: number): Promise<string> {
  const folder = path.join(root, name);
  const run = await createRun(
    folder,
    {
      ...{ name, createdAt: '2026-01-01T00:00:00.000Z', command: ['mikt'], status: 'running', config: {} },
      ...{ env: 'Hopper', algo: 'ppo', seed: 1, steps: 2048 * rows, versions: {} },
      host: { platform: 'linux', arch: 'x64', cores: 1, cpu: '' },
    },
    ['steps', 'return_100', 'loss'],
  );
  for (let row = 1; row <= rows; row++) run.appendMetrics({ steps: 2048 * row, loss: 1 / row });
  run.close();
  return folder;
}

it('has all of a short run, and the end of a long one as it is', async () => {
  const short = await makeRun('short', 5);
  const { manifest, metrics, isWhole } = await readRunEnd(short);
  expect(isWhole).toBe(true);
  expect(manifest).toEqual((await readRun(short)).manifest);
  expect(metrics).toEqual((await readRun(short)).metrics);

  const long = await makeRun('long', 5000);
  const end = await readRunEnd(long);
  const all = (await readRun(long)).metrics;
  expect(end.isWhole).toBe(false);
  const count = end.metrics.steps!.length;
  expect(count).toBeGreaterThan(100);
  expect(count).toBeLessThan(5000);
  for (const name of Object.keys(all)) expect(end.metrics[name]).toEqual(all[name]!.slice(-count));
});

it('leaves a torn last row out, and says what is damaged or missing', async () => {
  const folder = await makeRun('torn', 5000);
  const metrics = path.join(folder, 'metrics.csv');
  const text = readFileSync(metrics, 'utf8');
  writeFileSync(metrics, `${text}10242048,1.`);
  expect((await readRunEnd(folder)).metrics.steps!.at(-1)).toBe(2048 * 5000);
  writeFileSync(metrics, `${text}what,is,this\n`);
  await expect(readRunEnd(folder)).rejects.toThrow(FileError);
  rmSync(metrics);
  await expect(readRunEnd(folder)).rejects.toThrow(/metrics\.csv: cannot be read: there is no such file/);
  await expect(readRunEnd(path.join(root, 'none'))).rejects.toThrow(/is not a run folder/);
});

it('has no rows of a run that has not begun', async () => {
  const folder = await makeRun('new', 0);
  expect((await readRunEnd(folder)).metrics.steps).toEqual(new Float64Array());
});
