import { presetValues, resolveConfig } from '@mikt/algos';
import { describe, expect, it } from 'vitest';
import { COLOURS, DASHES } from './method-styles.js';
import { flatten, groupRuns } from './methods.js';
import { runsOf, type TestRun, teacherOf } from './testing.js';

const group = (tests: readonly TestRun[]) => groupRuns(runsOf(tests));
const labels = (tests: readonly TestRun[]) =>
  group(tests).map(({ env, label, runs }) => [env, label, runs.length]);
const teachers = [teacherOf('CentipedeFour')];
const mikt = (changes: TestRun = {}): TestRun => ({ algo: 'mikt', teachers, ...changes });

describe('groupRuns', () => {
  it('groups seeds by environment, teachers and method, training from scratch first', () => {
    expect(
      labels([
        mikt(),
        mikt({ seed: 2 }),
        { seed: 2 },
        {},
        { env: 'Ant' },
        { algo: 'mlpp', teachers },
        { algo: 'novel' },
      ]),
    ).toEqual([
      ['Ant', 'PPO (VPG)', 1],
      ['CentipedeSix', 'PPO (VPG)', 2],
      ['CentipedeSix', 'novel', 1],
      ['CentipedeSix', 'MIKT', 2],
      ['CentipedeSix', 'MLPP', 1],
    ]);
  });

  it('never puts runs of different settings under one mean, and says what sets them apart', () => {
    const novel = (coupling: number, seed: number): TestRun => ({
      algo: 'novel',
      seed,
      config: { seed, novel: { coupling } },
    });
    expect(labels([novel(1, 1), novel(1, 2), novel(0.2, 1), {}, { steps: 2000 }])).toEqual([
      ['CentipedeSix', 'PPO (VPG) (steps planned 1,000)', 1],
      ['CentipedeSix', 'PPO (VPG) (steps planned 2,000)', 1],
      ['CentipedeSix', 'novel (novel.coupling 1)', 2],
      ['CentipedeSix', 'novel (novel.coupling 0.2)', 1],
    ]);
  });

  it('adds what differs from the preset only, and nothing to the preset itself', () => {
    const ppo = (changes: object): TestRun => ({
      config: { env: 'CentipedeSix', algo: 'ppo', seed: 1, steps: 1000, ...changes },
    });
    expect(labels([ppo({}), ppo({ clipRange: 0.1 }), ppo({ clipRange: 0.3 })])).toEqual([
      ['CentipedeSix', 'PPO (VPG)', 1],
      ['CentipedeSix', 'PPO (VPG) (clipRange 0.1)', 1],
      ['CentipedeSix', 'PPO (VPG) (clipRange 0.3)', 1],
    ]);
  });

  it('counts a key that a run was recorded without as its default', () => {
    const config = { env: 'CentipedeSix', algo: 'ppo', seed: 1, steps: 1000 };
    expect(labels([{ config }, { seed: 2, config: { ...config, seed: 2, clipRange: 0.2 } }])).toEqual([
      ['CentipedeSix', 'PPO (VPG)', 2],
    ]);
  });

  it('keeps a run that was given more steps apart from one that was planned for them', () => {
    const continuations = [
      { at: '2026-01-02T03:04:05Z', from: 500, to: 1000, command: ['mikt', 'resume'], versions: {} },
    ];
    expect(labels([{ continuations }, {}]).map(([, label]) => label)).toEqual([
      'PPO (VPG)',
      'PPO (VPG) (continued from 500)',
    ]);
  });

  it('keeps teachers of one environment apart', () => {
    const from = (source: string) => mikt({ teachers: [teacherOf('CentipedeFour', source)] });
    expect(labels([from('zoo:CentipedeFour'), from('random')])).toEqual([
      ['CentipedeSix', 'MIKT (teacher random)', 1],
      ['CentipedeSix', 'MIKT (teacher zoo:CentipedeFour)', 1],
    ]);
  });

  it('calls a method as its study does, else as its runs do', () => {
    const both = [teacherOf('CentipedeFour'), teacherOf('CentipedeSix')];
    const [study, plain] = group([
      mikt({ method: 'MIKT, w/o MI', label: 'without information' }),
      mikt({ method: 'MIKT, w/o MI', teachers: both }),
    ]);
    expect(study).toMatchObject({ label: 'without information', identity: 'MIKT, w/o MI' });
    expect(plain).toMatchObject({ label: 'MIKT, w/o MI', teachers: ['CentipedeFour', 'CentipedeSix'] });
  });

  it('goes by today’s name for a configuration that an older version named otherwise', () => {
    const config = {
      ...resolveConfig({ env: 'Ant', algo: 'mikt', steps: 20_480, ...presetValues('mikt', 'matched') }),
    };
    const [method] = group([mikt({ config, steps: 20_480, method: 'MIKT, matched encoder, p from 0.1' })]);
    expect(method).toMatchObject({ label: 'MIKT (matched)', identity: 'MIKT (matched)' });
  });

  it('counts a seed once, by the run that came furthest', () => {
    const [method] = group([{ name: 'a', stepsDone: 400 }, { name: 'b', stepsDone: 900 }, { seed: 2 }]);
    expect(method!.runs).toHaveLength(3);
    expect(method!.counted.map(({ manifest }) => manifest.name)).toEqual(['b', 'ppo-2']);
  });
});

describe('looks', () => {
  const lookOf = (tests: readonly TestRun[], label: string) =>
    group(tests).find((method) => method.label === label)!.style;
  const ablation = mikt({ method: 'MIKT, w/o MI' });

  it('are the same in every report, whatever stands beside a method', () => {
    expect(lookOf([{}, mikt()], 'MIKT')).toEqual({ colour: COLOURS.vermillion, dash: DASHES.solid });
    expect(lookOf([mikt(), { algo: 'mlpp', teachers }], 'MIKT')).toEqual(lookOf([mikt()], 'MIKT'));
    expect(lookOf([ablation], 'MIKT, w/o MI')).toEqual(lookOf([{}, mikt(), ablation], 'MIKT, w/o MI'));
    const novel: TestRun = { algo: 'novel' };
    expect(lookOf([novel], 'novel')).toEqual(lookOf([{}, mikt(), ablation, novel], 'novel'));
  });

  it('go by what a method is, not by what a study calls it', () => {
    expect(lookOf([mikt({ label: 'ours' })], 'ours')).toEqual(lookOf([mikt()], 'MIKT'));
  });

  it('leave the plain method its own beside a variant without a name', () => {
    const tests = [
      mikt({ method: 'MIKT', label: 'matched, late', config: { late: true } }),
      mikt({ method: 'MIKT', label: 'matched' }),
    ];
    expect(lookOf(tests, 'matched').colour).toBe(COLOURS.vermillion);
    expect(lookOf(tests, 'matched, late')).not.toEqual(lookOf(tests, 'matched'));
  });

  it('differ within a report', () => {
    const methods = group(Array.from({ length: 12 }, (_, index) => ({ algo: `method ${index}` })));
    expect(new Set(methods.map(({ style }) => JSON.stringify(style))).size).toBe(12);
  });
});

it('flatten gives dotted keys in order', () => {
  expect(flatten({ b: { c: [1, 2], a: null }, a: 'x' })).toEqual([
    ['b.c', '[1,2]'],
    ['b.a', 'null'],
    ['a', '"x"'],
  ]);
});
