import { Rng } from '@mikt/core';
import { createReferenceEngine, sizeOf, variable } from '@mikt/graph';
import { describe, expect, it } from 'vitest';
import type { Agent } from '../agent.js';
import { batchInputs, coefficientInputs } from '../ppo/gradients.js';
import { randomTeacher } from '../testing.js';
import { type MiktConfig, miktConfig } from './config.js';
import { COUPLING_RISE, createCoupledAgent, createStudentAgent } from './networks.js';

const names = ['a', 'b', 'c', 'd', 'e'];
const spaces = {
  observation: { size: 5, low: -1, high: 1, names },
  action: { size: 2, low: -1, high: 1 },
};
const sizes = { observation: 5, action: 2 };
const hidden = { policyHidden: [4, 3], valueHidden: [4, 3] };
const teachers = [
  {
    ...randomTeacher({ observation: 3, action: 4, ...hidden }, 7),
    observationNames: ['x', 'd', 'a'],
  },
  randomTeacher({ observation: 6, action: 1, policyHidden: [2], valueHidden: [4, 3] }, 8),
];

/** Which parameters a name belongs to. */
function groupOf(name: string): string {
  const network = name.split('/')[0]!;
  const kind = name.split('/')[1]!.replace(/\d+$/, '');
  return kind === 'mixing' || kind === 'matrix' ? `${network} ${kind}` : network;
}

/** For each weighted loss, the groups of parameters that it moves, in alphabetical order. */
function flow(agent: Agent): Record<string, string> {
  // Enough that not all of them are beyond a clip range, where no gradient flows.
  const rows = 32;
  const rng = Rng.fromSeed(1);
  const parameters = agent.layout.bind(variable('parameters', [agent.layout.size]));
  const { parts } = agent.loss(parameters, batchInputs(rows, sizes), coefficientInputs(agent));
  const engine = createReferenceEngine();
  const variables = engine.createVariables({
    parameters: [agent.layout.size],
    ...Object.fromEntries(Object.entries(agent.frozen).map(([name, { length }]) => [name, [length]])),
  });
  variables.write(
    'parameters',
    agent.layout.initialise(rng).map((x) => x + 0.1 * rng.normal()),
  );
  for (const [name, values] of Object.entries(agent.frozen)) variables.write(name, values);
  const program = engine.compile(
    {
      outputs: Object.fromEntries(
        Object.entries(parts).map(([name, part]) => [name, parameters.gradient(part)]),
      ),
    },
    variables,
  );
  for (const values of Object.values(program.inputs)) rng.fillNormal(values as Float64Array);
  for (let i = 0; i < rows; i++) program.inputs.logProbabilities![i]! -= 3;
  program.inputs[COUPLING_RISE]?.fill(0.5);
  program.run();
  return Object.fromEntries(
    Object.entries(program.outputs).map(([loss, gradient]) => {
      const moved = agent.layout.specs.filter(({ name, shape }) => {
        const begin = agent.layout.offset(name);
        return gradient.subarray(begin, begin + sizeOf(shape)).some((x) => x !== 0);
      });
      return [loss, [...new Set(moved.map(({ name }) => groupOf(name)))].sort().join(', ')];
    }),
  );
}

const configOf = (changes: Partial<MiktConfig>) => ({
  ...miktConfig.parse({ ...hidden, encoderHidden: [4], variationalHidden: [3], ...changes }),
  seed: 0,
});

// The table of who trains what. The frozen teacher is in no row: it is not among the parameters at all.
const MIKT = {
  policy: 'encoder1, policy, policy mixing',
  value: 'encoder1, value, value mixing',
  mi: 'encoder1, variational1',
  coupling: 'policy mixing, value mixing',
  kl: 'encoder1, policy, policy mixing',
};
const { mi: _mi, ...withoutMi } = MIKT;
const { kl: _kl, ...withoutKl } = MIKT;
const withoutEncoder = (flows: string) => flows.replace('encoder1, ', '');
const TABLE: [string, Partial<MiktConfig>, Record<string, string>][] = [
  ['MIKT', {}, MIKT],
  ['w/o MI', { miCoefficient: 0 }, withoutMi],
  [
    'w/o RL gradients',
    { rlGradients: false },
    {
      ...MIKT,
      policy: withoutEncoder(MIKT.policy),
      value: withoutEncoder(MIKT.value),
      kl: withoutEncoder(MIKT.kl),
    },
  ],
  ['w/o KL', { klCoefficient: 0 }, withoutKl],
  ['random teacher', { teacherWeights: 'random' }, MIKT],
  ['shuffled teacher', { teacherWeights: 'shuffled' }, MIKT],
  [
    'fresh trainable teacher',
    { teacherWeights: 'fresh' },
    {
      ...MIKT,
      policy: 'encoder1, policy, policy mixing, teacher1',
      value: 'encoder1, teacher1, value, value mixing',
      kl: 'encoder1, policy, policy mixing, teacher1',
    },
  ],
  [
    'MI without teacher',
    { teacherWeights: 'absent' },
    { policy: 'policy', value: 'value', mi: 'encoder1, variational1', kl: 'policy' },
  ],
  [
    'with U',
    { lateralMatrices: 'all' },
    {
      ...MIKT,
      policy: 'encoder1, policy, policy matrix, policy mixing',
      value: 'encoder1, value, value matrix, value mixing',
      kl: 'encoder1, policy, policy matrix, policy mixing',
    },
  ],
  [
    'value network on its own',
    { valueFeeds: [0, 0] },
    { ...MIKT, value: 'value', coupling: 'policy mixing' },
  ],
  ['scaled embeddings', { embeddingNormalisation: 'rms' }, MIKT],
  ['matched encoder', { encoderStart: 'matched' }, MIKT],
  ['feature regression', { regressionCoefficient: 1 }, { ...MIKT, regression: 'policy, value' }],
  ['mixture q', { variationalFamily: 'mixture' }, MIKT],
  ['flow q', { variationalFamily: 'flow' }, MIKT],
  ['with entropy', { entropyCoefficient: 0.01 }, { ...MIKT, entropy: 'policy' }],
];

describe('which loss reaches which parameters', () => {
  it.each(TABLE)('%s', (_name, changes, expected) => {
    expect(flow(createCoupledAgent(configOf(changes), spaces, teachers.slice(0, 1)))).toEqual(expected);
  });

  it('two teachers, the second bridged', () => {
    expect(flow(createCoupledAgent(configOf({}), spaces, teachers))).toEqual({
      policy: 'encoder1, encoder2, policy, policy matrix, policy mixing',
      value: 'encoder1, encoder2, value, value mixing',
      mi: 'encoder1, encoder2, variational1, variational2',
      coupling: 'policy mixing, value mixing',
      kl: 'encoder1, encoder2, policy, policy matrix, policy mixing',
    });
  });

  it('the student after the hand-over', () => {
    expect(flow(createStudentAgent(configOf({}), spaces))).toEqual({
      policy: 'policy',
      value: 'value',
      kl: 'policy',
    });
  });
});

it('the parts of the loss add up to its total', () => {
  const agent = createCoupledAgent(configOf({ entropyCoefficient: 0.01 }), spaces, teachers);
  const parameters = agent.layout.bind(variable('parameters', [agent.layout.size]));
  const { parts, total } = agent.loss(parameters, batchInputs(4, sizes), coefficientInputs(agent));
  const engine = createReferenceEngine();
  const variables = engine.createVariables({
    parameters: [agent.layout.size],
    ...Object.fromEntries(Object.entries(agent.frozen).map(([name, { length }]) => [name, [length]])),
  });
  const rng = Rng.fromSeed(2);
  variables.write('parameters', agent.layout.initialise(rng));
  for (const [name, values] of Object.entries(agent.frozen)) variables.write(name, values);
  const program = engine.compile({ outputs: { ...parts, total } }, variables);
  for (const values of Object.values(program.inputs)) rng.fillNormal(values as Float64Array);
  program.run();
  const { total: whole, ...addends } = program.outputs;
  const sum = Object.values(addends).reduce((s, part) => s + part[0]!, 0);
  expect(Object.keys(addends)).toEqual(['policy', 'value', 'entropy', 'mi', 'coupling', 'kl']);
  expect(sum).toBeCloseTo(whole![0]!, 9);
});

it('a matched encoder is refused where no observation entry of the teacher has a name of the student’s', () => {
  expect(() => createCoupledAgent(configOf({ encoderStart: 'matched' }), spaces, [teachers[1]!])).toThrow(
    "encoderStart=matched needs observations with names in common; test and the student's environment have none.",
  );
});
