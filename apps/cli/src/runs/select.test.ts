import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sample, sampleSummary, TEACHER } from './sample-runs.js';
import { knownValues, matches, parseFilters, type SortKey, sortRuns } from './select.js';
import type { DamagedRun, RunSummary } from './summary.js';

const root = mkdtempSync(path.join(tmpdir(), 'mikt-select-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const runs: (RunSummary | DamagedRun)[] = [{ folder: 'broken', state: 'damaged', reason: 'why' }];
beforeAll(async () => {
  const sample = async (name: string, given: Sample) =>
    runs.push(await sampleSummary(path.join(root, name), given));
  await sample('hop', { returns: [1, 2, 3, 4, 5] });
  await sample('wait', {
    manifest: { status: 'interrupted', createdAt: '2026-06-01T00:00:00.000Z' },
    config: { seed: 2 },
    returns: [Number.NaN],
  });
  await sample('mikt', {
    config: { algo: 'mikt', env: 'CentipedeSix', policyHidden: [32, 32], steps: 20_480 },
    manifest: { teachers: [TEACHER], createdAt: '2026-01-01T00:00:00.000Z' },
    returns: [9, 8],
  });
});
const found = (...words: string[]) =>
  runs.filter((run) => matches(run, parseFilters(words))).map(({ folder }) => path.basename(folder));

describe('filters', () => {
  it('hold for names, teachers, states and every configuration key', () => {
    expect(found()).toEqual(['broken', 'hop', 'wait', 'mikt']);
    expect(found('env=hopper')).toEqual(['hop', 'wait']);
    expect(found('name=mikt')).toEqual(['mikt']);
    expect(found('teacher=CentipedeFour')).toEqual(['mikt']);
    expect(found('teacher=zoo:CentipedeFour')).toEqual(['mikt']);
    expect(found('method=PPO (VPG)')).toEqual(['hop', 'wait']);
    expect(found('state=damaged')).toEqual(['broken']);
    expect(found('seed=2')).toEqual(['wait']);
    expect(found('policyHidden=[32,32]')).toEqual(['mikt']);
    expect(found('steps=20_480')).toEqual(['mikt']);
    expect(found('teacherWeights=trained')).toEqual(['mikt']);
    expect(found('learningRate=0.0003')).toEqual(['hop', 'wait', 'mikt']);
  });

  it('must all hold, of several values for one key any', () => {
    expect(found('algo=vpg', 'seed=1')).toEqual(['hop']);
    expect(found('seed=1', 'seed=2', 'algo=ppo')).toEqual(['hop', 'wait']);
    expect(found('env=Ant')).toEqual([]);
    expect(knownValues(runs, 'env')).toEqual(['CentipedeSix', 'Hopper']);
    expect(knownValues(runs, 'seed')).toEqual(['1', '2']);
  });

  it.each([
    ['en=Hopper', /unknown filter key "en"; did you mean "env"\?/],
    ['learningrate=1', /did you mean "learningRate"\?/],
    ['state=finnished', /unknown state "finnished"; did you mean "finished"\?/],
    ['algo=mitk', /unknown algorithm "mitk"; did you mean "mikt"\?/],
    ['env', /--filter takes key=value, got "env"/],
  ])('refuse %s', (word, sentence) => {
    expect(() => parseFilters([word])).toThrow(sentence);
  });
});

it.each<[SortKey, string[]]>([
  ['started', ['wait', 'hop', 'mikt', 'broken']],
  ['return', ['mikt', 'hop', 'wait', 'broken']],
  ['steps', ['hop', 'mikt', 'wait', 'broken']],
  ['cost', ['hop', 'mikt', 'wait', 'broken']],
])('sorted by %s, damaged ones are last', (by, order) => {
  expect(sortRuns(runs, by).map(({ folder }) => path.basename(folder))).toEqual(order);
});
