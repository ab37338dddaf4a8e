import { MiktError } from '@mikt/core';

/** Sizes of a tensor's axes; `[]` is a scalar. */
export type Shape = readonly number[];

export type UnaryKind = 'neg' | 'exp' | 'log' | 'sqrt' | 'square' | 'tanh' | 'sigmoid' | 'softplus' | 'relu';
export type BinaryKind = 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum' | 'greaterEqual';

/** What a node computes from its inputs. */
export type Operation =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'constant'; readonly values: Float64Array }
  | { readonly kind: UnaryKind }
  | { readonly kind: BinaryKind }
  | { readonly kind: 'matmul'; readonly transposeA: boolean; readonly transposeB: boolean }
  | { readonly kind: 'sum'; readonly axes: readonly number[] }
  | { readonly kind: 'broadcastTo' }
  | { readonly kind: 'reshape' }
  | { readonly kind: 'concat'; readonly axis: number }
  | { readonly kind: 'slice'; readonly begin: readonly number[] }
  | { readonly kind: 'pad'; readonly before: readonly number[] }
  | { readonly kind: 'softmax' }
  | { readonly kind: 'logSoftmax' }
  | { readonly kind: 'stopGradient' };

export type OperationKind = Operation['kind'];

/**
 * A node of a static graph: an operation on other nodes, with its result's shape. Nodes never change; building
 * one computes nothing. All values are single-precision floats (double in the reference engine).
 */
export interface Tensor {
  readonly operation: Operation;
  readonly inputs: readonly Tensor[];
  readonly shape: Shape;
}

/** Where an operation takes a tensor, a number stands for a scalar constant. */
export type TensorLike = Tensor | number;

/** Shapes that an operation cannot work on, found while the graph is built. */
export class ShapeError extends MiktError {
  constructor(operation: string, problem: string, ...shapes: Shape[]) {
    super('shape', `${operation}: ${problem}, got ${shapes.map(formatShape).join(' and ')}.`);
  }
}

export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** Number of entries of a tensor of this shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** Entries between neighbours along each axis of a row-major tensor. */
export function rowMajorStrides(shape: Shape): number[] {
  const strides: number[] = [];
  let stride = 1;
  for (const size of shape.toReversed()) {
    strides.unshift(stride);
    stride *= size;
  }
  return strides;
}
