import { GraphError } from '../program.js';
import type { BinaryKind, Operation, UnaryKind } from '../tensor.js';
import { ATTRIBUTE_TYPE, DATA_TYPE, type NodeInput } from './messages.js';

/** Stands for the number of rows in a shape, and is its name in the file. */
export const BATCH = 'batch';

export type DynamicShape = readonly (number | typeof BATCH)[];

/** An operation about to become ONNX operators. */
export interface NodeContext {
  readonly operation: Operation;
  /** The name of the result. */
  readonly name: string;
  /** Names of the operands, and their shapes. */
  readonly inputs: readonly string[];
  readonly shapes: readonly DynamicShape[];
  /** The result's shape. */
  readonly shape: DynamicShape;
  /** Stores whole numbers as one more operand; returns its name. */
  integers(suffix: string, values: readonly number[]): string;
}

/** Where one operator has the same meaning. */
const SAME: Readonly<Partial<Record<UnaryKind | BinaryKind, string>>> = {
  neg: 'Neg',
  exp: 'Exp',
  log: 'Log',
  sqrt: 'Sqrt',
  tanh: 'Tanh',
  sigmoid: 'Sigmoid',
  softplus: 'Softplus',
  relu: 'Relu',
  add: 'Add',
  sub: 'Sub',
  mul: 'Mul',
  div: 'Div',
  maximum: 'Max',
  minimum: 'Min',
};

/**
 * The ONNX operators (opset 17) that compute an operation.
 * @throws GraphError where the batch's size would have to be known
 */
export function operatorsOf(context: NodeContext): NodeInput[] {
  const { operation, name, inputs, shapes, shape, integers } = context;
  const [x] = inputs as [string];
  switch (operation.kind) {
    case 'square':
      return [node('Mul', [x, x], name)];
    case 'greaterEqual':
      // A truth value in ONNX, 1 or 0 here.
      return [
        node('GreaterOrEqual', inputs, `${name}_bool`),
        node('Cast', [`${name}_bool`], name, { to: DATA_TYPE.float }),
      ];
    case 'matmul': {
      const { transposeA, transposeB } = operation;
      const transposed = [transposeA, transposeB].map((flag, i) =>
        flag ? `${name}_transpose${i}` : undefined,
      );
      return [
        ...transposed.flatMap((result, i) =>
          result ? [node('Transpose', [inputs[i]!], result, { perm: [1, 0] })] : [],
        ),
        node(
          'MatMul',
          inputs.map((operand, i) => transposed[i] ?? operand),
          name,
        ),
      ];
    }
    case 'sum':
      // Without axes ONNX would sum over all of them.
      if (operation.axes.length === 0) return [node('Identity', inputs, name)];
      return [node('ReduceSum', [x, integers('axes', operation.axes)], name, { keepdims: 0 })];
    case 'broadcastTo': {
      const [from] = shapes as [DynamicShape];
      // A 1 keeps what the operand has, which is how the batch stays open.
      const target = shape.map((size, axis) => {
        if (size !== BATCH) return size;
        if (from[axis - shape.length + from.length] === BATCH) return 1;
        throw unknownBatch('broadcastTo');
      });
      return [node('Expand', [x, integers('shape', target)], name)];
    }
    case 'reshape': {
      if (shape.filter((size) => size === BATCH).length > 1) throw unknownBatch('reshape');
      const target = shape.map((size) => (size === BATCH ? -1 : size));
      return [node('Reshape', [x, integers('shape', target)], name)];
    }
    case 'concat':
      return [node('Concat', inputs, name, { axis: operation.axis })];
    case 'slice': {
      const { begin } = operation;
      const axes = shape.flatMap((size, axis) => {
        if (size !== BATCH) return [axis];
        // The whole batch is no slice of it.
        if (begin[axis] === 0) return [];
        throw unknownBatch('slice');
      });
      return [
        node(
          'Slice',
          [
            x,
            integers(
              'starts',
              axes.map((axis) => begin[axis]!),
            ),
            integers(
              'ends',
              axes.map((axis) => begin[axis]! + (shape[axis] as number)),
            ),
            integers('axes', axes),
          ],
          name,
        ),
      ];
    }
    case 'pad': {
      const { before } = operation;
      const after = shape.map((size, axis) => {
        const from = shapes[0]![axis]!;
        if (size === BATCH && from === BATCH && before[axis] === 0) return 0;
        if (size === BATCH || from === BATCH) throw unknownBatch('pad');
        return size - from - before[axis]!;
      });
      return [node('Pad', [x, integers('pads', [...before, ...after])], name)];
    }
    case 'softmax':
      return [node('Softmax', inputs, name, { axis: -1 })];
    case 'logSoftmax':
      return [node('LogSoftmax', inputs, name, { axis: -1 })];
    case 'input':
    case 'variable':
    case 'constant':
    case 'stopGradient':
      throw new GraphError(`${operation.kind} is not computed and has no ONNX operator.`);
    default:
      return [node(SAME[operation.kind]!, inputs, name)];
  }
}

function node(
  opType: string,
  input: readonly string[],
  output: string,
  attributes: Readonly<Record<string, number | readonly number[]>> = {},
): NodeInput {
  return {
    opType,
    name: output,
    input,
    output: [output],
    attribute: Object.entries(attributes).map(([name, value]) =>
      typeof value === 'number'
        ? { name, type: ATTRIBUTE_TYPE.int, i: value }
        : { name, type: ATTRIBUTE_TYPE.ints, ints: value },
    ),
  };
}

function unknownBatch(kind: string): GraphError {
  return new GraphError(
    `${kind}: the graph cannot be written for any number of rows, since the number would have to be known.`,
  );
}
