import { describe, expect, it } from 'vitest';
import { groupRuns } from './methods.js';
import { pairsOf, splitVariants } from './pairs.js';
import { runsOf, type TestRun, teacherOf } from './testing.js';

const pairs = (tests: readonly TestRun[]) => pairsOf(groupRuns(runsOf(tests)));
const from = (teacher: string, changes: TestRun = {}): TestRun => ({
  algo: 'mikt',
  teachers: [teacherOf(teacher)],
  ...changes,
});

describe('pairsOf', () => {
  it('shares training from scratch between the pairs of an environment', () => {
    const made = pairs([{}, from('CentipedeFour'), from('Hopper'), { env: 'Ant' }]);
    expect(made.map(({ title, methods }) => [title, methods.map(({ label }) => label)])).toEqual([
      ['Ant', ['PPO (VPG)']],
      ['CentipedeFour to CentipedeSix', ['PPO (VPG)', 'MIKT']],
      ['Hopper to CentipedeSix', ['PPO (VPG)', 'MIKT']],
    ]);
    expect(made[1]!.methods[0]).toBe(made[2]!.methods[0]);
  });

  it('compares with training from scratch, else with the method that all others vary', () => {
    const ablation = from('CentipedeFour', { method: 'MIKT, w/o MI' });
    const baseline = (tests: readonly TestRun[]) => pairs(tests)[0]!.baseline?.label;
    expect(baseline([{}, from('CentipedeFour')])).toBe('PPO (VPG)');
    expect(baseline([from('CentipedeFour'), ablation])).toBe('MIKT');
    expect(baseline([from('CentipedeFour'), from('CentipedeFour', { algo: 'mlpp' })])).toBeUndefined();
    expect(baseline([{}])).toBeUndefined();
    // Variants of the baseline are no baselines.
    expect(
      baseline([
        { label: 'VPG' },
        { label: 'slower', config: { env: 'CentipedeSix', algo: 'ppo', learningRate: 1e-4 } },
      ]),
    ).toBe('VPG');
  });
});

describe('splitVariants', () => {
  it('keeps plain methods and their controls together, and each with its variants apart', () => {
    const [pair] = pairs([
      {},
      from('CentipedeFour'),
      from('CentipedeFour', { method: 'MIKT, random teacher', config: { teacherWeights: 'random' } }),
      from('CentipedeFour', { method: 'MIKT, w/o MI', config: { miCoefficient: 0 } }),
      from('CentipedeFour', {
        method: 'MIKT, random teacher, w/o MI',
        config: { miCoefficient: 0, teacherWeights: 'random' },
      }),
    ]);
    const { main, variants } = splitVariants(pair!);
    expect(main.map(({ label }) => label)).toEqual(['PPO (VPG)', 'MIKT', 'MIKT, random teacher']);
    expect(variants.map(({ methods }) => methods.map(({ label }) => label))).toEqual([
      ['MIKT', 'MIKT, random teacher, w/o MI', 'MIKT, w/o MI'],
    ]);
  });
});
