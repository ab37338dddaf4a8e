import { reshape, type Tensor } from '@mikt/graph';
import { filled } from './initialisers.js';
import { type Feature, LateralMlp, type LateralSource } from './lateral.js';
import { Mlp, type MlpSizes } from './mlp.js';
import type { ParameterSpec, Parameters } from './parameters.js';

/** Sizes of a pair of separate policy and value networks. */
export interface ActorCriticSizes {
  /** Entries of an observation. */
  readonly observation: number;
  /** Entries of an action. */
  readonly action: number;
  /** Units of the policy's hidden layers. */
  readonly policyHidden: readonly number[];
  /** Units of the value network's hidden layers. */
  readonly valueHidden: readonly number[];
}

/** A policy's Gaussian and a value, for a batch of observations. */
export interface ActorCriticResult {
  /** Mean action. [B, A] */
  readonly mean: Tensor;
  /** State-independent log standard deviation. [A] */
  readonly logStandardDeviation: Tensor;
  /** V(s). [B] */
  readonly value: Tensor;
}

const POLICY_GAIN = 0.01;
const VALUE_GAIN = 1;
/** Name of the parameter that holds a policy's log standard deviations. [A] */
export const LOG_STANDARD_DEVIATION = 'policy/logStandardDeviation';

/** Separate policy and value MLPs and a state-independent log standard deviation, as Baselines' ppo2 has them. */
export class ActorCritic {
  readonly sizes: ActorCriticSizes;
  readonly policy: Mlp;
  readonly value: Mlp;
  readonly specs: readonly ParameterSpec[];
  readonly #logStandardDeviation: ParameterSpec;

  /** @param prefix before the names of its parameters, where there are several such pairs */
  constructor(sizes: ActorCriticSizes, prefix = '') {
    this.sizes = sizes;
    this.policy = new Mlp(`${prefix}policy`, policySizes(sizes), POLICY_GAIN);
    this.value = new Mlp(`${prefix}value`, valueSizes(sizes), VALUE_GAIN);
    this.#logStandardDeviation = logStandardDeviationSpec(sizes, prefix);
    this.specs = [...this.policy.specs, this.#logStandardDeviation, ...this.value.specs];
  }

  /** What `preActivations` reads: the hidden layers of both networks. */
  get hiddenSpecs(): readonly ParameterSpec[] {
    return [...this.policy.hiddenSpecs, ...this.value.hiddenSpecs];
  }

  /** @param observations normalised observations [B, O] */
  forward(parameters: Parameters, observations: Tensor): ActorCriticResult {
    const { output: mean } = this.policy.forward(parameters, observations);
    const { output: value } = this.value.forward(parameters, observations);
    return result(parameters.get(this.#logStandardDeviation.name), mean, value);
  }

  /**
   * The hidden layers' pre-activations of both networks: what a student borrows (MIKT, Section 3.1).
   * @param observations what the teacher is to see [B, O]
   */
  preActivations(
    parameters: Parameters,
    observations: Tensor,
  ): { policy: readonly Tensor[]; value: readonly Tensor[] } {
    return {
      policy: this.policy.preActivations(parameters, observations),
      value: this.value.preActivations(parameters, observations),
    };
  }
}

/** What one teacher lends for a batch: the pre-activations of its two networks' hidden layers. */
export type TeacherLayers = ReturnType<ActorCritic['preActivations']>;

/** An actor-critic's result, with the mixing logits and the features of each network's mixed layers. */
export interface LateralActorCriticResult extends ActorCriticResult {
  readonly policyMixingLogits: readonly Tensor[];
  readonly valueMixingLogits: readonly Tensor[];
  readonly policyFeatures: readonly Feature[];
  readonly valueFeatures: readonly Feature[];
}

/** A student whose policy borrows from teachers' policies and whose value network borrows from their values. */
export class LateralActorCritic {
  readonly sizes: ActorCriticSizes;
  readonly policy: LateralMlp;
  readonly value: LateralMlp;
  readonly specs: readonly ParameterSpec[];

  /**
   * @param sources of each teacher, its policy and its value network
   * @param studentWeight as of `LateralMlp`
   */
  constructor(
    sizes: ActorCriticSizes,
    sources: readonly { readonly policy: LateralSource; readonly value: LateralSource }[],
    studentWeight: number | null = null,
  ) {
    this.sizes = sizes;
    const [policies, values] = [sources.map(({ policy }) => policy), sources.map(({ value }) => value)];
    this.policy = new LateralMlp('policy', policySizes(sizes), POLICY_GAIN, policies, studentWeight);
    this.value = new LateralMlp('value', valueSizes(sizes), VALUE_GAIN, values, studentWeight);
    this.specs = [...this.policy.specs, logStandardDeviationSpec(sizes), ...this.value.specs];
  }

  /** @param observations normalised observations [B, O] */
  forward(
    parameters: Parameters,
    observations: Tensor,
    teachers: readonly TeacherLayers[],
  ): LateralActorCriticResult {
    const policy = this.policy.forward(
      parameters,
      observations,
      teachers.map((layers) => layers.policy),
    );
    const value = this.value.forward(
      parameters,
      observations,
      teachers.map((layers) => layers.value),
    );
    return {
      ...result(parameters.get(LOG_STANDARD_DEVIATION), policy.output, value.output),
      policyMixingLogits: policy.mixingLogits,
      valueMixingLogits: value.mixingLogits,
      policyFeatures: policy.features,
      valueFeatures: value.features,
    };
  }
}

function policySizes(sizes: ActorCriticSizes): MlpSizes {
  return { inputs: sizes.observation, hidden: sizes.policyHidden, outputs: sizes.action };
}

function valueSizes(sizes: ActorCriticSizes): MlpSizes {
  return { inputs: sizes.observation, hidden: sizes.valueHidden, outputs: 1 };
}

function logStandardDeviationSpec(sizes: ActorCriticSizes, prefix = ''): ParameterSpec {
  return { name: `${prefix}${LOG_STANDARD_DEVIATION}`, shape: [sizes.action], initialise: filled(0) };
}

function result(logStandardDeviation: Tensor, mean: Tensor, value: Tensor): ActorCriticResult {
  return {
    mean,
    logStandardDeviation,
    value: reshape(value, [value.shape[0]!]),
  };
}
