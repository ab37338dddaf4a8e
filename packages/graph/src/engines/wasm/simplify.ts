import { type BinaryKind, type Shape, sizeOf, type UnaryKind } from '../../tensor.js';
import { BINARY, UNARY } from '../scalar-functions.js';
import { MicroOp } from './instruction-set.js';
import { rowMajorStrides } from './strides.js';
import { type Entry, isWhole, type Operand, type Spread, type View, whole } from './values.js';

export const MICRO_OPS: Record<UnaryKind | BinaryKind, MicroOp> = {
  neg: MicroOp.Neg,
  exp: MicroOp.Exp,
  log: MicroOp.Log,
  sqrt: MicroOp.Sqrt,
  square: MicroOp.Square,
  tanh: MicroOp.Tanh,
  sigmoid: MicroOp.Sigmoid,
  softplus: MicroOp.Softplus,
  relu: MicroOp.Relu,
  add: MicroOp.Add,
  sub: MicroOp.Sub,
  mul: MicroOp.Mul,
  div: MicroOp.Div,
  maximum: MicroOp.Maximum,
  minimum: MicroOp.Minimum,
  greaterEqual: MicroOp.GreaterEqual,
};

const SCALAR_FUNCTIONS = new Map<MicroOp, (a: number, b: number) => number>([
  [MicroOp.Copy, (a) => a],
  ...Object.entries({ ...UNARY, ...BINARY }).map(
    ([kind, f]) => [MICRO_OPS[kind as keyof typeof MICRO_OPS], f] as const,
  ),
]);

interface ShapedEntry {
  readonly entry: Entry;
  readonly shape: Shape;
}

/** An elementwise operation on broadcast operands: a number or an operand itself where that is the same. */
export function elementwise(op: MicroOp, sources: readonly ShapedEntry[], shape: Shape): Entry {
  const entries = sources.map(({ entry }) => entry);
  const size = sizeOf(shape);
  if (entries.every((entry) => typeof entry === 'number'))
    return SCALAR_FUNCTIONS.get(op)!(entries[0] as number, entries[1] as number);
  const unchanged = unchangedBy(op, entries);
  if (unchanged && unchanged.size === size) return unchanged;
  const { operands, columns } = spread(sources, shape);
  const merged = op === MicroOp.Mul ? mergeFactors(operands) : operands;
  return whole({ kind: 'elementwise', op, operands: merged, columns }, size);
}

/** The operand that the operation leaves as it is: x + 0, x − 0, x · 1, x / 1. */
function unchangedBy(op: MicroOp, [a, b]: readonly Entry[]): View | undefined {
  const neutral = op === MicroOp.Mul || op === MicroOp.Div ? 1 : 0;
  const commutes = op === MicroOp.Mul || op === MicroOp.Add;
  if (op === MicroOp.Copy) return a as View;
  if (op < MicroOp.Add || op > MicroOp.Div) return undefined;
  if (b === neutral && typeof a !== 'number') return a;
  if (a === neutral && commutes && typeof b !== 'number') return b;
  return undefined;
}

/** (x · c) · d is x · (c d). */
function mergeFactors(operands: readonly Operand[]): readonly Operand[] {
  const factor = operands.find((operand) => typeof operand === 'number');
  const product = operands.find((operand) => typeof operand !== 'number');
  if (factor === undefined || product === undefined || product.spread !== 'each' || !isWhole(product.view))
    return operands;
  const { origin } = product.view.value;
  if (origin.kind !== 'elementwise' || origin.op !== MicroOp.Mul || origin.columns !== undefined)
    return operands;
  const inner = origin.operands.find((operand) => typeof operand === 'number');
  const x = origin.operands.find((operand) => typeof operand !== 'number');
  return inner === undefined || x === undefined ? operands : [x, inner * factor];
}

/** Finds out how each operand fills the result; one that fits no pattern is spelled out first. */
function spread(
  sources: readonly ShapedEntry[],
  shape: Shape,
): { operands: readonly Operand[]; columns: number | undefined } {
  let columns: number | undefined;
  const operands = sources.map(({ entry, shape: own }): Operand => {
    if (typeof entry === 'number') return entry;
    const repeated = repeatedOperand(entry);
    if (repeated && entry.size === sizeOf(shape)) {
      if (repeated.columns === undefined) return repeated.operand;
      if (columns === undefined || columns === repeated.columns) {
        columns = repeated.columns;
        return repeated.operand;
      }
    }
    const pattern = patternOf(own, shape);
    if (pattern && (pattern.columns === undefined || columns === undefined || columns === pattern.columns)) {
      columns ??= pattern.columns;
      return { view: entry, spread: pattern.spread };
    }
    return { view: spelledOut(entry, own, shape), spread: 'each' };
  });
  return { operands, columns };
}

/** What a broadcast value repeats, so that nothing has to write it out. */
function repeatedOperand(view: View): { operand: Operand; columns: number | undefined } | undefined {
  const { origin } = view.value;
  if (!isWhole(view) || origin.kind !== 'elementwise' || origin.op !== MicroOp.Copy) return undefined;
  return { operand: origin.operands[0]!, columns: origin.columns };
}

function patternOf(own: Shape, shape: Shape): { spread: Spread; columns: number | undefined } | undefined {
  if (sizeOf(own) === sizeOf(shape)) return { spread: 'each', columns: undefined };
  if (sizeOf(own) === 1) return { spread: 'scalar', columns: undefined };
  const missing = shape.length - own.length;
  const axes = shape
    .map((size, axis) => ({ size, repeated: (own[axis - missing] ?? 1) === 1 }))
    .filter(({ size }) => size !== 1);
  const change = axes.findIndex(({ repeated }) => repeated !== axes[0]!.repeated);
  const rest = axes.slice(change);
  if (rest.some(({ repeated }) => repeated !== rest[0]!.repeated)) return undefined;
  return { spread: rest[0]!.repeated ? 'column' : 'row', columns: sizeOf(rest.map(({ size }) => size)) };
}

function spelledOut(entry: View, own: Shape, shape: Shape): View {
  const missing = shape.length - own.length;
  const from = rowMajorStrides(own);
  const to = rowMajorStrides(shape);
  const axes = shape.map((size, axis) => ({
    size,
    fromStride: (own[axis - missing] ?? 1) === 1 ? 0 : from[axis - missing]!,
    toStride: to[axis]!,
  }));
  return whole(
    { kind: 'assembly', zeros: false, parts: [{ source: entry, offset: 0, axes }] },
    sizeOf(shape),
  );
}
