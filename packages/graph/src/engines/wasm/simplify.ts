import { rowMajorStrides, type Shape, sizeOf } from '../../tensor.js';
import { BINARY, UNARY } from '../scalar-functions.js';
import {
  type ElementwiseOp,
  type Entry,
  FLUSHED_BELOW,
  isWhole,
  type Operand,
  type Spread,
  type Value,
  type View,
  whole,
} from './values.js';

const SCALAR_FUNCTIONS: Readonly<Record<ElementwiseOp, (a: number, b: number) => number>> = {
  ...UNARY,
  ...BINARY,
  copy: (x) => x,
  atLeast: Math.max,
  atMost: Math.min,
  flush: (x) => (Math.abs(x) < FLUSHED_BELOW ? 0 : x),
};

interface ShapedEntry {
  readonly entry: Entry;
  readonly shape: Shape;
}

/** An elementwise operation on broadcast operands: a number or an operand itself where that is the same. */
export function elementwise(op: ElementwiseOp, sources: readonly ShapedEntry[], shape: Shape): Entry {
  const entries = sources.map(({ entry }) => entry);
  const size = sizeOf(shape);
  if (entries.every((entry) => typeof entry === 'number'))
    return SCALAR_FUNCTIONS[op](entries[0] as number, entries[1] as number);
  const unchanged = unchangedBy(op, entries);
  if (unchanged && unchanged.size === size) return unchanged;
  const { operands, columns } = spread(sources, shape);
  const simpler = simplify(op, operands);
  return whole({ kind: 'elementwise', ...simpler, columns }, size);
}

/** The operand that the operation leaves as it is: x + 0, x − 0, x · 1, x / 1. */
function unchangedBy(op: ElementwiseOp, [a, b]: readonly Entry[]): View | undefined {
  if (op === 'copy') return a as View;
  if (op !== 'add' && op !== 'sub' && op !== 'mul' && op !== 'div') return undefined;
  const neutral = op === 'mul' || op === 'div' ? 1 : 0;
  const commutes = op === 'mul' || op === 'add';
  if (b === neutral && typeof a !== 'number') return a;
  if (a === neutral && commutes && typeof b !== 'number') return b;
  return undefined;
}

/** The same with operands that cost less. */
function simplify(
  op: ElementwiseOp,
  operands: readonly Operand[],
): { op: ElementwiseOp; operands: readonly Operand[] } {
  const [a, b] = operands as [Operand, Operand];
  if (op === 'mul') return { op, operands: mergeFactors(operands) };
  if (op === 'maximum' || op === 'minimum') {
    // One instruction where a general maximum, with NaN and −0 on both sides, is several.
    const [limit, x] = typeof a === 'number' ? [a, b] : [b, a];
    if (typeof limit !== 'number' || Number.isNaN(limit)) return { op, operands };
    return { op: op === 'maximum' ? 'atLeast' : 'atMost', operands: [x, limit] };
  }
  // x / eᶻ is x · e⁻ᶻ: the quotient by a standard deviation that rows share costs no division for each entry. (Whether
  // operands are repeated must not decide: a single row has to get the same bits as many.)
  if (op === 'div' && typeof b !== 'number') {
    const inverse = reciprocal(b.view);
    if (inverse) return { op: 'mul', operands: [a, { view: inverse, spread: b.spread }] };
  }
  return { op, operands };
}

const reciprocals = new WeakMap<Value, View>();

/** e⁻ᶻ for a view of eᶻ, the same for everything that divides by it. */
function reciprocal(view: View): View | undefined {
  const { origin, size } = view.value;
  if (!isWhole(view) || origin.kind !== 'elementwise' || origin.op !== 'exp') return undefined;
  let result = reciprocals.get(view.value);
  if (!result) {
    const negative = whole({ ...origin, op: 'neg' }, size);
    const operands: Operand[] = [{ view: negative, spread: 'each' }];
    result = whole({ kind: 'elementwise', op: 'exp', operands, columns: undefined }, size);
    reciprocals.set(view.value, result);
  }
  return result;
}

/** (x · c) · d is x · (c d). */
function mergeFactors(operands: readonly Operand[]): readonly Operand[] {
  const factor = operands.find((operand) => typeof operand === 'number');
  const product = operands.find((operand) => typeof operand !== 'number');
  if (factor === undefined || product === undefined || product.spread !== 'each' || !isWhole(product.view))
    return operands;
  const { origin } = product.view.value;
  if (origin.kind !== 'elementwise' || origin.op !== 'mul' || origin.columns !== undefined) return operands;
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
  if (!isWhole(view) || origin.kind !== 'elementwise' || origin.op !== 'copy') return undefined;
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
