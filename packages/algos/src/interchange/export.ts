import { FileError } from '@mikt/core';
import { encodeOnnx, input, type Tensor, variable } from '@mikt/graph';
import { NORMALISER_CLIP, NORMALISER_EPSILON, normalise } from '@mikt/nets';
import type { DecodedCheckpoint } from '@mikt/runs';
import { readTrainingState } from '../checkpoint.js';
import { actorCriticSizes } from '../ppo/networks.js';
import { isPolicyFile, readPolicyFile } from './policy-file.js';
import { type Actor, checkTrainedPolicy, createActor, type TrainedPolicy } from './trained-policy.js';

/**
 * The policy of a training checkpoint or of a policy file, without what trained it.
 * @param source names the file in errors
 * @throws FileError where the policy cannot act without a teacher
 */
export function trainedPolicy(checkpoint: DecodedCheckpoint, source: string): TrainedPolicy {
  if (isPolicyFile(checkpoint)) return readPolicyFile(checkpoint, source);
  const state = readTrainingState(checkpoint, source);
  const { agent, config, spaces, learner, collector, progress, teachers, robot } = state;
  if (agent !== 'student') {
    throw new FileError(
      source,
      'cannot be exported: it was saved before its hand-over, and its policy does not act without its teacher ' +
        `(${teachers.map(({ env }) => env).join(', ')}). Take a checkpoint from after the hand-over; mikt resume ` +
        'goes on with an unfinished run.',
    );
  }
  const { mean, variance } = collector.observationMoments;
  const policy: TrainedPolicy = {
    env: config.env,
    ...(robot && { robot }),
    algo: config.algo,
    steps: progress.steps,
    spaces,
    sizes: actorCriticSizes(config, spaces),
    parameters: learner.parameters,
    hasValue: true,
    normaliser: { mean, variance, epsilon: NORMALISER_EPSILON, clip: NORMALISER_CLIP },
    origin: { format: 'mikt', source, fingerprint: checkpoint.sha256 },
  };
  return checkTrainedPolicy(policy, source);
}

/** What a policy computes, as graph. */
export interface PolicyGraph {
  readonly outputs: {
    /** Mean action. [B, A] */
    readonly action: Tensor;
    /** V(s); not there where the policy has no value network. [B] */
    readonly value?: Tensor;
    /** [A] */
    readonly log_standard_deviation: Tensor;
  };
  /** Names of the parameters' tensors. */
  readonly names: ReadonlyMap<Tensor, string>;
}

/**
 * A policy's graph for `rows` raw observations, its input `observation` [rows, O]; on the variables `parameters`,
 * `mean` and `variance`.
 */
export function policyGraph(policy: TrainedPolicy, actor: Actor, rows: number): PolicyGraph {
  const { observation } = policy.sizes;
  const parameters = actor.layout.bind(variable('parameters', [actor.layout.size]));
  const normalised = normalise(
    input('observation', [rows, observation]),
    variable('mean', [observation]),
    variable('variance', [observation]),
    policy.normaliser,
  );
  const { mean, value, logStandardDeviation } = actor.act(parameters, normalised);
  return {
    outputs: {
      action: mean,
      ...(policy.hasValue ? { value } : {}),
      log_standard_deviation: logStandardDeviation,
    },
    names: new Map(actor.layout.specs.map(({ name }) => [parameters.get(name), name])),
  };
}

/**
 * A policy as the bytes of an ONNX file: raw observations `observation` [batch, O] in; mean action `action`
 * [batch, A], `value` [batch] and `log_standard_deviation` [A] out, in single precision.
 * @param producerVersion of the program that writes it
 */
export function encodeOnnxPolicy(policy: TrainedPolicy, producerVersion: string): Uint8Array {
  const actor = createActor(policy);
  const { mean, variance } = policy.normaliser;
  return encodeOnnx(
    (rows) => {
      const { outputs, names } = policyGraph(policy, actor, rows);
      return { outputs: { ...outputs }, names };
    },
    { parameters: actor.parameters, mean, variance },
    {
      name: `${policy.env} policy`,
      producerVersion,
      documentation:
        'Raw observations in, the mean action of a Gaussian policy out; the normaliser is inside.',
      metadata: {
        env: policy.env,
        algo: policy.algo,
        ...(policy.steps === null ? {} : { steps: String(policy.steps) }),
        source_fingerprint: policy.origin.fingerprint,
      },
    },
  );
}
