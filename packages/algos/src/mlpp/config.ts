import { z } from 'zod';
import { ppoConfig } from '../ppo/config.js';

/** MLPP's configuration: PPO's, and what the teacher's networks hold. */
export const mlppConfig = z.strictObject({
  ...ppoConfig.shape,
  teacherWeights: z
    .enum(['trained', 'shuffled', 'random'])
    .default('trained')
    .describe("what the teacher's networks hold; controls: its weights shuffled, or random first weights"),
});

export type MlppConfig = z.output<typeof mlppConfig>;
