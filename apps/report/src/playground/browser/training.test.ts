import { presetValues, resolveConfig } from '@mikt/algos';
import { describe, expect, it } from 'vitest';
import { COLOURS, DASHES } from '../../method-styles.js';
import { fromScratch } from './setup-form.js';
import { Training, type TrainingPlan } from './training.js';

function planOf(algo: string, preset: string, changes: object = {}): TrainingPlan {
  const config = resolveConfig({
    ...presetValues(algo, preset),
    algo,
    env: 'Hopper',
    steps: 1e4,
    ...changes,
  });
  return { config, teacher: undefined, threads: 3 };
}

describe('Training', () => {
  it('is called and looks as in the report, with what sets it apart from others of its name', () => {
    const trainings: Training[] = [];
    for (const plan of [
      planOf('mikt', 'matched'),
      planOf('ppo', 'paper'),
      planOf('mikt', 'matched', { seed: 2 }),
      planOf('mikt', 'matched', { seed: 2 }),
    ]) {
      trainings.push(new Training(plan, trainings, () => {}));
    }
    expect(trainings.map(({ label }) => label)).toEqual([
      'MIKT (matched)',
      'PPO (VPG)',
      'MIKT (matched), seed 2',
      'MIKT (matched), seed 2 (2)',
    ]);
    expect(trainings[0]!.style).toEqual({ colour: COLOURS.purple, dash: DASHES.solid });
    expect(trainings[1]!.style).toEqual({ colour: COLOURS.blue, dash: DASHES.solid });
    expect(new Set(trainings.map(({ style }) => JSON.stringify(style))).size).toBe(4);
  });

  it('knows its last return also where the last rows have none', () => {
    const training = new Training(planOf('ppo', 'paper'), [], () => {});
    expect(training.finalReturn).toBeUndefined();
    training.rows.push({ steps: 2048, return_100: 7 }, { steps: 4096, return_100: undefined });
    expect([training.steps, training.finalReturn]).toEqual([4096, 7]);
  });
});

describe('fromScratch', () => {
  it('is PPO on the same robot, with the same seed, number of steps and first standard deviation', () => {
    const asked = { seed: 5, steps: 20_000 };
    for (const [transfer, scratch] of [
      ['matched', 'tuned'],
      ['paper', 'paper'],
    ] as const) {
      const plan = planOf('ppo', scratch, { seed: 5, steps: 20_480 });
      expect(fromScratch(planOf('mikt', transfer, asked))).toEqual(plan);
    }
  });
});
