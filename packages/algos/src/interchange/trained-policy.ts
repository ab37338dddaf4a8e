import { type EnvSpaces, FileError } from '@mikt/core';
import type { RobotDefinition } from '@mikt/envs';
import { sizeOf } from '@mikt/graph';
import {
  ActorCritic,
  type ActorCriticSizes,
  type NormaliserConstants,
  ParameterLayout,
  type ParameterValues,
} from '@mikt/nets';
import type { Agent } from '../agent.js';

/** How a policy normalises what it sees: (x − mean) / √(variance + ε), limited to ±clip. */
export interface Normaliser extends NormaliserConstants {
  /** [O] */
  readonly mean: Float64Array;
  /** [O] */
  readonly variance: Float64Array;
}

/** The file that a policy was taken from. */
export interface PolicyOrigin {
  readonly format: 'mikt' | 'stable-baselines3' | 'onnx';
  /** Its name, as given. */
  readonly source: string;
  /** SHA-256: of a checkpoint's contents, or of a file from elsewhere. */
  readonly fingerprint: string;
}

/** A trained policy by itself: what it takes to act and to teach, and nothing of what trained it. */
export interface TrainedPolicy {
  /** The environment it was trained on. */
  readonly env: string;
  /** That environment itself, where it is a robot of one's own. */
  readonly robot?: RobotDefinition;
  /** What trained it; `imported` where that is not known. */
  readonly algo: string;
  /** Environment steps it was trained for; null where that is not known. */
  readonly steps: number | null;
  readonly spaces: EnvSpaces;
  /** Of a policy without value network, `valueHidden` is empty. */
  readonly sizes: ActorCriticSizes;
  /** By the names of `ActorCritic`; without those of a value network where it has none. */
  readonly parameters: ParameterValues;
  readonly hasValue: boolean;
  readonly normaliser: Normaliser;
  readonly origin: PolicyOrigin;
}

/** The networks of a policy, to be built into graphs, with their parameters in one vector. */
export interface Actor extends Pick<Agent, 'layout' | 'act'> {
  /** [layout.size] */
  readonly parameters: Float32Array;
}

/** @returns networks whose value is 0 where the policy has none */
export function createActor({ sizes, parameters, hasValue }: TrainedPolicy): Actor {
  const networks = new ActorCritic(sizes);
  const layout = new ParameterLayout(networks.specs);
  const zeros = Object.fromEntries(
    networks.value.specs.map(({ name, shape }) => [name, { shape, data: new Float32Array(sizeOf(shape)) }]),
  );
  return {
    layout,
    parameters: layout.pack(hasValue ? parameters : { ...parameters, ...zeros }),
    act: (bound, observations) => networks.forward(bound, observations),
  };
}

/**
 * Returns the policy with its own parameters only.
 * @param source names the file in errors
 * @throws FileError where a tensor is missing, of another shape, or not finite
 */
export function checkTrainedPolicy(policy: TrainedPolicy, source: string): TrainedPolicy {
  const { sizes, spaces, normaliser, hasValue } = policy;
  if (spaces.observation.size !== sizes.observation || spaces.action.size !== sizes.action) {
    throw new FileError(
      source,
      `its networks take ${sizes.observation} observations and give ${sizes.action} actions, its spaces have ` +
        `${spaces.observation.size} and ${spaces.action.size}; the file is damaged.`,
    );
  }
  const networks = new ActorCritic(sizes);
  const specs = networks.specs.filter((spec) => hasValue || !networks.value.specs.includes(spec));
  // Shapes first: what a header claims allocates nothing.
  for (const { name, shape } of specs) {
    const value = policy.parameters[name];
    if (!value) throw new FileError(source, `its parameter "${name}" [${shape.join(', ')}] is missing.`);
    if (value.shape.join() !== shape.join()) {
      throw new FileError(
        source,
        `its parameter "${name}" has shape [${value.shape.join(', ')}] where [${shape.join(', ')}] is needed.`,
      );
    }
    if (!value.data.every(Number.isFinite)) {
      throw new FileError(source, `its parameter "${name}" holds values that are not finite; it cannot act.`);
    }
  }
  for (const [name, values] of Object.entries({ mean: normaliser.mean, variance: normaliser.variance })) {
    if (values.length !== sizes.observation || !values.every(Number.isFinite)) {
      throw new FileError(
        source,
        `its normaliser's ${name} must be ${sizes.observation} finite numbers, one per observation; got ` +
          `${values.length}${values.every(Number.isFinite) ? '' : ', some not finite'}.`,
      );
    }
  }
  if (!normaliser.variance.every((variance) => variance >= 0 && variance + normaliser.epsilon > 0)) {
    throw new FileError(source, "its normaliser's variance with ε added must be positive in every entry.");
  }
  return {
    ...policy,
    parameters: Object.fromEntries(specs.map(({ name }) => [name, policy.parameters[name]!])),
  };
}
