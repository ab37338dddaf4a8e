import { InvalidInputError, UnknownNameError } from '@mikt/core';
import type { Method } from './method.js';
import { type MiktConfig, miktConfig } from './mikt/config.js';
import { createCoupledAgent, createStudentAgent } from './mikt/networks.js';
import { checkMiktTeachers, checkPhases, miktStage } from './mikt/update.js';
import { type PpoConfig, ppoConfig } from './ppo/config.js';
import { createPpoAgent } from './ppo/networks.js';
import type { Teacher } from './teacher.js';

const ppo: Method = {
  name: 'ppo',
  title: 'PPO (VPG)',
  schema: ppoConfig,
  presets: { paper: {} },
  teachers: 0,
  columns: () => [],
  check: () => {},
  checkTeachers: () => {},
  stage: () => ({ phase: 1, agent: 'student', coefficients: {}, metrics: {} }),
  createAgent: (_agent, config, spaces) => createPpoAgent(config, spaces),
};

const mikt: Method<MiktConfig> = {
  name: 'mikt',
  title: 'MIKT',
  schema: miktConfig,
  presets: {
    // The authors' code draws its coefficients per run from {1, 0.5}, {0.05, 0.1}, {0.5, 1}, {0.05, 0.1}; the paper
    // names none.
    paper: {
      policyCouplingCoefficient: 1,
      valueCouplingCoefficient: 0.1,
      miCoefficient: 1,
      klCoefficient: 0.1,
    },
  },
  teachers: 1,
  columns: (config) => [
    'phase',
    'mi_loss',
    'coupling_loss',
    'coupling_coefficient',
    ...config.policyHidden.map((_, j) => `mixing/policy/${j + 1}`),
    ...config.valueHidden.map((_, j) => `mixing/value/${j + 1}`),
  ],
  check: checkPhases,
  checkTeachers: checkMiktTeachers,
  stage: miktStage,
  createAgent: (agent, config, spaces, [teacher]) =>
    agent === 'coupled' ? createCoupledAgent(config, spaces, teacher!) : createStudentAgent(config, spaces),
};

/** All methods by name. The paper's baseline VPG is PPO from scratch. */
export const METHODS: Readonly<Record<string, Method>> = { ppo, mikt: mikt as unknown as Method };

const ALIASES: Readonly<Record<string, string>> = { vpg: 'ppo' };

/** @throws InvalidInputError where a run's teachers are too many, too few, or do not fit its configuration */
export function checkTeachers(
  config: PpoConfig & { readonly algo: string },
  teachers: readonly Teacher[],
): void {
  const method = findMethod(config.algo);
  if (teachers.length !== method.teachers) {
    const takes = method.teachers === 0 ? 'trains from scratch and takes no teacher' : 'takes one teacher';
    throw new InvalidInputError(`${method.title} ${takes}, got ${teachers.length}.`);
  }
  method.checkTeachers(config, teachers);
}

/** @throws UnknownNameError */
export function findMethod(name: string): Method {
  const key = ALIASES[name] ?? name;
  const method = Object.hasOwn(METHODS, key) ? METHODS[key] : undefined;
  if (!method)
    throw new UnknownNameError('algorithm', name, [...Object.keys(METHODS), ...Object.keys(ALIASES)]);
  return method;
}
