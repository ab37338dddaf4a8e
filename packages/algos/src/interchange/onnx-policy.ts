import { FileError } from '@mikt/core';
import { decodeOnnx, type OnnxTensor } from '@mikt/graph';
import type { FoundNetworks, Layer } from './networks.js';
import { transposed } from './networks.js';
import { ChainReader, type ChainStep } from './onnx-chain.js';
import { NORMALISER_OPERATORS, readNormaliserSteps } from './onnx-normaliser.js';
import type { Normaliser } from './trained-policy.js';

const ACTION_NAMES = ['action', 'actions', 'mean', 'mu'];
const VALUE_NAMES = ['value', 'values'];
const DEVIATION_NAMES = ['log_standard_deviation', 'log_std'];
/** Operators that change a shape only. */
const SHAPES = new Set(['Flatten', 'Reshape', 'Squeeze', 'Unsqueeze']);

/**
 * The networks of an ONNX file: chains of Gemm (or MatMul and Add) with Tanh between them, from one input to the
 * mean action and, where there is one, to the value; a normaliser may come first.
 *
 * The action is the output called action, actions, mean or mu, else the first; the value the one called value or
 * values, else the second. The log standard deviation is a stored tensor or constant output called
 * log_standard_deviation or log_std (or one whose name ends with .log_std).
 * @throws FileError saying what cannot be represented
 */
export function readOnnxPolicy(
  bytes: Uint8Array,
  path: string,
  onNotice: (sentence: string) => void,
): FoundNetworks {
  const graph = decodeOnnx(bytes, path);
  if (graph.inputs.length !== 1) {
    throw new FileError(
      path,
      `takes ${graph.inputs.length} inputs (${graph.inputs.map(({ name }) => name).join(', ')}); policies are read that take one, the observation.`,
    );
  }
  const reader = new ChainReader(graph, path);
  const outputs = graph.outputs.filter((name) => !DEVIATION_NAMES.includes(name));
  const action = outputs.find((name) => ACTION_NAMES.includes(name)) ?? outputs[0];
  if (action === undefined) throw new FileError(path, 'has no output.');
  const value =
    outputs.find((name) => VALUE_NAMES.includes(name)) ?? outputs.filter((name) => name !== action)[0];

  const policy = readNetwork(reader.chain(action), 'policy', path);
  const critic = value === undefined ? undefined : readNetwork(reader.chain(value), 'value', path);
  if (critic && !sameNormaliser(policy.normaliser, critic.normaliser)) {
    throw new FileError(path, 'normalises observations differently for its policy and its value.');
  }
  if (!critic)
    onNotice(`${path} has no second output: without a value network it can act, but not be a teacher.`);
  const deviation = findDeviation(reader, [...graph.outputs, ...graph.tensors.keys()]);
  if (!deviation) {
    onNotice(
      `${path} stores no log_std: a standard deviation of 1 is taken, which only --sample and exports use.`,
    );
  }
  return {
    policy: policy.layers,
    value: critic?.layers,
    logStandardDeviation: deviation && Float32Array.from(deviation.data),
    normaliser: policy.normaliser,
    steps: null,
  };
}

interface Network {
  readonly layers: readonly Layer[];
  readonly normaliser: Normaliser | undefined;
}

function readNetwork(chain: readonly ChainStep[], network: string, path: string): Network {
  const steps = withoutShapes(chain, path);
  const first = steps.findIndex(({ node }) => !NORMALISER_OPERATORS.has(node.type));
  const before = steps.slice(0, first < 0 ? steps.length : first);
  const layers: Layer[] = [];
  let rest = steps.slice(before.length);
  while (rest.length > 0) {
    const { layer, used } = readLayer(rest, network, path);
    layers.push(layer);
    rest = rest.slice(used);
    const [activation, ...others] = rest;
    if (!activation) break;
    if (activation.node.type !== 'Tanh') throw unsupported(activation, layers.length, network, path);
    if (others.length === 0) {
      throw new FileError(
        path,
        `its ${network} network ends with Tanh, which squashes its output; networks with a linear output are read.`,
      );
    }
    rest = others;
  }
  if (layers.length === 0) throw new FileError(path, `its ${network} network has no layer (Gemm or MatMul).`);
  return { layers, normaliser: readNormaliserSteps(before, layers[0]!.inputs, path) };
}

/** The chain without what only writes the same numbers under another shape, at its ends. */
function withoutShapes(chain: readonly ChainStep[], path: string): ChainStep[] {
  return chain.filter(({ node }, i) => {
    if (!SHAPES.has(node.type)) return true;
    if (i === 0 || chain.slice(i + 1).every((step) => SHAPES.has(step.node.type))) return false;
    throw new FileError(path, `has a ${node.type} between its layers; plain chains of layers are read.`);
  });
}

/** The linear layer that steps begin with, and how many of them it takes. */
function readLayer(
  [step, next]: readonly ChainStep[],
  network: string,
  path: string,
): { layer: Layer; used: number } {
  const { node, stored, data } = step!;
  const weight = stored[1];
  if ((node.type !== 'Gemm' && node.type !== 'MatMul') || data !== 0 || weight?.shape.length !== 2) {
    throw unsupported(step!, 0, network, path);
  }
  const number = (name: string, otherwise: number): number => {
    const value = node.attributes[name];
    return typeof value === 'number' ? value : otherwise;
  };
  if (number('transA', 0) !== 0) throw unsupported(step!, 0, network, path);
  const across = node.type === 'Gemm' && number('transB', 0) !== 0;
  const [inputs, outputs] = (across ? weight.shape.toReversed() : weight.shape) as [number, number];
  if (inputs < 1 || outputs < 1) throw new FileError(path, `has a ${node.type} without weights.`);
  const alpha = node.type === 'Gemm' ? number('alpha', 1) : 1;
  const values = across ? transposed(weight.data, outputs, inputs) : Float32Array.from(weight.data);
  const added = node.type === 'MatMul' && next?.node.type === 'Add' ? next : undefined;
  const bias = added ? added.stored.find(Boolean) : stored[2];
  const beta = node.type === 'Gemm' ? number('beta', 1) : 1;
  return {
    layer: {
      inputs,
      outputs,
      weight: values.map((value) => alpha * value),
      bias: biasOf(bias, outputs, path).map((value) => beta * value),
    },
    used: added ? 2 : 1,
  };
}

function biasOf(bias: OnnxTensor | undefined, outputs: number, path: string): Float32Array {
  if (!bias) return new Float32Array(outputs);
  if (bias.data.length === 1) return new Float32Array(outputs).fill(bias.data[0]!);
  if (bias.data.length === outputs && bias.shape.at(-1) === outputs) return Float32Array.from(bias.data);
  throw new FileError(
    path,
    `a layer of ${outputs} units has biases of shape [${bias.shape.join(', ')}]; one per unit is read.`,
  );
}

function unsupported({ node }: ChainStep, after: number, network: string, path: string): FileError {
  const place = after > 0 ? ` after layer ${after}` : '';
  return new FileError(
    path,
    `its ${network} network has ${node.type}${place}; networks of Gemm (or MatMul and Add) with Tanh between them and ` +
      'a linear output are read.',
  );
}

function findDeviation(reader: ChainReader, names: readonly string[]): OnnxTensor | undefined {
  const name =
    names.find((candidate) => DEVIATION_NAMES.includes(candidate)) ??
    names.find((candidate) => candidate.endsWith('.log_std'));
  return name === undefined ? undefined : reader.stored(name);
}

function sameNormaliser(a: Normaliser | undefined, b: Normaliser | undefined): boolean {
  if (!a || !b) return a === b;
  return (
    a.clip === b.clip &&
    a.epsilon === b.epsilon &&
    a.mean.join() === b.mean.join() &&
    a.variance.join() === b.variance.join()
  );
}
