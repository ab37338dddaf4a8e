import { Command } from 'commander';
import {
  addTrainingOptions,
  configFromFlags,
  configurationHelp,
  runTraining,
  type TrainingFlags,
} from '../training.js';

export function trainCommand(): Command {
  return addTrainingOptions(
    new Command('train')
      .description("train a policy from scratch with PPO (the paper's VPG); also how teachers are made")
      .argument('<env>', 'environment, by name: see mikt envs'),
  )
    .addHelpText('after', configurationHelp('ppo'))
    .action(async (env: string, flags: TrainingFlags) => {
      process.exitCode = await runTraining(configFromFlags(env, 'ppo', flags), [], flags);
    });
}
