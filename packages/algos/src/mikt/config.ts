import { VARIATIONAL_FAMILIES } from '@mikt/nets';
import * as z from 'zod';
import { ppoConfig } from '../ppo/config.js';

const coefficient = z.number().min(0);
const fraction = z.number().min(0).max(1);
const hiddenLayers = z.array(z.int().min(1));
const feeds = z.array(z.int().min(0)).default([]);

/** MIKT's configuration: PPO's, and what the transfer adds. */
export const miktConfig = z.strictObject({
  ...ppoConfig.shape,
  miCoefficient: coefficient
    .default(1)
    .describe('weight of the mutual-information loss (Equation 4); 0: the ablation w/o MI'),
  rlGradients: z
    .boolean()
    .default(true)
    .describe(
      "whether policy, value and KL losses train the encoder; false: the ablation 'w/o RL gradients'",
    ),
  policyCouplingCoefficient: coefficient
    .default(1)
    .describe("final weight of the coupling loss of the policy's mixing weights (Equation 3)"),
  valueCouplingCoefficient: coefficient
    .default(0.1)
    .describe("final weight of the coupling loss of the value network's mixing weights (Equation 3)"),
  klCoefficient: coefficient
    .default(0.1)
    .describe('weight of the KL term towards the policy that acted; 0: without it'),
  regressionCoefficient: coefficient
    .default(0)
    .describe(
      "weight of the feature regression (not in the paper): the student's own layers learn what the mixed ones are, so that little changes when the teacher goes",
    ),
  couplingStart: fraction
    .default(0.45)
    .describe('fraction of the updates after which the coupling loss rises from 0'),
  couplingEnd: fraction
    .default(0.9)
    .describe('fraction of the updates after which the student trains alone, without teacher and encoder'),
  handOverThreshold: fraction
    .default(0.9)
    .describe('the student is not left alone while one of its mixing weights is below this; 0: not checked'),
  teacherWeights: z
    .enum(['trained', 'shuffled', 'random', 'fresh', 'absent'])
    .default('trained')
    .describe(
      "what the teacher's networks hold; controls: its weights shuffled, random first weights, fresh ones that are trained with the rest, or no teacher at all (the encoder still has L_MI)",
    ),
  policyFeeds: feeds.describe(
    "for each hidden layer of the student's policy, the teacher's that feeds it, from 1, or 0 for none; []: those at the same relative depth",
  ),
  valueFeeds: feeds.describe('the same for the value network'),
  lateralMatrices: z
    .enum(['bridges', 'all'])
    .default('bridges')
    .describe("learned matrices on the teacher's layers: where widths differ, or on all (the authors' U)"),
  encoderHidden: hiddenLayers.default([64, 64]).describe("units of the encoder's hidden layers"),
  encoderStart: z
    .enum(['random', 'matched'])
    .default('random')
    .describe(
      "how the encoder begins: from random weights, or handing the teacher the student's observation entries of the same names, by a trained linear map beside it",
    ),
  normaliserStart: z
    .enum(['empty', 'matched'])
    .default('empty')
    .describe(
      "how the observation's normaliser begins: empty, or with the first teacher's mean and variance for entries of the same names",
    ),
  actionStart: z
    .enum(['random', 'matched'])
    .default('random')
    .describe(
      "how the policy's output begins: from random weights, or with the first teacher's weights and standard deviations for actions that drive joints of the same names",
    ),
  studentStart: z
    .enum(['random', 'matched'])
    .default('random')
    .describe(
      "how the student's own hidden layers begin: from random weights, or as the first teacher's, with its first layers for observation entries of the same names",
    ),
  mixingStart: z
    .number()
    .gt(0)
    .lt(1)
    .nullable()
    .default(null)
    .describe("first weight on the student in every layer; null: the authors' 0.47 with one teacher"),
  embeddingNormalisation: z
    .enum(['none', 'rms'])
    .default('none')
    .describe(
      'rms: embeddings are scaled to the root mean square of the observations the teacher was trained on',
    ),
  variationalFamily: z
    .enum(VARIATIONAL_FAMILIES)
    .default('gaussian')
    .describe('kind of the variational distribution q_ω'),
  variationalHidden: hiddenLayers
    .default([64, 64])
    .describe('units of the hidden layers of the variational distribution'),
  mixtureComponents: z.int().min(1).default(5).describe('components of the family mixture'),
  flowCouplings: z.int().min(2).default(4).describe('coupling layers of the family flow'),
  logStandardDeviationFloor: z
    .number()
    .nullable()
    .default(null)
    .describe(
      'lower bound of the log standard deviations of q_ω, which entries that never change drive to -∞; null: none',
    ),
});

export type MiktConfig = z.output<typeof miktConfig>;
