import * as z from 'zod';

const hiddenLayers = z.array(z.int().min(1)).min(1);
const fraction = z.number().min(0).max(1);

/** PPO's configuration; the defaults are OpenAI Baselines' ppo2 for MuJoCo. */
export const ppoConfig = z.strictObject({
  envs: z.int().min(1).default(8).describe('environments stepped side by side; divides stepsPerUpdate'),
  stepsPerUpdate: z.int().min(1).default(2048).describe('transitions collected for one update'),
  minibatches: z.int().min(1).default(32).describe('minibatches per epoch; divides stepsPerUpdate'),
  gradientShards: z
    .int()
    .min(1)
    .default(2)
    .describe('parts of a minibatch whose gradients threads may compute side by side; divides its rows'),
  epochs: z.int().min(1).default(10).describe('passes over the transitions of an update'),
  discount: fraction.default(0.99).describe('discount γ'),
  gaeLambda: fraction.default(0.95).describe('λ of generalised advantage estimation'),
  clipRange: z
    .number()
    .positive()
    .default(0.2)
    .describe('clipping of the probability ratio and of the value'),
  learningRate: z.number().positive().default(3e-4).describe("Adam's learning rate at the first update"),
  learningRateSchedule: z
    .enum(['linear', 'constant'])
    .default('linear')
    .describe('linear: falls to 0 over the run'),
  entropyCoefficient: z.number().min(0).default(0).describe('weight of the entropy bonus'),
  valueCoefficient: z.number().min(0).default(0.5).describe('weight of the value loss'),
  maxGradientNorm: z.number().positive().default(0.5).describe('limit of the gradient norm'),
  gradientClipping: z
    .enum(['global', 'loss', 'group'])
    .default('global')
    .describe(
      'what the limit holds for: the whole gradient, that of each weighted loss, or that of each network (policy, value, encoder, …)',
    ),
  policyHidden: hiddenLayers.default([64, 64]).describe("units of the policy's hidden layers"),
  valueHidden: hiddenLayers.default([64, 64]).describe("units of the value network's hidden layers"),
  standardDeviationStart: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe(
      "first standard deviation of every action; null: 1, or the teacher's where actions begin as its",
    ),
  normaliseObservations: z.boolean().default(true).describe('by a running mean and variance'),
  normaliseRewards: z.boolean().default(true).describe('by the running deviation of the discounted return'),
  normaliserUpdates: z
    .enum(['update', 'step'])
    .default('update')
    .describe('when statistics change: between updates, or at every step as in Baselines'),
  bootstrapTimeLimit: z
    .boolean()
    .default(true)
    .describe('value the state at a time limit; false: treat it as terminal, as Baselines does'),
});

export type PpoConfig = z.output<typeof ppoConfig>;
