import { MiktError } from '@mikt/core';
import { formatShape, type Shape, sameShape, type Tensor } from './tensor.js';

/** The numbers of one tensor, row-major. Engines use single precision; the reference engine double. */
export type FloatArray = Float32Array | Float64Array;

export type EngineName = 'wasm' | 'tfjs' | 'reference';

/** What to compute, and which variables to overwrite with what, in one run. */
export interface ProgramDefinition {
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Written together at the end of a run: every expression sees the values from before it. */
  readonly updates?: readonly { readonly variable: Tensor; readonly value: Tensor }[];
}

/** Values that outlive a run and are shared by the programs compiled on them. */
export interface Variables {
  readonly shapes: Readonly<Record<string, Shape>>;
  /** A copy of the values. */
  read(name: string): FloatArray;
  write(name: string, values: ArrayLike<number>): void;
  dispose(): void;
}

/**
 * A compiled graph. Fill `inputs`, call `run`, read `outputs`: the buffers stay the same from run to run, so that
 * a run allocates nothing that the caller has to hold.
 */
export interface Program {
  readonly inputs: Readonly<Record<string, FloatArray>>;
  readonly outputs: Readonly<Record<string, FloatArray>>;
  run(): void;
  dispose(): void;
}

/** Runs graphs. What a network or a loss means is the same on every engine, to rounding. */
export interface Engine {
  readonly name: EngineName;
  /** In words, for a person: what runs the graphs, and why not something faster. */
  readonly description: string;
  /** Zeros of the given shapes. */
  createVariables(shapes: Readonly<Record<string, Shape>>): Variables;
  /** @throws GraphError where the definition uses a variable that `variables` does not hold in that shape */
  compile(definition: ProgramDefinition, variables?: Variables): Program;
  dispose(): void;
}

/** A graph that cannot be compiled or a program that is used wrongly. */
export class GraphError extends MiktError {
  constructor(message: string) {
    super('graph', message);
  }
}

/** Every node that `roots` depend on, each after its inputs. */
export function topologicalOrder(roots: readonly Tensor[]): Tensor[] {
  return dependenciesFirst(roots, (node) => node.inputs);
}

/** The variables that `roots` depend on. */
export function variableShapes(roots: readonly Tensor[]): Record<string, Shape> {
  return Object.fromEntries(
    topologicalOrder(roots).flatMap(({ operation, shape }) =>
      operation.kind === 'variable' ? [[operation.name, shape]] : [],
    ),
  );
}

/** Everything that `roots` depend on, the roots included, each after its own dependencies. */
export function dependenciesFirst<T>(roots: Iterable<T>, dependenciesOf: (item: T) => readonly T[]): T[] {
  const order: T[] = [];
  const seen = new Set<T>();
  // An explicit stack: a recursive walk would overflow on long chains of updates.
  const stack: { item: T; dependencies: readonly T[]; next: number }[] = [];
  const visit = (item: T): void => {
    if (seen.has(item)) return;
    seen.add(item);
    stack.push({ item, dependencies: dependenciesOf(item), next: 0 });
  };
  for (const root of roots) {
    visit(root);
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      if (top.next < top.dependencies.length) {
        visit(top.dependencies[top.next++]!);
      } else {
        order.push(top.item);
        stack.pop();
      }
    }
  }
  return order;
}

/** One step of a plan: what to compute from which earlier steps. */
export interface PlannedNode {
  readonly tensor: Tensor;
  /** Positions in the plan. */
  readonly sources: readonly number[];
}

/** A definition in the order in which an engine computes it, equal expressions computed once. */
export interface Plan {
  readonly nodes: readonly PlannedNode[];
  readonly inputs: ReadonlyMap<string, Shape>;
  readonly outputs: ReadonlyMap<string, number>;
  readonly updates: readonly { readonly name: string; readonly position: number }[];
}

/** Checks a definition against the variables it runs on and orders it. Shared by all engines. */
export function plan(definition: ProgramDefinition, variables: Readonly<Record<string, Shape>>): Plan {
  const updates = definition.updates ?? [];
  const roots = [...Object.values(definition.outputs), ...updates.map(({ value }) => value)];
  const nodes: PlannedNode[] = [];
  const positions = new Map<Tensor, number>();
  const known = new Map<string, number>();
  const inputs = new Map<string, Shape>();
  for (const tensor of topologicalOrder(roots)) {
    const { operation, shape } = tensor;
    const sources = tensor.inputs.map((source) => positions.get(source)!);
    if (operation.kind === 'input') {
      const other = inputs.get(operation.name);
      if (other && !sameShape(other, shape)) {
        throw new GraphError(
          `input "${operation.name}" has two shapes: ${formatShape(other)} and ${formatShape(shape)}.`,
        );
      }
      inputs.set(operation.name, shape);
    }
    if (operation.kind === 'variable') checkVariable(operation.name, shape, variables);
    const key = `${JSON.stringify(operation, describeValues)}|${sources.join()}|${shape.join()}`;
    let position = known.get(key);
    if (position === undefined) {
      position = nodes.push({ tensor, sources }) - 1;
      known.set(key, position);
    }
    positions.set(tensor, position);
  }
  return {
    nodes,
    inputs,
    outputs: new Map(
      Object.entries(definition.outputs).map(([name, tensor]) => [name, positions.get(tensor)!]),
    ),
    updates: updates.map(({ variable, value }) => {
      if (variable.operation.kind !== 'variable')
        throw new GraphError('an update needs a variable to write to.');
      const { name } = variable.operation;
      checkVariable(name, variable.shape, variables);
      if (!sameShape(variable.shape, value.shape)) {
        throw new GraphError(
          `the update of variable "${name}" ${formatShape(variable.shape)} has shape ${formatShape(value.shape)}.`,
        );
      }
      return { name, position: positions.get(value)! };
    }),
  };
}

function checkVariable(name: string, shape: Shape, variables: Readonly<Record<string, Shape>>): void {
  const held = variables[name];
  if (held && sameShape(held, shape)) return;
  throw new GraphError(
    `the graph uses variable "${name}" ${formatShape(shape)}, but ` +
      (held
        ? `it was created as ${formatShape(held)}.`
        : `there is no such variable (${Object.keys(variables).join(', ') || 'none'}).`),
  );
}

/** JSON writes NaN and the infinities as null, and −0 as 0. */
function describeValues(_key: string, value: unknown): unknown {
  if (!(value instanceof Float64Array)) return value;
  return Array.from(value, (x) => (Object.is(x, -0) ? '-0' : String(x)));
}

/** A matrix product: the shapes of its operands and how they are read. */
export interface MatrixProduct {
  readonly a: Shape;
  readonly b: Shape;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** Floating-point operations, 2 m k n. */
  readonly flops: number;
}

/** The matrix products that an engine computes for `roots`; equal expressions are computed once. */
export function matrixProducts(roots: readonly Tensor[]): MatrixProduct[] {
  const outputs = Object.fromEntries(roots.map((root, i) => [`${i}`, root]));
  return plan({ outputs }, variableShapes(roots)).nodes.flatMap(
    ({ tensor: { operation, inputs, shape } }) => {
      if (operation.kind !== 'matmul') return [];
      const { transposeA, transposeB } = operation;
      const [a, b] = [inputs[0]!.shape, inputs[1]!.shape];
      const inner = a[transposeA ? 0 : 1]!;
      return [{ a, b, transposeA, transposeB, flops: 2 * shape[0]! * inner * shape[1]! }];
    },
  );
}
