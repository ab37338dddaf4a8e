import { type EnvSpaces, InvalidInputError, UnknownNameError } from '@mikt/core';
import type { z } from 'zod';
import type { Agent } from './agent.js';
import { type MiktConfig, miktConfig } from './mikt/config.js';
import { createCoupledAgent, createStudentAgent } from './mikt/networks.js';
import { checkMiktTeachers, checkPhases, miktStage } from './mikt/update.js';
import { type PpoConfig, ppoConfig } from './ppo/config.js';
import { createPpoAgent } from './ppo/networks.js';
import type { Teacher } from './teacher.js';

/** What one update of a method is. */
export interface Stage {
  /** Logged; counted from 1. */
  readonly phase: number;
  /** Which of the method's agents learns. Where it differs from the update before, the run is handed over. */
  readonly agent: string;
  /** Values of the agent's coefficients in this update. */
  readonly coefficients: Readonly<Record<string, number>>;
  /** More scalars to log. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** A training method as a difference from PPO: its configuration, its agents, and which of them learns when. */
export interface Method<C extends PpoConfig = PpoConfig> {
  readonly name: string;
  /** As figures and tables call it. */
  readonly title: string;
  readonly schema: z.ZodObject & z.ZodType<C>;
  /** Named sets of configuration values. */
  readonly presets: Readonly<Record<string, Readonly<Partial<C>>>>;
  /** Number of teachers it takes. */
  readonly teachers: 0 | 1;
  /** Columns that it logs beyond PPO's. */
  columns(config: C): readonly string[];
  /** @throws InvalidInputError where configuration and number of updates do not go together */
  check(config: C, updates: number): void;
  /** @throws InvalidInputError where teachers (as many as it takes) do not fit the configuration */
  checkTeachers(config: C, teachers: readonly Teacher[]): void;
  /** @param update from 1, of `updates` */
  stage(config: C, update: number, updates: number): Stage;
  createAgent(agent: string, config: C, spaces: EnvSpaces, teachers: readonly Teacher[]): Agent;
}

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
