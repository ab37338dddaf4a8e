import { InvalidInputError, UnknownNameError } from '@mikt/core';
import { mul } from '@mikt/graph';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { lossOf } from './agent.js';
import { presetValues, resolveConfig } from './config.js';
import type { Method } from './method.js';
import { describeMethod, findMethod, registerMethod } from './methods.js';
import { type PpoConfig, ppoConfig } from './ppo/config.js';
import { ppo } from './ppo/method.js';
import { createPpoAgent } from './ppo/networks.js';
import { threadsFor } from './team/create.js';
import { IdentityEnv } from './testing.js';
import { resume, train } from './trainer.js';
import { metricColumns } from './training-options.js';

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
  expect(describe('ppo', presetValues('ppo', 'tuned'))).toBe('PPO (VPG, tuned)');
  expect(describe('mikt', { ...matched, mixingStart: 0.3 })).toBe(
    'MIKT, feature regression, matched encoder, matched normaliser, matched actions, matched student, p from 0.3, clipped by group',
  );
});

type ScaledConfig = PpoConfig & { readonly scale: number };

/** PPO with its loss in another unit, and that logged. */
const scaled: Method<ScaledConfig> = {
  ...(ppo as unknown as Method<ScaledConfig>),
  name: 'scaled',
  title: 'Scaled PPO',
  schema: z.strictObject({ ...ppoConfig.shape, scale: z.number().positive().default(2) }),
  variants: ({ scale }) => (scale === 2 ? [] : [`scale ${scale}`]),
  columns: () => ['scaled_loss', 'gradient_norm/scaled'],
  createAgent(_agent, config, spaces) {
    const agent = createPpoAgent(config, spaces);
    return {
      ...agent,
      loss(...inputs) {
        const { total, terms } = agent.loss(...inputs);
        const loss = mul(total, config.scale);
        return lossOf({ scaled: loss }, { ...terms, scaled_loss: loss });
      },
    };
  },
};

it('trains by a method that was registered, on the calling thread, and goes on with it', async () => {
  expect(() => findMethod('scaled')).toThrow(UnknownNameError);
  registerMethod(scaled);
  const small = { stepsPerUpdate: 64, minibatches: 4, epochs: 2, policyHidden: [8], valueHidden: [8] };
  const constant = { learningRateSchedule: 'constant' };
  const config = resolveConfig({ env: 'Identity', algo: 'scaled', steps: 256, ...small, ...constant });
  expect(config).toMatchObject({ algo: 'scaled', scale: 2 });
  expect(describeMethod({ ...config, scale: 3 } as typeof config)).toBe('Scaled PPO, scale 3');
  expect(metricColumns(config, []).slice(-2)).toEqual(['scaled_loss', 'gradient_norm/scaled']);
  expect(threadsFor(config, { threads: 2 })).toBe(1);
  expect(threadsFor({ ...config, algo: 'ppo' }, { threads: 2 })).toBe(2);

  const options = { createEnv: async () => new IdentityEnv() };
  const rows: Readonly<Record<string, number | undefined>>[] = [];
  const whole = await train(config, { ...options, onUpdate: (row) => rows.push(row) });
  expect(rows.at(-1)!.scaled_loss).toBe(rows.at(-1)!.loss);
  const half = await train({ ...config, steps: 128 }, options);
  const on = await resume({ ...half.state, config }, options);
  expect(on.state.learner).toEqual(whole.state.learner);
});

it.each([
  ['ppo', 'there is a method named "ppo" already; choose another name.'],
  ['vpg', 'there is a method named "vpg" already; choose another name.'],
  [' ', 'a method needs a name, got an empty one.'],
])('refuses the name "%s" for a method', (name, sentence) => {
  expect(() => registerMethod({ ...scaled, name })).toThrow(new InvalidInputError(sentence));
});
