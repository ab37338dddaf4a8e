import { FileError, InvalidInputError, UnknownNameError } from '@mikt/core';
import type { Method } from './method.js';
import { mikt } from './mikt/method.js';
import { mlpp } from './mlpp/method.js';
import { findNonFinite } from './non-finite.js';
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
const registered = new Map<string, Method>();

/** @throws UnknownNameError */
export function findMethod(name: string): Method {
  const method = lookUp(name);
  if (method) return method;
  const known = [...Object.keys(METHODS), ...registered.keys(), ...Object.keys(ALIASES)];
  throw new UnknownNameError('algorithm', name, known);
}

function lookUp(name: string): Method | undefined {
  const key = Object.hasOwn(ALIASES, name) ? ALIASES[name]! : name;
  return Object.hasOwn(METHODS, key) ? METHODS[key] : registered.get(key);
}

/**
 * Makes a method of your own known by its name in this thread: to `resolveConfig`, `train`, `trainRun` and whatever
 * reads its checkpoints. Worker threads do not know it, so that its runs stay on the calling thread.
 * @throws InvalidInputError where the name is empty or taken
 */
export function registerMethod<C extends PpoConfig>(method: Method<C>): void {
  const { name } = method;
  if (name.trim() === '') throw new InvalidInputError('a method needs a name, got an empty one.');
  if (lookUp(name)) {
    throw new InvalidInputError(`there is a method named "${name}" already; choose another name.`);
  }
  registered.set(name, method as unknown as Method);
}

/** Whether a method was registered in this thread, and is not known to others. */
export function isRegistered(name: string): boolean {
  return registered.has(name);
}

/**
 * What figures and tables call a run of this configuration, such as "MIKT, random teacher": a preset by its name, and
 * what sets the configuration apart from it.
 */
export function describeMethod(config: PpoConfig & { readonly algo: string }): string {
  const { title, presets, schema, variants } = findMethod(config.algo);
  const values = config as unknown as Readonly<Record<string, unknown>>;
  const preset = Object.entries(presets).find(([name, preset]) => {
    const keys = Object.entries(preset);
    return name !== 'paper' && keys.every(([key, value]) => values[key] === value);
  });
  if (!preset) return [title, ...variants(config)].join(', ');
  const [name, set] = preset;
  const defaults = schema.parse({}) as Readonly<Record<string, unknown>>;
  const rest = { ...values, ...Object.fromEntries(Object.keys(set).map((key) => [key, defaults[key]])) };
  // "MIKT (matched)", "PPO (VPG, tuned)".
  const named = title.endsWith(')') ? `${title.slice(0, -1)}, ${name})` : `${title} (${name})`;
  return [named, ...variants(rest as unknown as PpoConfig)].join(', ');
}

const TAKES: Readonly<Record<Method['teachers'], string>> = {
  none: 'trains from scratch and takes no teacher',
  one: 'takes one teacher',
  several: 'takes one teacher or several',
};

/**
 * @throws InvalidInputError where a run's teachers are too many, too few, or do not fit its configuration;
 * FileError where one has parameters that are not finite
 */
export function checkTeachers(
  config: PpoConfig & { readonly algo: string },
  teachers: readonly Teacher[],
): void {
  const method = findMethod(config.algo);
  const fits = { none: teachers.length === 0, one: teachers.length === 1, several: teachers.length > 0 };
  if (!fits[method.teachers]) {
    throw new InvalidInputError(`${method.title} ${TAKES[method.teachers]}, got ${teachers.length}.`);
  }
  for (const { source, parameters } of teachers) {
    for (const [name, { data }] of Object.entries(parameters)) {
      const at = findNonFinite(data);
      if (at < 0) continue;
      throw new FileError(
        source,
        `its parameter ${name} has ${data[at]} in it; a teacher needs finite numbers.`,
      );
    }
  }
  method.checkTeachers(config, teachers);
}
