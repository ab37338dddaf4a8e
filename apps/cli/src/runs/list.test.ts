import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listRuns } from './list.js';
import { sampleSummary, TEACHER } from './sample-runs.js';
import type { DamagedRun, RunSummary } from './summary.js';

const root = mkdtempSync(path.join(tmpdir(), 'mikt-list-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const runs: (RunSummary | DamagedRun)[] = [];
beforeAll(async () => {
  const continuation = { at: '2026-05-05T00:00:00.000Z', command: [], versions: {} };
  const going = await sampleSummary(path.join(root, 'hop'), {
    config: { steps: 2e6 },
    manifest: {
      status: 'failed',
      reason: 'loss became NaN in a minibatch; the last checkpoint is the last good state.',
      continuations: [{ ...continuation, from: 1_001_472, to: 2_000_896 }],
    },
    returns: [Number.NaN, 1234.56],
  });
  const transfer = await sampleSummary(path.join(root, 'mikt'), {
    config: {
      algo: 'mikt',
      env: 'CentipedeSix',
      teacherWeights: 'random',
      klCoefficient: 0,
      miCoefficient: 0,
    },
    manifest: { teachers: [TEACHER] },
    returns: [-3, -2, -2, -1, -4.04],
  });
  runs.push(
    { ...going, folder: 'runs/hop' },
    { ...transfer, folder: 'runs/study/CentipedeFour-to-CentipedeSix/mikt-s1' },
    {
      folder: 'runs/broken',
      state: 'damaged',
      reason: 'runs/broken/run.json: is not JSON; the file is damaged.',
    },
  );
});

it('shows everything where there is no terminal', () => {
  expect(listRuns(runs)).toEqual([
    'run                                               state     return_100     best         steps  env           method                                teacher        seed  time  steps/s  started (UTC)',
    'runs/hop                                          failed       1,234.6  1,234.6  4.1k/1M+999k  Hopper        PPO (VPG)                             -                 1   2 s    2,048  2026-05-04 03:02',
    'runs/study/CentipedeFour-to-CentipedeSix/mikt-s1  finished        -4.0     -1.0         10.2k  CentipedeSix  MIKT, random teacher, w/o MI, w/o KL  CentipedeFour     1   5 s    2,048  2026-05-04 03:02',
    'runs/broken                                       damaged            -        -             -  -             -                                     -                 -     -        -  -',
    '',
    'runs/hop failed: loss became NaN in a minibatch; the last checkpoint is the last good state.',
    'runs/broken/run.json: is not JSON; the file is damaged.',
  ]);
});

it('leaves out columns on a narrow terminal, then the beginnings of names', () => {
  const header = (width: number) => listRuns(runs, width)[0]!.split(/ {2,}/);
  expect(header(200)).toContain('started (UTC)');
  expect(header(120)).toEqual(['run', 'state', 'return_100', 'steps', 'method']);
  expect(header(80)).toEqual(['run', 'state', 'return_100', 'seed']);
  expect(listRuns(runs, 50).slice(0, 4)).toEqual([
    'run                           state     return_100',
    'runs/hop                      failed       1,234.6',
    '…our-to-CentipedeSix/mikt-s1  finished        -4.0',
    'runs/broken                   damaged            -',
  ]);
});

it('never wraps', () => {
  for (let width = 20; width < 230; width++) {
    for (const line of listRuns(runs, width)) expect(line.length).toBeLessThanOrEqual(width);
  }
});
