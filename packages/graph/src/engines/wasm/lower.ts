import type { Plan, PlannedNode } from '../../program.js';
import { rowMajorStrides, type Shape, sizeOf, type Tensor } from '../../tensor.js';
import { elementwise } from './simplify.js';
import { blockPart, concatenation } from './strides.js';
import { type Axis, type Entry, isComputed, isWhole, type Value, type View, whole } from './values.js';

/** A graph as values. Every update's value is computed, and whole; every output's is computed. */
export interface Lowered {
  readonly inputs: ReadonlyMap<string, Value>;
  readonly outputs: ReadonlyMap<string, View>;
  readonly updates: ReadonlyMap<string, Value>;
}

/** Turns a plan into values and views; folds constants on the way. */
export function lower(plan: Plan): Lowered {
  const entries: Entry[] = [];
  for (const node of plan.nodes) entries.push(lowerNode(node, plan.nodes, entries));
  const computed = (position: number): View => {
    const { shape } = plan.nodes[position]!.tensor;
    const entry = entries[position]!;
    if (typeof entry !== 'number' && isComputed(entry.value)) return entry;
    return copyOf(entry, sizeOf(shape));
  };
  const inputs = new Map<string, Value>();
  plan.nodes.forEach(({ tensor: { operation } }, position) => {
    if (operation.kind === 'input') inputs.set(operation.name, (entries[position] as View).value);
  });
  return {
    inputs,
    outputs: new Map([...plan.outputs].map(([name, position]) => [name, computed(position)])),
    updates: new Map(
      plan.updates.map(({ name, position }) => {
        const view = flushed(computed(position));
        return [name, (isWhole(view) ? view : copyOf(view, view.size)).value];
      }),
    ),
  };
}

function lowerNode(node: PlannedNode, nodes: readonly PlannedNode[], entries: readonly Entry[]): Entry {
  const { operation, shape } = node.tensor;
  const size = sizeOf(shape);
  const tensors = node.sources.map((source) => nodes[source]!.tensor);
  const sources = node.sources.map((source) => entries[source]!);
  const [tensor, other] = tensors as [Tensor, Tensor];
  const [source] = sources as [Entry];
  const view = (index: number) => stored(sources[index]!, sizeOf(tensors[index]!.shape));
  switch (operation.kind) {
    case 'input':
    case 'variable':
      return whole({ kind: operation.kind, name: operation.name }, size);
    case 'constant': {
      const first = operation.values[0];
      if (first !== undefined && operation.values.every((x) => Object.is(x, first))) return first;
      return whole({ kind: 'constant', data: Float32Array.from(operation.values) }, size);
    }
    case 'reshape':
    case 'stopGradient':
      return source;
    case 'broadcastTo':
      return elementwise('copy', [{ entry: source, shape: tensor.shape }], shape);
    case 'sum':
      return sum(source, tensor.shape, operation.axes);
    case 'matmul': {
      const { transposeA, transposeB } = operation;
      const [rows, columns] = shape as [number, number];
      const inner = transposeA ? tensor.shape[0]! : tensor.shape[1]!;
      if (inner === 0) return 0;
      return whole(
        { kind: 'matmul', a: view(0), b: view(1), rows, columns, inner, transposeA, transposeB },
        size,
      );
    }
    case 'softmax':
    case 'logSoftmax': {
      return softmax(view(0), shape, operation.kind === 'logSoftmax');
    }
    case 'slice': {
      if (typeof source === 'number') return source;
      const part = blockPart(source, shape, tensor.shape, operation.begin, 'from');
      if (isContiguous(part.axes)) return part.source;
      return whole({ kind: 'assembly', zeros: false, parts: [part] }, size);
    }
    case 'pad': {
      const part = blockPart(view(0), tensor.shape, shape, operation.before, 'to');
      return whole({ kind: 'assembly', zeros: true, parts: [part] }, size);
    }
    case 'concat':
      return whole(
        {
          kind: 'assembly',
          zeros: false,
          parts: concatenation(
            tensors.map(({ shape }, index) => ({ view: view(index), shape })),
            shape,
            operation.axis,
          ),
        },
        size,
      );
    default: {
      const operands = [{ entry: source, shape: tensor.shape }];
      if (other) operands.push({ entry: sources[1]!, shape: other.shape });
      return elementwise(operation.kind, operands, shape);
    }
  }
}

/**
 * Sums over leading or trailing axes are one reduction; for any other the summed axes are made trailing first. The
 * sum over trailing axes of a tensor is computed row by row, so a row's bits do not depend on the others.
 */
function sum(source: Entry, shape: Shape, axes: readonly number[]): Entry {
  const kept = shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]));
  const terms = sizeOf(axes.map((axis) => shape[axis]!));
  if (typeof source === 'number') return source * terms;
  if (terms === 1) return source;
  const results = sizeOf(kept.map((axis) => shape[axis]!));
  if (terms === 0) return 0;
  if (kept.length === 0) return whole({ kind: 'reduction', op: 'sumAll', source, columns: undefined }, 1);
  if (axes.every((axis, index) => axis === index)) {
    if (results === 1) return whole({ kind: 'reduction', op: 'sumAll', source, columns: undefined }, 1);
    return whole({ kind: 'reduction', op: 'sumRows', source, columns: results }, results);
  }
  let rows = source;
  if (!kept.every((axis, index) => axis === index)) {
    const strides = rowMajorStrides(shape);
    const order = [...kept, ...axes];
    const permuted = order.map((axis) => shape[axis]!);
    const targets = rowMajorStrides(permuted);
    const permutation: Axis[] = order.map((axis, index) => ({
      size: shape[axis]!,
      fromStride: strides[axis]!,
      toStride: targets[index]!,
    }));
    rows = whole(
      { kind: 'assembly', zeros: false, parts: [{ source, offset: 0, axes: permutation }] },
      source.size,
    );
  }
  return whole({ kind: 'reduction', op: 'sumColumns', source: rows, columns: terms }, results);
}

/** eˣ over its sum, with each row's largest entry taken off first; or the logarithm of that. */
function softmax(x: View, shape: Shape, inLogs: boolean): Entry {
  const columns = shape.at(-1)!;
  const [each, perRow] = [
    [sizeOf(shape.slice(0, -1)), columns],
    [sizeOf(shape.slice(0, -1)), 1],
  ] as const;
  const overColumns = (op: 'sumColumns' | 'maxColumns', source: Entry) => ({
    entry: whole({ kind: 'reduction', op, source: source as View, columns }, perRow[0]),
    shape: perRow,
  });
  const limited = {
    entry: elementwise('sub', [{ entry: x, shape: each }, overColumns('maxColumns', x)], each),
    shape: each,
  };
  const exponential = { entry: elementwise('exp', [limited], each), shape: each };
  const total = overColumns('sumColumns', exponential.entry);
  if (!inLogs) {
    const inverse = elementwise('div', [{ entry: 1, shape: [] }, total], perRow);
    return elementwise('mul', [exponential, { entry: inverse, shape: perRow }], each);
  }
  return elementwise('sub', [limited, { entry: elementwise('log', [total], perRow), shape: perRow }], each);
}

function isContiguous(axes: readonly Axis[]): boolean {
  return axes.length === 0 || (axes.length === 1 && axes[0]!.fromStride === 1);
}

/** A view of the entry, stored as a constant where it is a number. */
function stored(entry: Entry, size: number): View {
  if (typeof entry !== 'number') return entry;
  return whole({ kind: 'constant', data: new Float32Array(size).fill(entry) }, size);
}

/** What is computed entry by entry, without numbers that are too small to keep: see `FLUSHED_BELOW`. */
function flushed(view: View): View {
  if (view.value.origin.kind !== 'elementwise') return view;
  return whole(
    { kind: 'elementwise', op: 'flush', operands: [{ view, spread: 'each' }], columns: undefined },
    view.size,
  );
}

function copyOf(entry: Entry, size: number): View {
  const operand = typeof entry === 'number' ? entry : ({ view: entry, spread: 'each' } as const);
  return whole({ kind: 'elementwise', op: 'copy', operands: [operand], columns: undefined }, size);
}
