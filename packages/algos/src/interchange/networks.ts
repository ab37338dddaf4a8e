import { FileError, InvalidInputError } from '@mikt/core';
import type { ActorCriticSizes, ParameterValues } from '@mikt/nets';
import {
  checkTrainedPolicy,
  type Normaliser,
  type PolicyOrigin,
  type TrainedPolicy,
} from './trained-policy.js';

/** One linear layer, x W + b, as it was found in a file. */
export interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  /** W [inputs, outputs], row-major. */
  readonly weight: Float32Array;
  /** b [outputs] */
  readonly bias: Float32Array;
}

/** What a file from elsewhere says: linear layers with tanh between them. */
export interface FoundNetworks {
  readonly policy: readonly Layer[];
  /** Undefined where there is no value network. */
  readonly value: readonly Layer[] | undefined;
  /** [A]; undefined where there is none. */
  readonly logStandardDeviation: Float32Array | undefined;
  readonly normaliser: Normaliser | undefined;
  readonly steps: number | null;
}

/** @throws FileError where the layers do not follow each other or do not fit the environment */
export function assemblePolicy(
  found: FoundNetworks,
  path: string,
  about: Pick<TrainedPolicy, 'env' | 'robot' | 'spaces'> & { readonly origin: PolicyOrigin },
): TrainedPolicy {
  const { env, spaces } = about;
  const { policy, value } = found;
  for (const [network, layers] of Object.entries({ policy, value: value ?? [] })) {
    layers.slice(1).forEach((layer, j) => {
      const before = layers[j]!.outputs;
      if (layer.inputs === before) return;
      throw new FileError(
        path,
        `layer ${j + 2} of its ${network} network takes ${layer.inputs} values where layer ${j + 1} gives ${before}.`,
      );
    });
  }
  const [observation, action] = [policy[0]!.inputs, policy.at(-1)!.outputs];
  if (observation !== spaces.observation.size || action !== spaces.action.size) {
    throw new InvalidInputError(
      `${path} takes ${observation} observations and gives ${action} actions, ${env} has ${spaces.observation.size} ` +
        `and ${spaces.action.size}; name the environment that it was trained on.`,
    );
  }
  if (value && (value[0]!.inputs !== observation || value.at(-1)!.outputs !== 1)) {
    throw new FileError(
      path,
      `its value network takes ${value[0]!.inputs} values and gives ${value.at(-1)!.outputs}; it must take the ` +
        `policy's ${observation} observations and give 1.`,
    );
  }
  const sizes: ActorCriticSizes = {
    observation,
    action,
    policyHidden: policy.slice(0, -1).map(({ outputs }) => outputs),
    valueHidden: (value ?? []).slice(0, -1).map(({ outputs }) => outputs),
  };
  return checkTrainedPolicy(
    {
      ...about,
      algo: 'imported',
      steps: found.steps,
      sizes,
      parameters: {
        ...parametersOf('policy', policy),
        ...(value ? parametersOf('value', value) : {}),
        'policy/logStandardDeviation': {
          shape: [found.logStandardDeviation?.length ?? action],
          data: found.logStandardDeviation ?? new Float32Array(action),
        },
      },
      hasValue: value !== undefined,
      normaliser: found.normaliser ?? noNormaliser(observation),
    },
    path,
  );
}

/** One that leaves observations as they are. */
function noNormaliser(observation: number): Normaliser {
  return {
    mean: new Float64Array(observation),
    variance: new Float64Array(observation).fill(1),
    epsilon: 0,
    clip: Number.POSITIVE_INFINITY,
  };
}

function parametersOf(network: string, layers: readonly Layer[]): ParameterValues {
  return Object.fromEntries(
    layers.flatMap(({ inputs, outputs, weight, bias }, j) => {
      const name = j === layers.length - 1 ? `${network}/output` : `${network}/hidden${j + 1}`;
      return [
        [`${name}/weight`, { shape: [inputs, outputs], data: weight }],
        [`${name}/bias`, { shape: [outputs], data: bias }],
      ];
    }),
  );
}

/** @param data [rows, columns], row-major. @returns [columns, rows] in single precision */
export function transposed(data: ArrayLike<number>, rows: number, columns: number): Float32Array {
  const result = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result[j * rows + i] = data[i * columns + j]!;
  }
  return result;
}
