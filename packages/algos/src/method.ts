import type { EnvSpaces } from '@mikt/core';
import type { z } from 'zod';
import type { Agent } from './agent.js';
import type { PpoConfig } from './ppo/config.js';
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
