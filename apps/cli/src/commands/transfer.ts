import { findMethod, METHODS } from '@mikt/algos';
import { InvalidInputError } from '@mikt/core';
import { Command } from 'commander';
import { readTeacher } from '../checkpoint-source.js';
import { collect, say } from '../options.js';
import { addRobotOptions, type RobotFlags, readEnv } from '../robot-source.js';
import {
  addTrainingOptions,
  configFromFlags,
  configurationHelp,
  runTraining,
  type TrainingFlags,
} from '../training.js';

interface TransferFlags extends TrainingFlags, RobotFlags {
  readonly teacher?: readonly string[];
  readonly env: string;
  readonly algo: string;
}

export function transferCommand(): Command {
  return addTrainingOptions(
    addRobotOptions(
      new Command('transfer')
        .description("train a policy for one robot with the help of another robot's")
        .option(
          '--teacher <checkpoint>',
          'checkpoint or policy file, run folder, or zoo:<name>, e.g. zoo:CentipedeFour; repeated: several teachers',
          collect,
        )
        .requiredOption('--env <name>', "the student's environment by name (see mikt envs), or a model file")
        .option(
          '--algo <name>',
          `${Object.keys(METHODS).join(', ')}, or vpg (from scratch, the baseline)`,
          'mikt',
        ),
    ),
  )
    .addHelpText('after', configurationHelp(...Object.keys(METHODS)))
    .action(async (flags: TransferFlags) => {
      const { teacher = [], algo } = flags;
      const method = findMethod(algo);
      const { name, robot } = await readEnv(flags.env, flags);
      const config = configFromFlags(name, algo, flags);
      if (method.teachers !== 'none' && teacher.length === 0) {
        throw new InvalidInputError(
          `--algo ${algo} needs a teacher; give one with --teacher, e.g. zoo:CentipedeFour.`,
        );
      }
      const teachers = [];
      for (const given of teacher) teachers.push(await readTeacher(given));
      if (method.teachers === 'none' && teachers.length > 0) {
        say(`${method.title} trains from scratch: the teacher is not used.`);
        teachers.length = 0;
      }
      process.exitCode = await runTraining(config, teachers, flags, robot);
    });
}
