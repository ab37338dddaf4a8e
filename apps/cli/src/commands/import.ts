import { createHash } from 'node:crypto';
import { importPolicy, toPolicyFile } from '@mikt/algos';
import { type EnvSpaces, InvalidInputError, UnknownNameError, unbounded } from '@mikt/core';
import { type EnvSource, makeEnv, type RobotDefinition } from '@mikt/envs';
import { readBytes, writeCheckpoint } from '@mikt/runs';
import { Command } from 'commander';
import { say, wholeNumber } from '../options.js';
import { checkOutputFile } from '../output-file.js';
import { addRobotOptions, type RobotFlags, readEnv } from '../robot-source.js';
import { reportPolicy } from './export.js';

interface ImportFlags extends RobotFlags {
  readonly env: string;
  readonly out: string;
  readonly normaliser?: string;
  readonly observationSize?: number;
  readonly actionSize?: number;
  readonly force?: boolean;
  readonly json?: boolean;
}

export function importCommand(): Command {
  return addRobotOptions(
    new Command('import')
      .description('make a teacher of a policy that was trained elsewhere')
      .argument(
        '<file>',
        "a Stable-Baselines3 policy's state_dict as .safetensors, or a feed-forward policy as .onnx",
      )
      .requiredOption(
        '--env <name>',
        'the robot that it was trained on: a name (see mikt envs) or a model file',
      )
      .requiredOption('--out <file>', '<name>.safetensors, for mikt eval and --teacher')
      .option(
        '--normaliser <file>',
        "VecNormalize's statistics as .safetensors, where they are not in the policy's file",
      )
      .option('--observation-size <n>', 'of a robot that mikt does not have', wholeNumber(1))
      .option('--action-size <n>', 'of a robot that mikt does not have', wholeNumber(1))
      .option('--force', 'replace the file if it is there already'),
  )
    .option('--json', 'print what was written as JSON')
    .addHelpText('after', '\nHow to write such files, with the lines of Python: docs/interchange.md.')
    .action(async (file: string, flags: ImportFlags) => {
      const { out, normaliser, force = false, json = false } = flags;
      checkOutputFile(out, ['.safetensors'], force);
      const bytes = await readBytes(file);
      const { name, robot } = await readEnv(flags.env, flags);
      const policy = importPolicy(
        { path: file, bytes },
        {
          env: name,
          ...(robot && { robot }),
          spaces: await spacesOf(flags, robot),
          fingerprint: createHash('sha256').update(bytes).digest('hex'),
          ...(normaliser === undefined
            ? {}
            : { normaliser: { path: normaliser, bytes: await readBytes(normaliser) } }),
          onNotice: say,
        },
      );
      await writeCheckpoint(out, toPolicyFile(policy));
      reportPolicy(out, policy, json);
    });
}

/** The spaces of one of our environments, or those of a robot that we do not have, by its sizes. */
async function spacesOf(
  { env, observationSize, actionSize }: ImportFlags,
  robot: RobotDefinition | undefined,
): Promise<EnvSpaces> {
  if ((observationSize === undefined) !== (actionSize === undefined)) {
    throw new InvalidInputError('--observation-size and --action-size go together; give both or none.');
  }
  const given =
    observationSize !== undefined && actionSize !== undefined
      ? { observation: unbounded(observationSize), action: unbounded(actionSize) }
      : undefined;
  const known = await knownSpaces(robot ?? env, given !== undefined);
  const spaces = known ?? given!;
  if (known && given && !sameSizes(known, given)) {
    throw new InvalidInputError(
      `${env} has ${known.observation.size} observations and ${known.action.size} actions; leave --observation-size ` +
        'and --action-size out, or give a robot of other sizes another name.',
    );
  }
  return spaces;
}

/** Undefined where there is no such environment and there need not be. */
async function knownSpaces(source: EnvSource, mayBeUnknown: boolean): Promise<EnvSpaces | undefined> {
  try {
    const env = await makeEnv(source);
    const { spaces } = env;
    env.dispose();
    return spaces;
  } catch (error) {
    if (!(error instanceof UnknownNameError)) throw error;
    if (mayBeUnknown) return undefined;
    throw new InvalidInputError(
      `${error.message} A robot that mikt does not have needs --observation-size and --action-size.`,
      { cause: error },
    );
  }
}

function sameSizes(a: EnvSpaces, b: EnvSpaces): boolean {
  return a.observation.size === b.observation.size && a.action.size === b.action.size;
}
