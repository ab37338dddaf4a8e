import type { BinaryKind, UnaryKind } from '../../tensor.js';

/**
 * The compiler's view of a graph, between the plan and the instructions: values, each stored or computed as a whole,
 * and views of them. Shapes have become sizes; reshapes, stopped gradients and contiguous slices have become views.
 */
export interface Value {
  /** Entries. */
  readonly size: number;
  readonly origin: Origin;
}

/** A contiguous part of a value. */
export interface View {
  readonly value: Value;
  readonly offset: number;
  readonly size: number;
}

/** What stands for a tensor: a number where all entries are equal. */
export type Entry = View | number;

export type Origin =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'constant'; readonly data: Float32Array }
  | Elementwise
  | Reduction
  | MatrixProduct
  | Assembly;

/** How an operand fills the entries of an elementwise result: it has each of them, or it is repeated. */
export type Spread = 'each' | 'scalar' | 'row' | 'column';

/** A number stands for itself in every entry. */
export type Operand = number | { readonly view: View; readonly spread: Spread };

/**
 * `atLeast` and `atMost` are maximum and minimum of an operand and a number; `flush` makes what is smaller than
 * `FLUSHED_BELOW` 0.
 */
export type ElementwiseOp = UnaryKind | BinaryKind | 'copy' | 'atLeast' | 'atMost' | 'flush';

/**
 * Variables keep nothing smaller than this: what decays there without end, such as moments of a gradient that is always
 * 0, would become denormal numbers, which processors handle many times more slowly.
 */
export const FLUSHED_BELOW = 1e-30;

export interface Elementwise {
  readonly kind: 'elementwise';
  readonly op: ElementwiseOp;
  readonly operands: readonly Operand[];
  /** Columns of the matrix over which rows and columns are spread, where there are any. */
  readonly columns: number | undefined;
}

export interface Reduction {
  readonly kind: 'reduction';
  /** Over everything, over each row's columns, or over each column's rows. */
  readonly op: 'sumAll' | 'sumColumns' | 'maxColumns' | 'sumRows';
  readonly source: View;
  /** Columns of the matrix that is reduced; they do not matter to a sum over everything. */
  readonly columns: number | undefined;
}

export interface MatrixProduct {
  readonly kind: 'matmul';
  readonly a: View;
  readonly b: View;
  readonly rows: number;
  readonly columns: number;
  readonly inner: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Blocks of other values put together: what slices, pads, concatenations and transpositions are. */
export interface Assembly {
  readonly kind: 'assembly';
  /** Whether zeros fill what the parts leave open. */
  readonly zeros: boolean;
  readonly parts: readonly Part[];
}

export interface Part {
  readonly source: View;
  /** Entry of the result where the part starts. */
  readonly offset: number;
  /** Outermost first. */
  readonly axes: readonly Axis[];
}

export interface Axis {
  readonly size: number;
  readonly fromStride: number;
  readonly toStride: number;
}

export function whole(origin: Origin, size: number): View {
  return { value: { size, origin }, offset: 0, size };
}

export function isWhole({ value, offset, size }: View): boolean {
  return offset === 0 && size === value.size;
}

/** Whether instructions compute the value. */
export function isComputed({ origin }: Value): boolean {
  return origin.kind !== 'input' && origin.kind !== 'variable' && origin.kind !== 'constant';
}

/** The views that a value is computed from. */
export function viewsOf({ origin }: Value): View[] {
  switch (origin.kind) {
    case 'input':
    case 'variable':
    case 'constant':
      return [];
    case 'elementwise':
      return origin.operands.flatMap((operand) => (typeof operand === 'number' ? [] : [operand.view]));
    case 'matmul':
      return [origin.a, origin.b];
    case 'reduction':
      return [origin.source];
    case 'assembly':
      return origin.parts.map(({ source }) => source);
  }
}
