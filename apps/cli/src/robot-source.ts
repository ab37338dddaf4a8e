import { InvalidInputError } from '@mikt/core';
import { isRobotPath, type LoadedRobot, loadRobot, type RobotDefinition } from '@mikt/envs';
import type { Command } from 'commander';
import { say } from './options.js';

/** The options that go with a robot of one's own. */
export interface RobotFlags {
  readonly task?: string;
  readonly assets?: string;
}

/** What an argument names as an environment. */
export interface GivenEnv {
  readonly name: string;
  /** Where it is a model file. */
  readonly robot?: RobotDefinition;
}

export function addRobotOptions(command: Command): Command {
  return command
    .option('--task <name|file>', 'of a model file: its task, forward or a task file (default: forward)')
    .option(
      '--assets <folder>',
      'of a model file: the folder that holds all files that it names (default: its own)',
    );
}

/**
 * The environment that an argument means: one of mikt's by name, or a robot of one's own by its model file. Says what its
 * task leaves open.
 * @throws MiktError where the model or its task is wrong
 */
export async function readEnv(given: string, flags: RobotFlags): Promise<GivenEnv> {
  if (!isRobotPath(given)) {
    refuseRobotFlags(given, flags);
    return { name: given };
  }
  const loaded = await readRobotFile(given, flags);
  sayDefaults(given, loaded);
  return { name: loaded.definition.name, robot: loaded.definition };
}

/** @throws MiktError where the model or its task is wrong */
export function readRobotFile(file: string, { task, assets }: RobotFlags): Promise<LoadedRobot> {
  return loadRobot(file, {
    ...(task === undefined ? {} : { task }),
    ...(assets === undefined ? {} : { assets }),
  });
}

/** @throws InvalidInputError where options of a model file come with an environment's name */
export function refuseRobotFlags(given: string, flags: RobotFlags): void {
  const option = (['task', 'assets'] as const).find((key) => flags[key] !== undefined);
  if (option === undefined) return;
  throw new InvalidInputError(
    `--${option} belongs to a model file, such as ./robot.xml, and ${given} is an environment by its name; leave it out.`,
  );
}

/** Says the settings that come from the model; those that are the same for every robot are in the documentation. */
function sayDefaults(file: string, { definition, defaults }: LoadedRobot): void {
  const derived = defaults.filter(({ why }) => why !== undefined);
  if (derived.length === 0) return;
  say(`${definition.name} (${file}): settings that its task leaves open, taken from the model:`);
  for (const { key, value, why } of derived) say(`  ${key}: ${JSON.stringify(value)} (${why})`);
}
