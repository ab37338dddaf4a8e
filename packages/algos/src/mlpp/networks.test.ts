import { Rng } from '@mikt/core';
import { describe, expect, it } from 'vitest';
import { createPpoAgent } from '../ppo/networks.js';
import { middleLayers } from '../teacher-start.js';
import { randomTeacher } from '../testing.js';
import { mlppConfig } from './config.js';
import { checkMlppTeachers, createMlppAgent } from './networks.js';

const spaces = { observation: { size: 5, low: -1, high: 1 }, action: { size: 2, low: -1, high: 1 } };
const hidden = { policyHidden: [4, 3, 3], valueHidden: [4, 3] };
const config = { ...mlppConfig.parse(hidden), seed: 1 };
const teacher = randomTeacher({ observation: 7, action: 3, ...hidden }, 9);
const MIDDLE = ['policy/hidden2', 'policy/hidden3', 'value/hidden2'].flatMap((layer) => [
  `${layer}/weight`,
  `${layer}/bias`,
]);

describe('MLPP', () => {
  it('begins with the middle layers of its teacher, and everything else as PPO does', () => {
    const agent = createMlppAgent(config, spaces, [teacher]);
    const values = agent.layout.unpack(agent.initialise!(Rng.fromSeed(3)));
    const scratch = createPpoAgent(config, spaces).layout;
    const first = scratch.unpack(scratch.initialise(Rng.fromSeed(3)));
    expect(middleLayers(config, spaces)).toEqual(MIDDLE);
    for (const name of Object.keys(first)) {
      const expected = MIDDLE.includes(name) ? teacher.parameters[name] : first[name];
      expect(values[name], name).toEqual(expected);
    }
  });

  it('needs no teacher once it has begun', () => {
    expect(createMlppAgent(config, spaces, [teacher]).teachers).toEqual([]);
    expect(createMlppAgent(config, spaces, []).layout.size).toBe(createPpoAgent(config, spaces).layout.size);
  });

  it('takes a shuffled or a random teacher as controls', () => {
    const name = 'value/hidden2/weight';
    const begin = (teacherWeights: 'shuffled' | 'random') => {
      const agent = createMlppAgent({ ...config, teacherWeights }, spaces, [teacher]);
      return agent.layout.unpack(agent.initialise!(Rng.fromSeed(3)))[name]!.data;
    };
    const own = teacher.parameters[name]!.data;
    const shuffled = begin('shuffled');
    expect(shuffled).not.toEqual(own);
    expect([...shuffled].sort()).toEqual([...own].sort());
    expect([...begin('random')].sort()).not.toEqual([...own].sort());
  });

  it('refuses teachers whose layers cannot be taken over', () => {
    const other = randomTeacher({ observation: 7, action: 3, ...hidden, valueHidden: [4, 4] }, 9);
    expect(() => checkMlppTeachers(config, [other])).toThrow(
      'valueHidden: MLPP needs the hidden layers of its teacher, [4, 4] in test, got [4, 3].',
    );
    expect(() => checkMlppTeachers({ ...config, policyHidden: [4] }, [teacher])).toThrow(
      'needs two hidden layers at least, got [4].',
    );
  });
});
