import { InvalidInputError, UnknownNameError } from '@mikt/core';
import type { Method } from './method.js';
import { mikt } from './mikt/method.js';
import { mlpp } from './mlpp/method.js';
import type { PpoConfig } from './ppo/config.js';
import { ppo } from './ppo/method.js';
import type { Teacher } from './teacher.js';

/** All methods by name. The paper's baseline VPG is PPO from scratch. */
export const METHODS: Readonly<Record<string, Method>> = {
  ppo,
  mlpp: mlpp as unknown as Method,
  mikt: mikt as unknown as Method,
};

const ALIASES: Readonly<Record<string, string>> = { vpg: 'ppo' };

/** @throws UnknownNameError */
export function findMethod(name: string): Method {
  const key = ALIASES[name] ?? name;
  const method = Object.hasOwn(METHODS, key) ? METHODS[key] : undefined;
  if (!method)
    throw new UnknownNameError('algorithm', name, [...Object.keys(METHODS), ...Object.keys(ALIASES)]);
  return method;
}

/** What figures and tables call a run of this configuration, such as "MIKT, random teacher". */
export function describeMethod(config: PpoConfig & { readonly algo: string }): string {
  const { title, variants } = findMethod(config.algo);
  return [title, ...variants(config)].join(', ');
}

const TAKES: Readonly<Record<Method['teachers'], string>> = {
  none: 'trains from scratch and takes no teacher',
  one: 'takes one teacher',
  several: 'takes one teacher or several',
};

/** @throws InvalidInputError where a run's teachers are too many, too few, or do not fit its configuration */
export function checkTeachers(
  config: PpoConfig & { readonly algo: string },
  teachers: readonly Teacher[],
): void {
  const method = findMethod(config.algo);
  const fits = { none: teachers.length === 0, one: teachers.length === 1, several: teachers.length > 0 };
  if (!fits[method.teachers]) {
    throw new InvalidInputError(`${method.title} ${TAKES[method.teachers]}, got ${teachers.length}.`);
  }
  method.checkTeachers(config, teachers);
}
