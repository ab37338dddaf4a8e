import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { commonSteps, compareRuns, differInSeedsOnly } from './compare.js';
import { describeComparison, label } from './comparison-text.js';
import { type Sample, sampleSummary, TEACHER } from './sample-runs.js';
import type { RunSummary } from './summary.js';

const root = mkdtempSync(path.join(tmpdir(), 'mikt-compare-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let count = 0;
async function sample(given: Sample): Promise<RunSummary> {
  const folder = `run${++count}`;
  return { ...(await sampleSummary(path.join(root, folder), given)), folder: `runs/${folder}` };
}
const valuesOf = (differences: readonly { key: string; values: readonly unknown[] }[]) =>
  Object.fromEntries(differences.map(({ key, values }) => [key, values]));

describe('runs that differ', () => {
  it('in their seeds only are the same configuration', async () => {
    const runs = [await sample({ config: { seed: 3 } }), await sample({ config: { seed: 1 } })];
    const comparison = compareRuns(runs);
    expect(differInSeedsOnly(comparison)).toBe(true);
    expect(describeComparison(comparison)).toContain('The same configuration, seeds 3, 1.');
    expect(describeComparison(compareRuns([runs[0]!, runs[0]!]))).toContain(
      'The same configuration and the same seed, 3.',
    );
  });

  it('in a continuation are not the same, whatever their configuration says', async () => {
    const continuation = {
      at: '2026-05-05T00:00:00.000Z',
      command: [],
      versions: {},
      from: 4096,
      to: 10_240,
    };
    const runs = [await sample({}), await sample({ manifest: { continuations: [continuation] } })];
    const comparison = compareRuns(runs);
    expect(differInSeedsOnly(comparison)).toBe(false);
    expect(valuesOf(comparison.configuration)).toEqual({ continuedFrom: [undefined, [4096]] });
  });

  it('are told by the keys that differ, defaults of one method only apart', async () => {
    const runs = [
      await sample({ config: { epochs: 4 }, returns: [1, 2, 3, 4, 5] }),
      await sample({
        config: { algo: 'mikt', klCoefficient: 0, learningRate: 1e-3, steps: 20_480 },
        manifest: {
          teachers: [TEACHER],
          versions: { mikt: '0.1.0', engine: 'WASM kernels' },
          git: { commit: '0123456789abcdef0123456789abcdef01234567', dirty: true },
        },
        returns: [Number.NaN, 4, 6, 8, 10, 12, 11],
      }),
    ];
    const comparison = compareRuns(runs);
    const told = comparison.configuration.filter(({ isDefaultOfSome }) => !isDefaultOfSome);
    expect(valuesOf(told)).toEqual({
      teacher: [undefined, 'zoo:CentipedeFour'],
      fingerprint: [undefined, 'ab'.repeat(32)],
      algo: ['ppo', 'mikt'],
      steps: [10_240, 20_480],
      epochs: [4, 10],
      learningRate: [3e-4, 1e-3],
      klCoefficient: [undefined, 0],
    });
    expect(valuesOf(comparison.configuration).miCoefficient).toEqual([undefined, 1]);
    expect(valuesOf(comparison.versions)).toEqual({
      mikt: ['0.0.0', '0.1.0'],
      commit: [undefined, '0123456789abcdef0123456789abcdef01234567-dirty'],
    });
    // Both have taken 10,240 steps: a grid of 2,000. At each what the update at or before it said.
    expect(comparison.steps).toEqual([2000, 4000, 6000, 8000, 10_000]);
    expect(comparison.returns.map((values) => [...values])).toEqual([
      [Number.NaN, 1, 2, 3, 4],
      [Number.NaN, Number.NaN, 4, 6, 8],
    ]);
    const untold = comparison.configuration.length - told.length;
    expect(describeComparison(comparison)).toEqual([
      `A  runs/run${count - 1}  PPO (VPG) on Hopper, seed 1, finished`,
      `B  runs/run${count}  MIKT, w/o KL from CentipedeFour on Hopper, seed 1, finished`,
      '',
      'Configuration, where it differs',
      '                    A                  B',
      'teacher             -  zoo:CentipedeFour',
      'fingerprint         -           abababab',
      'algo              ppo               mikt',
      'steps          10,240             20,480',
      'epochs              4                 10',
      'learningRate   0.0003              0.001',
      'klCoefficient       -                  0',
      `${untold} more keys, which only some of the runs have, are at their defaults; --json lists them.`,
      '',
      'Mean return of the last 100 episodes by steps',
      '              A       B',
      '2,000         -       -',
      '4,000       1.0       -',
      '6,000       2.0     4.0',
      '8,000       3.0     6.0',
      '10,000      4.0     8.0',
      'last        5.0    11.0',
      'best        5.0    12.0',
      'best at  10,240  12,288',
      '',
      'Cost',
      '              A       B',
      'steps    10,240  14,336',
      'planned  10,240  20,480',
      'time        5 s     7 s',
      'steps/s   2,048   2,048',
      '',
      'Versions',
      '            A               B',
      'mikt    0.0.0           0.1.0',
      'commit      -  01234567-dirty',
    ]);
  });
});

it('many runs on a narrow terminal are compared in parts, and nothing wraps', async () => {
  const runs = await Promise.all(
    Array.from({ length: 12 }, (_, i) =>
      sample({ config: { seed: i, epochs: 1 + (i % 2) }, returns: [1000 * i, 2000] }),
    ),
  );
  for (const width of [20, 40, 60, 80, 200]) {
    const lines = describeComparison(compareRuns(runs), width);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
    // Every run has its column in every table.
    const columns = lines
      .filter((line) => /^ +[A-Z ]+$/.test(line))
      .flatMap((line) => line.trim().split(/ +/));
    if (width >= 40)
      expect(columns).toEqual(
        Array(3)
          .fill(runs.map((_, i) => label(i)))
          .flat(),
      );
  }
});

it('common steps are round, ten at most', () => {
  expect(commonSteps(2_000_896)).toEqual(Array.from({ length: 8 }, (_, i) => 250_000 * (i + 1)));
  expect(commonSteps(1000)).toEqual([100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]);
  expect(commonSteps(7)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(commonSteps(0)).toEqual([]);
});

it('labels go on after Z', () => {
  expect([0, 25, 26, 51, 52, 702].map(label)).toEqual(['A', 'Z', 'AA', 'AZ', 'BA', 'AAA']);
});
