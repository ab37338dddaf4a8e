import { Command } from 'commander';
import { addRobotOptions, type RobotFlags, readEnv } from '../robot-source.js';
import {
  addTrainingOptions,
  configFromFlags,
  configurationHelp,
  runTraining,
  type TrainingFlags,
} from '../training.js';

export function trainCommand(): Command {
  return addTrainingOptions(
    addRobotOptions(
      new Command('train')
        .description("train a policy from scratch with PPO (the paper's VPG); also how teachers are made")
        .argument('<env>', "environment by name (see mikt envs), or a model file of a robot of one's own"),
    ),
  )
    .addHelpText('after', configurationHelp('ppo'))
    .action(async (given: string, flags: TrainingFlags & RobotFlags) => {
      const { name, robot } = await readEnv(given, flags);
      process.exitCode = await runTraining(configFromFlags(name, 'ppo', flags), [], flags, robot);
    });
}
