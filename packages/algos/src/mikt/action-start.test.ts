import { Rng } from '@mikt/core';
import { expect, it } from 'vitest';
import { randomTeacher } from '../testing.js';
import { matchActions } from './action-start.js';
import { type MiktConfig, miktConfig } from './config.js';
import { createCoupledAgent } from './networks.js';

const spaces = {
  observation: { size: 3, low: -1, high: 1 },
  action: { size: 3, low: -1, high: 1, names: ['hip', 'tail', 'ankle'] },
};
const teacher = {
  ...randomTeacher({ observation: 2, action: 2, policyHidden: [4], valueHidden: [4] }, 3),
  actionNames: ['ankle', 'hip'],
};
const configOf = (changes: Partial<MiktConfig> = {}) => ({
  ...miktConfig.parse({ policyHidden: [4], valueHidden: [4], actionStart: 'matched', ...changes }),
  seed: 1,
});

it('takes the output of actions of the same name from the teacher, and leaves the rest', () => {
  const start = (changes: Partial<MiktConfig>) => {
    const agent = createCoupledAgent(configOf(changes), spaces, [teacher]);
    return agent.layout.unpack(agent.initialise!(Rng.fromSeed(5)));
  };
  const [random, matched] = [start({ actionStart: 'random' }), start({})];
  const [own, given] = [
    matched['policy/output/weight']!.data,
    teacher.parameters['policy/output/weight']!.data,
  ];
  for (let row = 0; row < 4; row++) {
    // Student: hip, tail, ankle. Teacher: ankle, hip.
    expect(own[3 * row]).toBe(given[2 * row + 1]);
    expect(own[3 * row + 1]).toBe(random['policy/output/weight']!.data[3 * row + 1]);
    expect(own[3 * row + 2]).toBe(given[2 * row]);
  }
  const deviations = { shape: [2], data: Float32Array.of(-1, -2) };
  const quiet = {
    ...teacher,
    parameters: { ...teacher.parameters, 'policy/logStandardDeviation': deviations },
  };
  const values = matchActions(random, configOf(), spaces, [quiet]);
  expect([...values['policy/logStandardDeviation']!.data]).toEqual([-2, 0, -1]);
  for (const name of Object.keys(random)) {
    if (!/^policy\/(output|logStandardDeviation)/.test(name))
      expect(matched[name], name).toEqual(random[name]);
  }
});

it('starts the mixing where it is told to', () => {
  const agent = createCoupledAgent(configOf({ mixingStart: 0.2 }), spaces, [teacher, teacher]);
  const { data } = agent.layout.unpack(agent.initialise!(Rng.fromSeed(5)))['policy/mixing1']!;
  const total = data.reduce((sum, logit) => sum + Math.exp(logit), 0);
  [0.2, 0.4, 0.4].forEach((weight, i) => {
    expect(Math.exp(data[i]!) / total).toBeCloseTo(weight, 6);
  });
});

it.each([
  [
    'no common name',
    configOf(),
    { ...teacher, actionNames: ['wing', 'fin'] },
    'actionStart=matched needs actions with names in common; test and the student',
  ],
  [
    'another width',
    configOf({ policyHidden: [5] }),
    teacher,
    "needs a last hidden layer of the teacher's width, 4 in test; policyHidden ends with 5.",
  ],
])('refuses %s', (_name, config, from, message) => {
  const agent = createCoupledAgent(config, spaces, [from]);
  expect(() => agent.initialise!(Rng.fromSeed(5))).toThrow(message);
});
