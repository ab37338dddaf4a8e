import * as tf from '@tensorflow/tfjs-core';
import type { BinaryKind, Tensor, UnaryKind } from '../tensor.js';

/** Computes one node from the tensors of its inputs. */
export type Step = (sources: tf.Tensor[]) => tf.Tensor;

const UNARY: Record<UnaryKind, (x: tf.Tensor) => tf.Tensor> = {
  neg: tf.neg,
  exp: tf.exp,
  log: tf.log,
  sqrt: tf.sqrt,
  square: tf.square,
  tanh: tf.tanh,
  sigmoid: tf.sigmoid,
  softplus: tf.softplus,
  relu: tf.relu,
};

const BINARY: Record<BinaryKind, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor> = {
  add: tf.add,
  sub: tf.sub,
  mul: tf.mul,
  div: tf.div,
  maximum: tf.maximum,
  minimum: tf.minimum,
  greaterEqual: (a, b) => tf.cast(tf.greaterEqual(a, b), 'float32'),
};

/** The TensorFlow.js call for one operation. */
export function compileStep(tensor: Tensor): Step {
  const { operation, shape } = tensor;
  const [first] = tensor.inputs;
  switch (operation.kind) {
    case 'input':
    case 'variable':
    case 'constant':
      throw new TypeError(`a ${operation.kind} is loaded, not computed`);
    case 'matmul': {
      // The WASM backend's product of transposed operands is many times slower than transposing first.
      const orient = (matrix: tf.Tensor, transposed: boolean) =>
        transposed ? tf.transpose(matrix, [1, 0]) : matrix;
      const { transposeA, transposeB } = operation;
      return ([a, b]) => tf.matMul(orient(a!, transposeA), orient(b!, transposeB));
    }
    case 'sum':
      return ([x]) => tf.sum(x!, [...operation.axes]);
    case 'broadcastTo': {
      const missing = shape.length - first!.shape.length;
      const aligned = [...Array<number>(missing).fill(1), ...first!.shape];
      const repeats = shape.map((size, axis) => (aligned[axis] === 1 ? size : 1));
      return ([x]) => tf.tile(tf.reshape(x!, aligned), repeats);
    }
    case 'reshape':
      return ([x]) => tf.reshape(x!, [...shape]);
    case 'concat':
      return (sources) => tf.concat(sources, operation.axis);
    case 'slice':
      return ([x]) => tf.slice(x!, [...operation.begin], [...shape]);
    case 'pad': {
      const paddings = shape.map((size, axis): [number, number] => {
        const before = operation.before[axis]!;
        return [before, size - before - first!.shape[axis]!];
      });
      return ([x]) => tf.pad(x!, paddings);
    }
    case 'softmax':
      return ([x]) => tf.softmax(x!);
    case 'logSoftmax':
      return ([x]) => tf.logSoftmax(x!);
    case 'stopGradient':
      return ([x]) => tf.clone(x!);
    default: {
      if (operation.kind in UNARY) {
        const apply = UNARY[operation.kind as UnaryKind];
        return ([x]) => apply(x!);
      }
      const apply = BINARY[operation.kind as BinaryKind];
      return ([a, b]) => apply(a!, b!);
    }
  }
}
