import { FileError } from '@mikt/core';
import type { Checkpoint, DecodedCheckpoint } from '@mikt/runs';
import * as z from 'zod';
import {
  finite,
  storedDoubles,
  storedParameters,
  storedRobot,
  storedSizes,
  storedSpaces,
  storeRobot,
  storeSpaces,
} from '../stored.js';
import { joinTree, splitTree } from '../tensor-tree.js';
import { checkTrainedPolicy, type TrainedPolicy } from './trained-policy.js';

/** What the header of a policy file calls itself, in the container that checkpoints use too. */
const KIND = 'policy';

const policySchema = z.object({
  env: z.string().min(1),
  robot: storedRobot.exactOptional(),
  algo: z.string().min(1),
  steps: z.int().min(0).nullable(),
  spaces: storedSpaces,
  sizes: storedSizes,
  hasValue: z.boolean(),
  parameters: storedParameters,
  normaliser: z.object({
    mean: storedDoubles,
    variance: storedDoubles,
    epsilon: z.number().min(0),
    clip: z
      .number()
      .positive()
      .nullable()
      .transform((clip) => clip ?? Number.POSITIVE_INFINITY),
  }),
  origin: z.object({
    format: z.enum(['mikt', 'stable-baselines3', 'onnx']),
    source: z.string(),
    fingerprint: z.string(),
  }),
});

/** Whether this is a policy by itself, not a training checkpoint. */
export function isPolicyFile({ header }: Checkpoint): boolean {
  return header.kind === KIND;
}

/** A policy as the contents of a file: see docs/interchange.md. */
export function toPolicyFile(policy: TrainedPolicy): Checkpoint {
  const { env, robot, algo, steps, spaces, sizes, hasValue, parameters, normaliser, origin } = policy;
  const { mean, variance, epsilon, clip } = normaliser;
  // Every key in its place: the same policy is the same file, wherever it comes from.
  const { data, tensors } = splitTree({
    env,
    ...(robot && { robot: storeRobot(robot) }),
    algo,
    steps,
    spaces: storeSpaces(spaces),
    sizes: {
      observation: sizes.observation,
      action: sizes.action,
      policyHidden: sizes.policyHidden,
      valueHidden: sizes.valueHidden,
    },
    hasValue,
    parameters,
    normaliser: { mean, variance, epsilon, clip: finite(clip) },
    origin: { format: origin.format, source: origin.source, fingerprint: origin.fingerprint },
  });
  return { header: { kind: KIND, policy: data }, tensors };
}

/**
 * The policy that a policy file holds.
 * @param source names the file in errors
 * @throws FileError where something is missing or not what it should be
 */
export function readPolicyFile({ header, tensors }: DecodedCheckpoint, source: string): TrainedPolicy {
  const result = policySchema.safeParse(joinTree(header.policy, tensors));
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new FileError(
      source,
      `is not a policy file (${issue!.path.join('/') || 'policy'}: ${issue!.message}).`,
    );
  }
  return checkTrainedPolicy(result.data, source);
}
