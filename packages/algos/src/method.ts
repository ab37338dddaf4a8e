import type { EnvSpaces } from '@mikt/core';
import type { MomentsState } from '@mikt/nets';
import type * as z from 'zod';
import type { Agent } from './agent.js';
import type { PpoConfig } from './ppo/config.js';
import type { Teacher } from './teacher.js';

/** What one update of a method is. */
export interface Stage {
  /** Counted from 1. */
  readonly phase: number;
  /** Which of the method's agents learns. Where it differs from the update before, the run is handed over. */
  readonly agent: string;
  /** Values of the agent's coefficients in this update. */
  readonly coefficients: Readonly<Record<string, number>>;
  /** Scalars to log. */
  readonly metrics: Readonly<Record<string, number>>;
  /** A sentence for whoever watches the run; told by the first of a row of updates that have one, and by the last. */
  readonly notice?: string;
}

/** How a run stands before an update. */
export interface Situation {
  /** The agent that learned so far. */
  readonly agent: string;
  /** Its scalars, such as mixing weights. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** A training method as a difference from PPO: its configuration, its agents, and which of them learns when. */
export interface Method<C extends PpoConfig = PpoConfig> {
  readonly name: string;
  /** As figures and tables call it. */
  readonly title: string;
  /** How a configuration differs from the method of that title, in a few words each: "w/o MI", "random teacher". */
  variants(config: C): readonly string[];
  readonly schema: z.ZodObject & z.ZodType<C>;
  /** Named sets of configuration values. */
  readonly presets: Readonly<Record<string, Readonly<Partial<C>>>>;
  /** Number of teachers it takes. */
  readonly teachers: 'none' | 'one' | 'several';
  /** Columns that it logs beyond PPO's. */
  columns(config: C, teachers: readonly Teacher[]): readonly string[];
  /** @throws InvalidInputError where configuration and number of updates do not go together */
  check(config: C, updates: number): void;
  /** @throws InvalidInputError where teachers (as many as it takes) do not fit the configuration */
  checkTeachers(config: C, teachers: readonly Teacher[]): void;
  /**
   * @param update from 1, of `updates`
   * @param situation undefined before the first
   */
  stage(config: C, update: number, updates: number, situation?: Situation): Stage;
  /**
   * What becomes of the method's own schedule when a run is given more steps, in a sentence or two.
   * @param agent that learned last
   * @param done updates that the run was planned for and has done
   * @param updates that it is planned for now
   */
  describeContinuation?(config: C, agent: string, done: number, updates: number): string;
  /** What the student's observation normaliser begins with (default: nothing). */
  startNormaliser?(config: C, spaces: EnvSpaces, teachers: readonly Teacher[]): MomentsState | undefined;
  createAgent(
    agent: string,
    config: C & { readonly seed: number },
    spaces: EnvSpaces,
    teachers: readonly Teacher[],
  ): Agent;
}

/** The only stage of a method that trains one agent from beginning to end, on its own. */
export const ALONE: Stage = { phase: 1, agent: 'student', coefficients: {}, metrics: {} };

/** What `teacherWeights` is called in a method's variants. */
export const TEACHER_VARIANTS: Readonly<Record<string, readonly string[]>> = {
  trained: [],
  shuffled: ['shuffled teacher'],
  random: ['random teacher'],
  fresh: ['fresh trainable teacher'],
  absent: ['MI without teacher'],
};
