import { expect, it } from 'vitest';
import { presetValues, resolveConfig } from './config.js';
import { describeMethod } from './methods.js';

const describe = (algo: string, values: Readonly<Record<string, unknown>> = {}) =>
  describeMethod(resolveConfig({ env: 'CentipedeSix', algo, steps: 1e5, ...values }));

it('calls a run by its method and what sets it apart', () => {
  expect(describe('vpg')).toBe('PPO (VPG)');
  expect(describe('mlpp', { teacherWeights: 'shuffled' })).toBe('MLPP, shuffled teacher');
  expect(describe('mikt', presetValues('mikt', 'paper'))).toBe('MIKT');
  expect(describe('mikt', { miCoefficient: 0, teacherWeights: 'random' })).toBe(
    'MIKT, random teacher, w/o MI',
  );
  expect(describe('mikt', { rlGradients: false })).toBe('MIKT, w/o RL gradients');
});

it('calls a preset by its name', () => {
  const matched = presetValues('mikt', 'matched');
  expect(describe('mikt', matched)).toBe('MIKT (matched)');
  expect(describe('mikt', { ...matched, teacherWeights: 'random' })).toBe('MIKT (matched), random teacher');
  expect(describe('mikt', { ...matched, mixingStart: 0.3 })).toBe(
    'MIKT, feature regression, matched encoder, matched actions, matched student, p from 0.3, clipped by group',
  );
});
