import {
  type Engine,
  type FloatArray,
  GraphError,
  type PlannedNode,
  type Program,
  type ProgramDefinition,
  plan,
  type Variables,
} from '../program.js';
import {
  type BinaryKind,
  rowMajorStrides,
  type Shape,
  sizeOf,
  type Tensor,
  type UnaryKind,
} from '../tensor.js';
import { HostVariables } from './host-variables.js';
import { BINARY, UNARY } from './scalar-functions.js';

/**
 * Plain loops in double precision: the oracle of the other engines, and the one that finite differences are taken
 * on. For tests; it is slow.
 */
export function createReferenceEngine(): Engine {
  return {
    name: 'reference',
    description: 'plain loops in double precision (for tests)',
    createVariables: (shapes) => new HostVariables(shapes, Float64Array),
    compile,
    dispose() {},
  };
}

function compile(definition: ProgramDefinition, variables?: Variables): Program {
  const { nodes, inputs, outputs, updates } = plan(definition, variables?.shapes ?? {});
  const buffers = nodes.map(({ tensor }) => new Float64Array(sizeOf(tensor.shape)));
  const inputBuffers: Record<string, FloatArray> = {};
  for (const [name, shape] of inputs) inputBuffers[name] = new Float64Array(sizeOf(shape));
  const outputBuffers: Record<string, FloatArray> = {};
  for (const [name, position] of outputs) outputBuffers[name] = new Float64Array(buffers[position]!.length);
  const steps = nodes.map((node, position) => evaluate(node, nodes, buffers, buffers[position]!));
  return {
    inputs: inputBuffers,
    outputs: outputBuffers,
    run() {
      nodes.forEach(({ tensor }, position) => {
        const { operation } = tensor;
        const buffer = buffers[position]!;
        if (operation.kind === 'input') buffer.set(inputBuffers[operation.name]!);
        else if (operation.kind === 'variable') buffer.set((variables as HostVariables).view(operation.name));
        else steps[position]!();
      });
      for (const [name, position] of outputs) outputBuffers[name]!.set(buffers[position]!);
      for (const { name, position } of updates) variables!.write(name, buffers[position]!);
    },
    dispose() {},
  };
}

function evaluate(
  node: PlannedNode,
  nodes: readonly PlannedNode[],
  buffers: readonly Float64Array[],
  out: Float64Array,
): () => void {
  const { operation, shape } = node.tensor;
  const [a, b] = node.sources.map((source) => buffers[source]!) as [Float64Array, Float64Array];
  const [tensorA, tensorB] = node.sources.map((source) => nodes[source]!.tensor) as [Tensor, Tensor];
  switch (operation.kind) {
    case 'input':
    case 'variable':
      return () => {};
    case 'constant':
      out.set(operation.values);
      return () => {};
    case 'reshape':
    case 'stopGradient':
      return () => out.set(a);
    case 'matmul': {
      const [rows, columns] = shape as [number, number];
      const inner = operation.transposeA ? tensorA.shape[0]! : tensorA.shape[1]!;
      const [rowStepA, innerStepA] = operation.transposeA ? [1, rows] : [inner, 1];
      const [innerStepB, columnStepB] = operation.transposeB ? [1, inner] : [columns, 1];
      return () => {
        for (let row = 0; row < rows; row++) {
          for (let column = 0; column < columns; column++) {
            let total = 0;
            for (let k = 0; k < inner; k++) {
              total += a[row * rowStepA + k * innerStepA]! * b[k * innerStepB + column * columnStepB]!;
            }
            out[row * columns + column] = total;
          }
        }
      };
    }
    case 'sum': {
      const target = indexMap(tensorA.shape, stridesOver(tensorA.shape, operation.axes));
      return () => {
        out.fill(0);
        for (let i = 0; i < a.length; i++) out[target[i]!]! += a[i]!;
      };
    }
    case 'broadcastTo': {
      const source = indexMap(shape, broadcastStrides(tensorA.shape, shape));
      return () => {
        for (let i = 0; i < out.length; i++) out[i] = a[source[i]!]!;
      };
    }
    case 'concat': {
      let offset = 0;
      const parts = node.sources.map((position) => {
        const source = nodes[position]!.tensor.shape;
        const target = blockMap(
          source,
          shape,
          shape.map((_, axis) => (axis === operation.axis ? offset : 0)),
        );
        offset += source[operation.axis]!;
        return { buffer: buffers[position]!, target };
      });
      return () => {
        for (const { buffer, target } of parts)
          for (let i = 0; i < buffer.length; i++) out[target[i]!] = buffer[i]!;
      };
    }
    case 'slice': {
      const source = blockMap(shape, tensorA.shape, operation.begin);
      return () => {
        for (let i = 0; i < out.length; i++) out[i] = a[source[i]!]!;
      };
    }
    case 'pad': {
      const target = blockMap(tensorA.shape, shape, operation.before);
      return () => {
        for (let i = 0; i < a.length; i++) out[target[i]!] = a[i]!;
      };
    }
    case 'softmax':
    case 'logSoftmax': {
      const width = shape.at(-1)!;
      const inLogs = operation.kind === 'logSoftmax';
      return () => {
        for (let start = 0; start < a.length; start += width) {
          const row = a.subarray(start, start + width);
          const largest = Math.max(...row);
          let total = 0;
          for (const x of row) total += Math.exp(x - largest);
          const logTotal = largest + Math.log(total);
          row.forEach((x, i) => {
            out[start + i] = inLogs ? x - logTotal : Math.exp(x - logTotal);
          });
        }
      };
    }
    default: {
      if (operation.kind in UNARY) {
        const f = UNARY[operation.kind as UnaryKind];
        return () => {
          for (let i = 0; i < out.length; i++) out[i] = f(a[i]!);
        };
      }
      const f = BINARY[operation.kind as BinaryKind];
      if (!f) throw new GraphError(`the reference engine has no operation "${operation.kind}".`);
      const left = indexMap(shape, broadcastStrides(tensorA.shape, shape));
      const right = indexMap(shape, broadcastStrides(tensorB.shape, shape));
      return () => {
        for (let i = 0; i < out.length; i++) out[i] = f(a[left[i]!]!, b[right[i]!]!);
      };
    }
  }
}

/** Strides of a tensor of `shape` read as if it had shape `target`: 0 along repeated axes. */
function broadcastStrides(shape: Shape, target: Shape): number[] {
  const missing = target.length - shape.length;
  const strides = rowMajorStrides(shape);
  return target.map((size, axis) =>
    axis < missing || (shape[axis - missing] === 1 && size !== 1) ? 0 : strides[axis - missing]!,
  );
}

/** Strides that send an entry of `shape` to its place in the sum over `axes`. */
function stridesOver(shape: Shape, axes: readonly number[]): number[] {
  const kept = rowMajorStrides(shape.filter((_, axis) => !axes.includes(axis)));
  return shape.map((_, axis) => (axes.includes(axis) ? 0 : kept.shift()!));
}

/** For every entry of `shape` in row-major order, its index under `strides`. */
function indexMap(shape: Shape, strides: readonly number[], offset = 0): Int32Array {
  const map = new Int32Array(sizeOf(shape));
  const index = shape.map(() => 0);
  for (let i = 0; i < map.length; i++) {
    map[i] = index.reduce((total, position, axis) => total + position * strides[axis]!, offset);
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0;
  }
  return map;
}

/** For every entry of a block, its index in the whole that holds it at `begin`. */
function blockMap(block: Shape, whole: Shape, begin: readonly number[]): Int32Array {
  const strides = rowMajorStrides(whole);
  return indexMap(
    block,
    strides,
    begin.reduce((total, start, axis) => total + start * strides[axis]!, 0),
  );
}
