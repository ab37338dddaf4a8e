import { z } from 'zod';
import { ppoConfig } from '../ppo/config.js';

const coefficient = z.number().min(0);
const fraction = z.number().min(0).max(1);

/** MIKT's configuration: PPO's, and what the transfer adds. The defaults are the preset `paper`. */
export const miktConfig = z.strictObject({
  ...ppoConfig.shape,
  miCoefficient: coefficient.default(1).describe('weight of the mutual-information loss (Equation 4)'),
  policyCouplingCoefficient: coefficient
    .default(1)
    .describe("final weight of the coupling loss of the policy's mixing weights (Equation 3)"),
  valueCouplingCoefficient: coefficient
    .default(0.1)
    .describe("final weight of the coupling loss of the value network's mixing weights (Equation 3)"),
  klCoefficient: coefficient.default(0.1).describe('weight of the KL term towards the policy that acted'),
  couplingStart: fraction
    .default(0.45)
    .describe('fraction of the updates after which the coupling loss rises from 0'),
  couplingEnd: fraction
    .default(0.9)
    .describe('fraction of the updates after which the student trains alone, without teacher and encoder'),
  encoderHidden: z.array(z.int().min(1)).default([64, 64]).describe("units of the encoder's hidden layers"),
  variationalHidden: z
    .array(z.int().min(1))
    .default([64, 64])
    .describe("units of the hidden layers of the variational distribution's mean"),
});

export type MiktConfig = z.output<typeof miktConfig>;
