import {
  add,
  broadcastTo,
  constant,
  div,
  exp,
  greaterEqual,
  matmul,
  mul,
  neg,
  pad,
  reshape,
  sigmoid,
  slice,
  square,
  sub,
  sum,
} from './operations.js';
import { topologicalOrder } from './program.js';
import { type Shape, ShapeError, type Tensor } from './tensor.js';

/**
 * Reverse-mode gradients of a scalar, derived on the graph: the result is more graph, so engines know nothing of
 * differentiation.
 * @param loss scalar
 * @param targets nodes to differentiate with respect to
 * @returns one tensor per target, of its shape; zeros where the loss does not depend on it
 */
export function gradients(loss: Tensor, targets: readonly Tensor[]): Tensor[] {
  if (loss.shape.length !== 0) throw new ShapeError('gradients', 'takes a scalar loss', loss.shape);
  const order = topologicalOrder([loss]);
  const wanted = dependents(order, targets);
  const incoming = new Map<Tensor, Tensor>([[loss, constant(1)]]);
  for (const node of order.toReversed()) {
    const gradient = incoming.get(node);
    if (!gradient || !wanted.has(node)) continue;
    const backward = pullback(node, gradient);
    node.inputs.forEach((source, position) => {
      if (!wanted.has(source)) return;
      const contribution = backward[position]?.();
      if (!contribution) return;
      const sofar = incoming.get(source);
      incoming.set(source, sofar ? add(sofar, contribution) : contribution);
    });
  }
  return targets.map((target) => {
    const gradient = incoming.get(target);
    return gradient ? broadcastTo(gradient, target.shape) : constant(0, target.shape);
  });
}

/** The nodes of `order` through which `targets` reach the last one. */
function dependents(order: readonly Tensor[], targets: readonly Tensor[]): Set<Tensor> {
  const reached = new Set<Tensor>(targets);
  for (const node of order) {
    if (node.operation.kind !== 'stopGradient' && node.inputs.some((source) => reached.has(source)))
      reached.add(node);
  }
  return reached;
}

type Pullback = readonly ((() => Tensor) | undefined)[];

/** For each input of `node`, how the gradient of its output becomes the gradient of that input. */
function pullback(node: Tensor, g: Tensor): Pullback {
  const { operation, inputs, shape } = node;
  const [a, b] = inputs as [Tensor, Tensor];
  switch (operation.kind) {
    case 'input':
    case 'variable':
    case 'constant':
    case 'stopGradient':
    case 'greaterEqual':
      return [];
    case 'neg':
      return [() => neg(g)];
    case 'exp':
      return [() => mul(g, node)];
    case 'log':
      return [() => div(g, a)];
    case 'sqrt':
      return [() => div(mul(g, 0.5), node)];
    case 'square':
      return [() => mul(mul(g, 2), a)];
    case 'tanh':
      return [() => mul(g, sub(1, square(node)))];
    case 'sigmoid':
      return [() => mul(g, mul(node, sub(1, node)))];
    case 'softplus':
      return [() => mul(g, sigmoid(a))];
    case 'relu':
      return [() => mul(g, sub(1, greaterEqual(0, a)))];
    case 'add':
      return [() => unbroadcast(g, a.shape), () => unbroadcast(g, b.shape)];
    case 'sub':
      return [() => unbroadcast(g, a.shape), () => unbroadcast(neg(g), b.shape)];
    case 'mul':
      return [() => unbroadcast(mul(g, b), a.shape), () => unbroadcast(mul(g, a), b.shape)];
    case 'div':
      return [() => unbroadcast(div(g, b), a.shape), () => unbroadcast(neg(div(mul(g, node), b)), b.shape)];
    case 'maximum':
      return choose(g, a, b, greaterEqual(a, b));
    case 'minimum':
      return choose(g, a, b, greaterEqual(b, a));
    case 'matmul':
      return matmulPullback(g, a, b, operation.transposeA, operation.transposeB);
    case 'sum': {
      const kept = a.shape.map((size, axis) => (operation.axes.includes(axis) ? 1 : size));
      return [() => broadcastTo(reshape(g, kept), a.shape)];
    }
    case 'broadcastTo':
      return [() => unbroadcast(g, a.shape)];
    case 'reshape':
      return [() => reshape(g, a.shape)];
    case 'concat': {
      let offset = 0;
      return inputs.map((source) => {
        const begin = shape.map((_, axis) => (axis === operation.axis ? offset : 0));
        offset += source.shape[operation.axis]!;
        return () => slice(g, begin, source.shape);
      });
    }
    case 'slice':
      return [() => pad(g, operation.begin, a.shape)];
    case 'pad':
      return [() => slice(g, operation.before, a.shape)];
    case 'softmax':
      return [() => mul(node, sub(g, lastAxisSum(mul(g, node))))];
    case 'logSoftmax':
      return [() => sub(g, mul(exp(node), lastAxisSum(g)))];
  }
}

/** Sends the gradient of max or min to the operand that was taken (`mask` 1: the first). */
function choose(g: Tensor, a: Tensor, b: Tensor, mask: Tensor): Pullback {
  return [() => unbroadcast(mul(g, mask), a.shape), () => unbroadcast(mul(g, sub(1, mask)), b.shape)];
}

function matmulPullback(g: Tensor, a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Pullback {
  return [
    () =>
      transposeA
        ? matmul(b, g, { transposeA: transposeB, transposeB: true })
        : matmul(g, b, { transposeB: !transposeB }),
    () =>
      transposeB
        ? matmul(g, a, { transposeA: true, transposeB: transposeA })
        : matmul(a, g, { transposeA: !transposeA }),
  ];
}

/** Sum over the last axis, kept with size 1. */
function lastAxisSum(x: Tensor): Tensor {
  const last = x.shape.length - 1;
  return reshape(sum(x, [last]), x.shape.with(last, 1));
}

/** Sums `g` over the axes along which an operand of `shape` was repeated. */
function unbroadcast(g: Tensor, shape: Shape): Tensor {
  const missing = g.shape.length - shape.length;
  const axes = g.shape.flatMap((size, axis) =>
    axis < missing || (shape[axis - missing] === 1 && size !== 1) ? [axis] : [],
  );
  return reshape(axes.length > 0 ? sum(g, axes) : g, shape);
}
