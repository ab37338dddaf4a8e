import {
  type BinaryKind,
  type Shape,
  ShapeError,
  sameShape,
  sizeOf,
  type Tensor,
  type TensorLike,
  type UnaryKind,
} from './tensor.js';

/** Data given to a program at each run. */
export function input(name: string, shape: Shape): Tensor {
  return { operation: { kind: 'input', name }, inputs: [], shape };
}

/** Data that lives in the engine between runs: parameters, optimiser moments. */
export function variable(name: string, shape: Shape): Tensor {
  return { operation: { kind: 'variable', name }, inputs: [], shape };
}

/** A value fixed when the graph is built: a number for a scalar or for every entry of `shape`, or all entries. */
export function constant(values: number | ArrayLike<number>, shape: Shape = []): Tensor {
  const size = sizeOf(shape);
  const data = typeof values === 'number' ? new Float64Array(size).fill(values) : Float64Array.from(values);
  if (data.length !== size)
    throw new ShapeError('constant', 'values do not fill the shape', [data.length], shape);
  return { operation: { kind: 'constant', values: data }, inputs: [], shape };
}

export const neg = unary('neg');
export const exp = unary('exp');
export const log = unary('log');
export const sqrt = unary('sqrt');
export const square = unary('square');
export const tanh = unary('tanh');
export const sigmoid = unary('sigmoid');
/** log(1 + exp(x)) */
export const softplus = unary('softplus');
export const relu = unary('relu');

export const add = binary('add');
export const sub = binary('sub');
export const mul = binary('mul');
export const div = binary('div');
/** The larger of two; the gradient goes to the first where they are equal. */
export const maximum = binary('maximum');
/** The smaller of two; the gradient goes to the first where they are equal. */
export const minimum = binary('minimum');
/** 1 where a ≥ b, else 0. It has no gradient. */
export const greaterEqual = binary('greaterEqual');

/** x limited to [low, high]; the gradient is 0 outside. */
export function clip(x: Tensor, low: number, high: number): Tensor {
  return minimum(maximum(x, low), high);
}

/** Matrix product of [m, k] and [k, n]; a transposed operand is given as [k, m] or [n, k]. */
export function matmul(
  a: Tensor,
  b: Tensor,
  options: { transposeA?: boolean; transposeB?: boolean } = {},
): Tensor {
  const { transposeA = false, transposeB = false } = options;
  if (a.shape.length !== 2 || b.shape.length !== 2)
    throw new ShapeError('matmul', 'takes two matrices', a.shape, b.shape);
  const [rows, innerA] = transposeA ? [a.shape[1]!, a.shape[0]!] : [a.shape[0]!, a.shape[1]!];
  const [innerB, columns] = transposeB ? [b.shape[1]!, b.shape[0]!] : [b.shape[0]!, b.shape[1]!];
  if (innerA !== innerB) {
    const flags = `${transposeA ? ', first transposed' : ''}${transposeB ? ', second transposed' : ''}`;
    throw new ShapeError('matmul', `inner sizes ${innerA} and ${innerB} differ${flags}`, a.shape, b.shape);
  }
  return { operation: { kind: 'matmul', transposeA, transposeB }, inputs: [a, b], shape: [rows, columns] };
}

/** Sum over `axes` (all of them by default), which disappear from the shape. */
export function sum(x: Tensor, axes?: readonly number[]): Tensor {
  const reduced = checkAxes('sum', x, axes);
  const shape = x.shape.filter((_, axis) => !reduced.includes(axis));
  return { operation: { kind: 'sum', axes: reduced }, inputs: [x], shape };
}

/** Mean over `axes` (all of them by default), which disappear from the shape. */
export function mean(x: Tensor, axes?: readonly number[]): Tensor {
  const total = sum(x, axes);
  return mul(total, sizeOf(total.shape) / sizeOf(x.shape));
}

/** x repeated along axes of size 1 (or missing in front) until it has `shape`, as NumPy does. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  if (!sameShape(broadcastShapes('broadcastTo', x.shape, shape), shape)) {
    throw new ShapeError('broadcastTo', 'the shape cannot be reached by repeating', x.shape, shape);
  }
  return { operation: { kind: 'broadcastTo' }, inputs: [x], shape };
}

/** The same entries in the same order under another shape. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  if (sizeOf(x.shape) !== sizeOf(shape)) throw new ShapeError('reshape', 'sizes differ', x.shape, shape);
  return { operation: { kind: 'reshape' }, inputs: [x], shape };
}

/** Tensors joined along `axis`; their other sizes agree. */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  const first = tensors[0];
  if (!first) throw new ShapeError('concat', 'takes at least one tensor');
  checkAxes('concat', first, [axis]);
  for (const tensor of tensors) {
    const agrees =
      tensor.shape.length === first.shape.length &&
      tensor.shape.every((size, i) => i === axis || size === first.shape[i]);
    if (!agrees)
      throw new ShapeError('concat', `sizes differ outside axis ${axis}`, first.shape, tensor.shape);
  }
  if (tensors.length === 1) return first;
  const joined = tensors.reduce((total, tensor) => total + tensor.shape[axis]!, 0);
  return { operation: { kind: 'concat', axis }, inputs: [...tensors], shape: first.shape.with(axis, joined) };
}

/** The block of `shape` that starts at `begin`. */
export function slice(x: Tensor, begin: readonly number[], shape: Shape): Tensor {
  const fits =
    begin.length === x.shape.length &&
    shape.length === x.shape.length &&
    x.shape.every(
      (size, axis) => begin[axis]! >= 0 && shape[axis]! >= 0 && begin[axis]! + shape[axis]! <= size,
    );
  if (!fits) throw new ShapeError('slice', `a block from [${begin.join(', ')}] does not fit`, x.shape, shape);
  if (sameShape(x.shape, shape)) return x;
  return { operation: { kind: 'slice', begin: [...begin] }, inputs: [x], shape };
}

/** x placed at `before` in zeros of `shape`: the inverse of `slice`. */
export function pad(x: Tensor, before: readonly number[], shape: Shape): Tensor {
  const fits =
    before.length === x.shape.length &&
    shape.length === x.shape.length &&
    x.shape.every((size, axis) => before[axis]! >= 0 && before[axis]! + size <= shape[axis]!);
  if (!fits) throw new ShapeError('pad', `a block at [${before.join(', ')}] does not fit`, x.shape, shape);
  if (sameShape(x.shape, shape)) return x;
  return { operation: { kind: 'pad', before: [...before] }, inputs: [x], shape };
}

/** Softmax over the last axis. */
export function softmax(x: Tensor): Tensor {
  return { operation: { kind: 'softmax' }, inputs: [checkHasAxis('softmax', x)], shape: x.shape };
}

/** Logarithm of the softmax over the last axis, finite where the softmax itself would round to 0. */
export function logSoftmax(x: Tensor): Tensor {
  return { operation: { kind: 'logSoftmax' }, inputs: [checkHasAxis('logSoftmax', x)], shape: x.shape };
}

/** x, through which no gradient flows. */
export function stopGradient(x: Tensor): Tensor {
  return { operation: { kind: 'stopGradient' }, inputs: [x], shape: x.shape };
}

/** The shape of an arithmetic result of `a` and `b` under NumPy's broadcasting. */
export function broadcastShapes(operation: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const sizeA = a[axis - rank + a.length] ?? 1;
    const sizeB = b[axis - rank + b.length] ?? 1;
    if (sizeA !== sizeB && sizeA !== 1 && sizeB !== 1)
      throw new ShapeError(operation, 'shapes do not broadcast', a, b);
    return sizeA === 1 ? sizeB : sizeA;
  });
}

function unary(kind: UnaryKind): (x: Tensor) => Tensor {
  return (x) => ({ operation: { kind }, inputs: [x], shape: x.shape });
}

function binary(kind: BinaryKind): (a: TensorLike, b: TensorLike) => Tensor {
  return (a, b) => {
    const left = typeof a === 'number' ? constant(a) : a;
    const right = typeof b === 'number' ? constant(b) : b;
    return {
      operation: { kind },
      inputs: [left, right],
      shape: broadcastShapes(kind, left.shape, right.shape),
    };
  };
}

function checkHasAxis(operation: string, x: Tensor): Tensor {
  if (x.shape.length === 0) throw new ShapeError(operation, 'takes a tensor with at least one axis', x.shape);
  return x;
}

function checkAxes(
  operation: string,
  x: Tensor,
  axes: readonly number[] = x.shape.map((_, axis) => axis),
): readonly number[] {
  for (const axis of axes) {
    if (!Number.isInteger(axis) || axis < 0 || axis >= x.shape.length) {
      throw new ShapeError(operation, `there is no axis ${axis}`, x.shape);
    }
  }
  return [...new Set(axes)].sort((a, b) => a - b);
}
