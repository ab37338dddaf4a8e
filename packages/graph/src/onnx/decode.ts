import { FileError } from '@mikt/core';
import { type Shape, sizeOf } from '../tensor.js';
import {
  ATTRIBUTE_TYPE,
  DATA_TYPE,
  EXTERNAL,
  type ModelProto,
  modelProto,
  type NodeProto,
  type TensorProto,
} from './messages.js';

/** A stored tensor of an ONNX file, row-major. */
export interface OnnxTensor {
  readonly shape: Shape;
  readonly data: Float64Array;
}

/** An operator with its operands and results by name; an operand that is left out is ''. */
export interface OnnxNode {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Numbers, lists of numbers and tensors; attributes of other types are left out. */
  readonly attributes: Readonly<Record<string, number | readonly number[] | OnnxTensor>>;
}

/** An ONNX file's graph. Nothing in it has been checked beyond its own lengths. */
export interface OnnxGraph {
  /** What the caller gives, with its sizes as far as they are fixed. */
  readonly inputs: readonly { readonly name: string; readonly shape: readonly (number | undefined)[] }[];
  readonly outputs: readonly string[];
  readonly nodes: readonly OnnxNode[];
  /** Stored tensors of floats, doubles and 64-bit integers; those of other types are left out. */
  readonly tensors: ReadonlyMap<string, OnnxTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

const BYTES_PER_VALUE: Readonly<Record<number, number>> = {
  [DATA_TYPE.float]: 4,
  [DATA_TYPE.int64]: 8,
  [DATA_TYPE.double]: 8,
};

/**
 * Reads an ONNX file's graph. Nothing runs, and every length is checked against the bytes that are there.
 * @param path names the file in errors
 * @throws FileError where the file is damaged or is no ONNX file, or keeps its weights in another file
 */
export function decodeOnnx(bytes: Uint8Array, path: string): OnnxGraph {
  let model: ModelProto;
  try {
    model = modelProto.decode(bytes);
  } catch (cause) {
    throw new FileError(path, 'is not an ONNX file, or is damaged.', { cause });
  }
  const { graph } = model;
  if (!graph || model.irVersion < 1) throw new FileError(path, 'is not an ONNX file: it holds no graph.');
  const tensors = new Map<string, OnnxTensor>();
  for (const tensor of graph.initializer) {
    const values = readTensor(tensor, path);
    if (values) tensors.set(tensor.name, values);
  }
  return {
    // Before IR version 4 stored tensors were listed among the inputs.
    inputs: graph.input
      .filter(({ name }) => !graph.initializer.some((tensor) => tensor.name === name))
      .map(({ name, type }) => ({
        name,
        shape: (type?.tensorType?.shape?.dim ?? []).map(({ dimValue, dimParam }) =>
          dimParam !== '' || dimValue === 0 ? undefined : dimValue,
        ),
      })),
    outputs: graph.output.map(({ name }) => name),
    nodes: graph.node.map(({ opType, domain, input, output, attribute }) => ({
      type: domain === '' || domain === 'ai.onnx' ? opType : `${domain}.${opType}`,
      inputs: input,
      outputs: output,
      attributes: readAttributes(attribute, path),
    })),
    tensors,
    metadata: Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value])),
  };
}

function readAttributes(attributes: NodeProto['attribute'], path: string): OnnxNode['attributes'] {
  const read: Record<string, OnnxNode['attributes'][string]> = {};
  for (const { name, type, f, i, t, ints } of attributes) {
    if (type === ATTRIBUTE_TYPE.float) read[name] = f;
    else if (type === ATTRIBUTE_TYPE.int) read[name] = i;
    else if (type === ATTRIBUTE_TYPE.ints) read[name] = ints;
    else if (type === ATTRIBUTE_TYPE.tensor && t) {
      const values = readTensor(t, path);
      if (values) read[name] = values;
    }
  }
  return read;
}

/** Undefined where its type is none that holds weights or sizes. */
function readTensor(tensor: TensorProto, path: string): OnnxTensor | undefined {
  const { name, dims, dataType, rawData } = tensor;
  if (tensor.dataLocation === EXTERNAL) {
    throw new FileError(
      path,
      `tensor "${name}" is in another file; write all into one, e.g. torch.onnx.export(..., external_data=False).`,
    );
  }
  const width = BYTES_PER_VALUE[dataType];
  if (width === undefined) return undefined;
  const listed =
    dataType === DATA_TYPE.float
      ? tensor.floatData
      : dataType === DATA_TYPE.double
        ? tensor.doubleData
        : tensor.int64Data;
  const size = sizeOf(dims);
  const present = rawData.length > 0 ? rawData.length / width : listed.length;
  if (!dims.every((dim) => Number.isSafeInteger(dim) && dim >= 0) || size !== present) {
    throw new FileError(
      path,
      `tensor "${name}": shape [${dims.join(', ')}] does not hold the ${present} values that are there; the file is damaged.`,
    );
  }
  if (rawData.length === 0) return { shape: dims, data: Float64Array.from(listed) };
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  const read = (i: number): number => {
    if (dataType === DATA_TYPE.float) return view.getFloat32(4 * i, true);
    return dataType === DATA_TYPE.double
      ? view.getFloat64(8 * i, true)
      : Number(view.getBigInt64(8 * i, true));
  };
  return { shape: dims, data: Float64Array.from({ length: size }, (_, i) => read(i)) };
}
