import { InvalidInputError } from '@mikt/core';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import * as z from 'zod';
import type { ModelFiles } from '../compiled-model.js';
import { checkModelSize, LIMITS } from './model-limits.js';
import { type RobotTask, robotName, robotTask } from './task-keys.js';

/**
 * A robot of one's own: a model with all files that it names, and a task with every setting written out. Plain data,
 * complete in itself, and as such a part of a run's checkpoints.
 */
export interface RobotDefinition extends ModelFiles {
  /** The environment's name. */
  readonly name: string;
  readonly task: RobotTask;
}

/** Whether this is a path that leads down from a folder, on every file system. */
export function isPathInside(path: string): boolean {
  const isSafe = (character: string) => character >= ' ' && character !== '\\' && character !== ':';
  return (
    path.length <= 1000 &&
    [...path].every(isSafe) &&
    path.split('/').every((part) => !/^(\.{0,2}|__proto__)$/.test(part))
  );
}

/** The settings of a definition; the bytes of its files come from elsewhere. */
export const robotSettings = z.strictObject({
  name: robotName,
  model: z.string().refine(isPathInside),
  task: robotTask,
});

/** Definitions that were found in order, so that they are looked through once only. */
const checked = new WeakSet<RobotDefinition>();

/**
 * Checks a definition that comes from anywhere.
 * @throws InvalidInputError where a path leads out of the model's folder, or something is missing or too large
 */
export function checkDefinition(definition: RobotDefinition): RobotDefinition {
  if (checked.has(definition)) return definition;
  const { name, model, files } = definition;
  const refuse = (problem: string): never => {
    throw new InvalidInputError(`the robot ${name} ${problem}`);
  };
  const paths = Object.keys(files);
  const outside = [model, ...paths].find((path) => !isPathInside(path));
  if (outside !== undefined) refuse(`has a file "${outside}", which is no path inside the model's folder.`);
  if (!Object.hasOwn(files, model)) refuse(`has no file "${model}", which should be its model.`);
  if (paths.length > LIMITS.files) refuse(`has ${paths.length} files; ${LIMITS.files} are allowed.`);
  const bytes = Object.values(files).reduce((sum, file) => sum + file.length, 0);
  if (bytes > LIMITS.total) refuse(`takes ${megabytes(bytes)}; ${megabytes(LIMITS.total)} are allowed.`);
  checkModelSize(definition);
  checked.add(definition);
  return definition;
}

/**
 * SHA-256 of a robot: equal where, and only where, model, files and task are. Settings that are null count as absent,
 * so that those which later versions add do not change it.
 */
export function robotFingerprint({ name, model, files, task }: RobotDefinition): string {
  const settings = Object.entries(task)
    .filter(([, value]) => value !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const hash = sha256.create();
  const add = (bytes: Uint8Array) => hash.update(utf8ToBytes(`${bytes.length}:`)).update(bytes);
  add(utf8ToBytes(JSON.stringify([name, model, settings])));
  for (const [path, bytes] of Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1))) {
    add(utf8ToBytes(path));
    add(bytes);
  }
  return bytesToHex(hash.digest());
}

/** A robot's task as a task file with every setting; JSON values, which YAML takes as well. */
export function formatTask({ name, task }: RobotDefinition): string {
  const lines = Object.entries({ name, ...task }).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return `${lines.join('\n')}\n`;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toLocaleString('en-US', { maximumFractionDigits: 1 })} MB`;
}
