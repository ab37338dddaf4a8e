import { Rng } from '@mikt/core';
import { describe, expect, it } from 'vitest';
import { type MiktConfig, miktConfig } from './mikt/config.js';
import { createCoupledAgent } from './mikt/networks.js';
import { mlppConfig } from './mlpp/config.js';
import { createMlppAgent } from './mlpp/networks.js';
import { checkNormaliserStart, matchActions, matchNormaliser } from './teacher-start.js';
import { randomTeacher } from './testing.js';

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
  const values = matchActions(random, configOf(), spaces, quiet);
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

it("begins with the teacher's whole network where every name is known, in MLPP and in MIKT's student", () => {
  const hidden = { policyHidden: [4, 3], valueHidden: [4, 3] };
  const known = {
    ...randomTeacher({ observation: 2, action: 2, ...hidden }, 3),
    observationNames: ['speed', 'height'],
    actionNames: ['ankle', 'hip'],
  };
  const robot = {
    observation: { size: 3, low: -1, high: 1, names: ['height', 'colour', 'speed'] },
    action: spaces.action,
  };
  const mlpp = { ...mlppConfig.parse({ ...hidden, inputStart: 'matched', actionStart: 'matched' }), seed: 1 };
  const mikt = {
    ...miktConfig.parse({ ...hidden, studentStart: 'matched', actionStart: 'matched' }),
    seed: 1,
  };
  for (const agent of [createMlppAgent(mlpp, robot, [known]), createCoupledAgent(mikt, robot, [known])]) {
    const values = agent.layout.unpack(agent.initialise!(Rng.fromSeed(5)));
    for (const network of ['policy', 'value']) {
      const [own, given] = [values, known.parameters].map(
        (parameters) => parameters[`${network}/hidden1/weight`]!.data,
      );
      // Student: height, colour, speed. Teacher: speed, height. Four units.
      expect([...own!]).toEqual([...given!.slice(4), 0, 0, 0, 0, ...given!.slice(0, 4)]);
      for (const name of ['hidden1/bias', 'hidden2/weight', 'hidden2/bias']) {
        expect(values[`${network}/${name}`], name).toEqual(known.parameters[`${network}/${name}`]);
      }
    }
    expect(values['policy/output/weight']!.data[0]).toBe(known.parameters['policy/output/weight']!.data[1]);
  }
  const stranger = { ...known, observationNames: ['smell', 'taste'] };
  expect(() => createMlppAgent(mlpp, robot, [stranger]).initialise!(Rng.fromSeed(5))).toThrow(
    'inputStart=matched needs observations with names in common; test',
  );
});

describe("a normaliser that begins as the teacher's", () => {
  const { observation: own, ...others } = spaces;
  const robot = { observation: { ...own, names: ['height', 'colour', 'speed'] }, ...others };
  const known = {
    ...teacher,
    observationNames: ['speed', 'height'],
    normaliser: { mean: Float64Array.of(3, -1), variance: Float64Array.of(0.25, 4) },
  };
  const matched = { normaliserStart: 'matched', normaliseObservations: true } as const;

  it('has its mean and variance by name, and 0 and 1 elsewhere', () => {
    const { mean, variance, count } = matchNormaliser(matched, robot, [known])!;
    expect([...mean]).toEqual([-1, 0, 3]);
    expect([...variance]).toEqual([4, 1, 0.25]);
    // Ten updates' worth: weights of the teacher keep their meaning until they can follow.
    expect(count).toBe(10 * 2048);
    expect(matchNormaliser({ normaliserStart: 'empty' }, robot, [known])).toBeUndefined();
  });

  it('is refused where there is nothing to begin with', () => {
    expect(() => matchNormaliser(matched, spaces, [known])).toThrow(
      'normaliserStart=matched needs observations with names in common; test',
    );
    expect(() => checkNormaliserStart(matched, [teacher])).toThrow(
      'needs a teacher that says how its observations were normalised; test does not.',
    );
    expect(() => checkNormaliserStart({ ...matched, normaliseObservations: false }, [known])).toThrow(
      'normaliserStart=matched needs normaliseObservations=true.',
    );
    checkNormaliserStart(matched, [known]);
    checkNormaliserStart({ ...matched, normaliserStart: 'empty' }, [teacher]);
  });
});
