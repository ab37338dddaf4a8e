import { presetValues, resolveConfig } from '@mikt/algos';
import { parseAssignments } from '@mikt/core';
import { describe, expect, it } from 'vitest';
import { presetDifferences } from './presets.js';
import { repeatCommands } from './repeat.js';
import { runsOf, type TestRun, teacherOf } from './testing.js';

const commands = (test: TestRun) => repeatCommands(runsOf([test])[0]!);
const plain = (config: Readonly<Record<string, unknown>>) => ({ ...resolveConfig(config) });

describe('repeatCommands', () => {
  it('names the preset and what differs from it', () => {
    const config = plain({
      ...{ env: 'CentipedeSix', algo: 'mikt', seed: 3, steps: 20_480 },
      ...presetValues('mikt', 'matched'),
      ...{ couplingStart: 0.2, policyHidden: [32, 32] },
    });
    const [command] = commands({
      algo: 'mikt',
      seed: 3,
      steps: 20_480,
      config,
      teachers: [teacherOf('Ant')],
    });
    expect(command).toBe(
      "mikt transfer --teacher zoo:Ant --env CentipedeSix --algo mikt --preset matched --set 'policyHidden=[32,32]' " +
        '--set couplingStart=0.2 --seed 3 --steps 20480 --out runs/mikt-3',
    );
    // What it sets is what the run had.
    const { preset, differences } = presetDifferences(config, 'mikt');
    const set = parseAssignments(differences.map(({ key, value }) => `${key}=${JSON.stringify(value)}`));
    expect(
      resolveConfig({
        ...presetValues('mikt', preset!),
        ...set,
        env: 'CentipedeSix',
        algo: 'mikt',
        seed: 3,
        steps: 20_480,
      }),
    ).toEqual(config);
  });

  it('trains from scratch, and goes on where a run was given more steps', () => {
    const config = plain({ env: 'Ant', algo: 'ppo', seed: 1, steps: 40_960 });
    const continuations = [
      { at: '2026-01-02T03:04:05Z', from: 20_480, to: 40_960, command: ['mikt', 'resume'], versions: {} },
    ];
    expect(commands({ env: 'Ant', steps: 40_960, config, continuations })).toEqual([
      'mikt train Ant --preset paper --seed 1 --steps 20480 --out runs/ppo-1',
      'mikt resume runs/ppo-1 --steps 40960',
    ]);
  });

  it('gives the command as it was where the method is not known', () => {
    expect(commands({ algo: 'novel', command: ['mikt', 'novel', 'my env'] })).toEqual([
      "mikt novel 'my env'",
    ]);
  });
});
