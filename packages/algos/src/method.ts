import { type EnvSpaces, UnknownNameError } from '@mikt/core';
import type { z } from 'zod';
import type { Agent } from './agent.js';
import { type MiktConfig, miktConfig } from './mikt/config.js';
import { createCoupledAgent, createStudentAgent } from './mikt/networks.js';
import { checkPhases, miktStage } from './mikt/update.js';
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
  /** Number of teachers it takes. */
  readonly teachers: 0 | 1;
  /** Columns that it logs beyond PPO's. */
  columns(config: C): readonly string[];
  /** @throws InvalidInputError where configuration and number of updates do not go together */
  check(config: C, updates: number): void;
  /** @param update from 1, of `updates` */
  stage(config: C, update: number, updates: number): Stage;
  createAgent(agent: string, config: C, spaces: EnvSpaces, teachers: readonly Teacher[]): Agent;
}

const ppo: Method = {
  name: 'ppo',
  title: 'PPO (VPG)',
  schema: ppoConfig,
  teachers: 0,
  columns: () => [],
  check: () => {},
  stage: () => ({ phase: 1, agent: 'student', coefficients: {}, metrics: {} }),
  createAgent: (_agent, config, spaces) => createPpoAgent(config, spaces),
};

const mikt: Method<MiktConfig> = {
  name: 'mikt',
  title: 'MIKT',
  schema: miktConfig,
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
  stage: miktStage,
  createAgent: (agent, config, spaces, [teacher]) =>
    agent === 'coupled' ? createCoupledAgent(config, spaces, teacher!) : createStudentAgent(config, spaces),
};

/** All methods by name. The paper's baseline VPG is PPO from scratch. */
export const METHODS: Readonly<Record<string, Method>> = { ppo, mikt: mikt as unknown as Method };

const ALIASES: Readonly<Record<string, string>> = { vpg: 'ppo' };

/** @throws UnknownNameError */
export function findMethod(name: string): Method {
  const key = ALIASES[name] ?? name;
  const method = Object.hasOwn(METHODS, key) ? METHODS[key] : undefined;
  if (!method)
    throw new UnknownNameError('algorithm', name, [...Object.keys(METHODS), ...Object.keys(ALIASES)]);
  return method;
}
