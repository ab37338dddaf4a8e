import type { Run, RunManifest } from '@mikt/runs';
import { describe, expect, it } from 'vitest';
import { COLOURS, flatten, groupRuns } from './methods.js';

/** A run that has got as far as `stepsDone`, with what is given changed in its manifest. */
function runOf(changes: Partial<RunManifest>, stepsDone = 1000): Run {
  const { algo = 'ppo', seed = 1 } = changes;
  return {
    path: `runs/${algo}-${seed}`,
    manifest: {
      formatVersion: 1,
      name: `${algo}-${seed}`,
      createdAt: '2026-01-02T03:04:05Z',
      command: ['mikt'],
      status: 'finished',
      config: { seed, learningRate: 3e-4 },
      env: 'CentipedeSix',
      algo,
      seed,
      steps: 1000,
      teachers: [],
      versions: {},
      host: { platform: 'linux', arch: 'x64', cores: 2, cpu: 'x' },
      ...changes,
    },
    metrics: { steps: new Float64Array([stepsDone]), return_100: new Float64Array([stepsDone / 10]) },
    episodes: { steps: new Float64Array(0), return: new Float64Array(0), length: new Float64Array(0) },
  };
}
const teacherOf = (env: string, source = `zoo:${env}`) => ({
  source,
  env,
  fingerprint: `${source}-0123456789`,
});
const labels = (runs: Run[]) =>
  groupRuns(runs).map(({ env, label, runs: group }) => [env, label, group.length]);

describe('groupRuns', () => {
  it('groups seeds by environment and method, training from scratch first', () => {
    const teachers = [teacherOf('CentipedeFour')];
    expect(
      labels([
        runOf({ algo: 'mikt', teachers }),
        runOf({ algo: 'mikt', teachers, seed: 2 }),
        runOf({ seed: 2 }),
        runOf({}),
        runOf({ env: 'Ant' }),
        runOf({ algo: 'mlpp', teachers }),
        runOf({ algo: 'novel' }),
      ]),
    ).toEqual([
      ['Ant', 'PPO (VPG)', 1],
      ['CentipedeSix', 'PPO (VPG)', 2],
      ['CentipedeSix', 'novel', 1],
      ['CentipedeSix', 'MIKT from CentipedeFour', 2],
      ['CentipedeSix', 'MLPP from CentipedeFour', 1],
    ]);
  });

  it('never puts runs of different settings under one mean, and says what they differ in', () => {
    const mikt = (coupling: number, seed: number) =>
      runOf({
        algo: 'mikt',
        seed,
        teachers: [teacherOf('CentipedeFour')],
        config: { seed, mikt: { coupling } },
      });
    expect(labels([mikt(1, 1), mikt(1, 2), mikt(0.2, 1), runOf({}), runOf({ steps: 2000 })])).toEqual([
      ['CentipedeSix', 'PPO (VPG) (steps planned 1,000)', 1],
      ['CentipedeSix', 'PPO (VPG) (steps planned 2,000)', 1],
      ['CentipedeSix', 'MIKT from CentipedeFour (mikt.coupling 0.2)', 1],
      ['CentipedeSix', 'MIKT from CentipedeFour (mikt.coupling 1)', 2],
    ]);
  });

  it('keeps teachers of one environment apart', () => {
    const from = (source: string) => runOf({ algo: 'mikt', teachers: [teacherOf('CentipedeFour', source)] });
    expect(labels([from('zoo:CentipedeFour'), from('random')])).toEqual([
      ['CentipedeSix', 'MIKT from CentipedeFour (teacher random)', 1],
      ['CentipedeSix', 'MIKT from CentipedeFour (teacher zoo:CentipedeFour)', 1],
    ]);
  });

  it('names several teachers, and a method as its runs recorded it', () => {
    const teachers = [teacherOf('CentipedeFour'), teacherOf('CentipedeSix')];
    expect(labels([runOf({ algo: 'mikt', method: 'MIKT, w/o MI', teachers })])).toEqual([
      ['CentipedeSix', 'MIKT, w/o MI from CentipedeFour + CentipedeSix', 1],
    ]);
  });

  it('counts a seed once, by the run that came furthest', () => {
    const [method] = groupRuns([runOf({ name: 'a' }, 400), runOf({ name: 'b' }, 900), runOf({ seed: 2 })]);
    expect(method!.runs).toHaveLength(3);
    expect(method!.counted.map(({ manifest }) => manifest.name)).toEqual(['b', 'ppo-2']);
  });

  it('gives a method its colour in every environment, and its variants others', () => {
    const mikt = (env: string, from: string) => runOf({ env, algo: 'mikt', teachers: [teacherOf(from)] });
    const methods = groupRuns([
      mikt('CentipedeSix', 'CentipedeFour'),
      mikt('CentipedeEight', 'CentipedeSix'),
      mikt('Hopper', 'Ant'),
      mikt('Hopper', 'CentipedeFour'),
      runOf({}),
      runOf({ env: 'Hopper' }),
    ]);
    const colours = Object.fromEntries(
      methods.map(({ env, label, style }) => [`${env} ${label}`, style.colour]),
    );
    expect(colours).toEqual({
      'CentipedeEight MIKT from CentipedeSix': COLOURS.vermillion,
      'CentipedeSix PPO (VPG)': COLOURS.blue,
      'CentipedeSix MIKT from CentipedeFour': COLOURS.vermillion,
      'Hopper PPO (VPG)': COLOURS.blue,
      'Hopper MIKT from Ant': COLOURS.orange,
      'Hopper MIKT from CentipedeFour': COLOURS.vermillion,
    });
  });

  it('has a look of its own for each of many methods', () => {
    const methods = groupRuns(Array.from({ length: 9 }, (_, index) => runOf({ algo: `method ${index}` })));
    expect(new Set(methods.map(({ style }) => JSON.stringify(style))).size).toBe(9);
  });
});

it('flatten gives dotted keys in order', () => {
  expect(flatten({ b: { c: [1, 2], a: null }, a: 'x' })).toEqual([
    ['b.c', '[1,2]'],
    ['b.a', 'null'],
    ['a', '"x"'],
  ]);
});
