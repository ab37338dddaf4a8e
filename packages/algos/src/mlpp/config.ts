import * as z from 'zod';
import { ppoConfig } from '../ppo/config.js';

/** MLPP's configuration: PPO's, and what of the teacher's networks the student's begin with. */
export const mlppConfig = z.strictObject({
  ...ppoConfig.shape,
  teacherWeights: z
    .enum(['trained', 'shuffled', 'random'])
    .default('trained')
    .describe("what the teacher's networks hold; controls: its weights shuffled, or random first weights"),
  inputStart: z
    .enum(['random', 'matched'])
    .default('random')
    .describe(
      "how the first layers begin: from random weights, or with the teacher's for observation entries of the same names",
    ),
  normaliserStart: z
    .enum(['empty', 'matched'])
    .default('empty')
    .describe(
      "how the observation's normaliser begins: empty, or with the teacher's mean and variance for entries of the same names",
    ),
  actionStart: z
    .enum(['random', 'matched'])
    .default('random')
    .describe(
      "how the policy's output begins: from random weights, or with the teacher's weights and standard deviations for actions that drive joints of the same names",
    ),
});

export type MlppConfig = z.output<typeof mlppConfig>;
