import { FileError } from '@mikt/core';
import { decodeSafetensors, type Safetensors, type StoredTensor } from '@mikt/runs/reader';
import { type FoundNetworks, type Layer, transposed } from './networks.js';
import type { Normaliser } from './trained-policy.js';

/** Defaults of Stable-Baselines3's VecNormalize. */
const CLIP_OBSERVATIONS = 10;
const EPSILON = 1e-8;

/** Where files are described that can be read. */
const SEE = 'see docs/interchange.md';

/** What can be in the file, apart from numbered layers. */
const KNOWN = new Set([
  'log_std',
  ...['action_net', 'value_net'].flatMap((name) => [`${name}.weight`, `${name}.bias`]),
  ...['mean', 'var', 'count'].map((name) => `obs_rms.${name}`),
]);
const LAYER = /^mlp_extractor\.(shared_net|policy_net|value_net)\.(\d+)\.(weight|bias)$/;

/** What cannot be represented, by what its tensors are called. */
const UNSUPPORTED: readonly [RegExp, string][] = [
  [
    /^(pi_|vf_)?features_extractor\./,
    'has a features extractor with weights of its own; policies are read that see the observation itself.',
  ],
  [/^lstm_/, 'is recurrent; feed-forward policies are read.'],
  [
    /^(actor|critic|critic_target|actor_target|q_net|quantile_net)\b/,
    'is a policy of an off-policy method (SAC, TD3, DQN), whose actions are squashed or discrete; those of PPO and A2C are read.',
  ],
];

/**
 * The networks of a Stable-Baselines3 ActorCriticPolicy (PPO, A2C), from its state_dict as a safetensors file, with
 * VecNormalize's statistics where they are in it.
 * @throws FileError where something is missing or cannot be represented
 */
export function readStableBaselines3(
  bytes: Uint8Array,
  path: string,
  onNotice: (sentence: string) => void,
): FoundNetworks {
  const file = decodeSafetensors(bytes, path);
  const { tensors, metadata } = file;
  if (metadata.mikt !== undefined)
    throw new FileError(path, 'is a checkpoint or policy of mikt already; use it as it is.');
  checkNames(Object.keys(tensors), path);
  checkActivation(metadata.activation, path, onNotice);

  // Layers that both networks share are part of each: written twice they compute the same.
  const shared = hiddenLayers(tensors, 'shared_net', path);
  const network = (hidden: string, output: string) => [
    ...shared,
    ...hiddenLayers(tensors, hidden, path),
    linear(tensors, output, path),
  ];
  return {
    policy: network('policy_net', 'action_net'),
    value: network('value_net', 'value_net'),
    logStandardDeviation: logStandardDeviation(tensors, path),
    normaliser: readNormaliser(file, path),
    steps: stepsOf(metadata.steps),
  };
}

/**
 * VecNormalize's statistics in a safetensors file: `obs_rms.mean`, `obs_rms.var`, and `clip_obs` and `epsilon` in its
 * metadata. Undefined where it has none.
 */
export function readNormaliser({ tensors, metadata }: Safetensors, path: string): Normaliser | undefined {
  const [mean, variance] = [tensors['obs_rms.mean'], tensors['obs_rms.var']];
  if (!mean && !variance) return undefined;
  if (!mean || !variance) {
    throw new FileError(path, 'has one of obs_rms.mean and obs_rms.var; a normaliser needs both.');
  }
  const setting = (name: string, otherwise: number): number => {
    const text = metadata[name];
    const value = text === undefined ? otherwise : Number(text);
    if (text?.trim() === '' || !(value >= 0))
      throw new FileError(path, `its ${name} is "${text}", not a positive number.`);
    return value;
  };
  const clip = setting('clip_obs', CLIP_OBSERVATIONS);
  if (clip === 0) throw new FileError(path, 'its clip_obs is 0, which would hide every observation.');
  return {
    mean: Float64Array.from(mean.data),
    variance: Float64Array.from(variance.data),
    epsilon: setting('epsilon', EPSILON),
    clip,
  };
}

function checkNames(names: readonly string[], path: string): void {
  for (const name of names) {
    for (const [pattern, problem] of UNSUPPORTED) {
      if (pattern.test(name)) throw new FileError(path, `${problem} (It has a tensor "${name}"; ${SEE}.)`);
    }
  }
  const unknown = names.find((name) => !KNOWN.has(name) && !LAYER.test(name));
  if (unknown !== undefined) {
    throw new FileError(
      path,
      `has a tensor "${unknown}" that is none of a Stable-Baselines3 actor-critic policy; ${SEE}.`,
    );
  }
}

function checkActivation(
  activation: string | undefined,
  path: string,
  onNotice: (sentence: string) => void,
): void {
  if (activation === undefined) {
    onNotice(`${path} does not say its activation function; tanh is taken, the default of PPO's MlpPolicy.`);
  } else if (activation.toLowerCase() !== 'tanh') {
    throw new FileError(path, `its hidden layers use ${activation}; networks of tanh layers are read.`);
  }
}

function hiddenLayers(tensors: Safetensors['tensors'], network: string, path: string): Layer[] {
  const indices = new Set<number>();
  for (const name of Object.keys(tensors)) {
    const [, of, index] = LAYER.exec(name) ?? [];
    if (of === network) indices.add(Number(index));
  }
  // Every other module of the sequence is an activation, without weights.
  return [...indices]
    .sort((a, b) => a - b)
    .map((index, j) => {
      if (index !== 2 * j) {
        throw new FileError(
          path,
          `mlp_extractor.${network} has weights at ${[...indices].join(', ')}, where linear layers with an activation ` +
            'after each would be at 0, 2, 4, ...; other layers are not read.',
        );
      }
      return linear(tensors, `mlp_extractor.${network}.${index}`, path);
    });
}

function linear(tensors: Safetensors['tensors'], name: string, path: string): Layer {
  const [weight, bias] = ['weight', 'bias'].map((kind) => floats(tensors, `${name}.${kind}`, path)) as [
    StoredTensor,
    StoredTensor,
  ];
  const [outputs, inputs] = weight.shape;
  if (weight.shape.length !== 2 || outputs! < 1 || inputs! < 1 || bias.shape.join() !== String(outputs)) {
    throw new FileError(
      path,
      `"${name}" has weights [${weight.shape.join(', ')}] and biases [${bias.shape.join(', ')}]; a linear layer has ` +
        '[outputs, inputs] and [outputs].',
    );
  }
  return {
    inputs: inputs!,
    outputs: outputs!,
    weight: transposed(weight.data, outputs!, inputs!),
    bias: Float32Array.from(bias.data),
  };
}

function logStandardDeviation(tensors: Safetensors['tensors'], path: string): Float32Array {
  if (!Object.hasOwn(tensors, 'log_std')) {
    throw new FileError(path, 'has no log_std: are its actions discrete? Gaussian policies are read.');
  }
  const { shape, data } = floats(tensors, 'log_std', path);
  if (shape.length !== 1) {
    throw new FileError(
      path,
      `its log_std has shape [${shape.join(', ')}]: state-dependent exploration (gSDE) is not read.`,
    );
  }
  return Float32Array.from(data);
}

function floats(tensors: Safetensors['tensors'], name: string, path: string): StoredTensor {
  const tensor = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
  if (!tensor) throw new FileError(path, `its tensor "${name}" is missing; ${SEE}.`);
  if (tensor.data instanceof Float32Array || tensor.data instanceof Float64Array) return tensor;
  throw new FileError(path, `its tensor "${name}" does not hold floating-point numbers.`);
}

function stepsOf(text: string | undefined): number | null {
  const steps = Number(text);
  return text !== undefined && Number.isSafeInteger(steps) && steps >= 0 ? steps : null;
}
