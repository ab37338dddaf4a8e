import * as tf from '@tensorflow/tfjs-core';
import { type FloatArray, type PlannedNode, type Program, type ProgramDefinition, plan } from '../program.js';
import { type Shape, sizeOf } from '../tensor.js';
import type { HostVariables } from './host-variables.js';
import { compileStep, type Step } from './tfjs-steps.js';

/** A graph that TensorFlow.js' current backend computes, step by step. */
export class TfjsProgram implements Program {
  readonly inputs: Readonly<Record<string, FloatArray>>;
  readonly outputs: Readonly<Record<string, FloatArray>>;
  readonly #variables: HostVariables | undefined;
  readonly #nodes: readonly PlannedNode[];
  readonly #steps: readonly (Step | undefined)[];
  readonly #constants = new Map<number, tf.Tensor>();
  readonly #pieces: readonly VariablePiece[];
  readonly #outputPositions: readonly (readonly [string, number])[];
  readonly #updates: readonly { readonly name: string; readonly position: number }[];

  constructor(definition: ProgramDefinition, variables: HostVariables | undefined) {
    const planned = plan(definition, variables?.shapes ?? {});
    this.#variables = variables;
    this.#nodes = planned.nodes;
    this.#outputPositions = [...planned.outputs];
    this.#updates = planned.updates;
    this.inputs = buffersOf(planned.inputs);
    this.outputs = buffersOf(
      new Map(this.#outputPositions.map(([name, position]) => [name, planned.nodes[position]!.tensor.shape])),
    );
    const pieces = findPieces(planned.nodes);
    const read = new Set([
      ...planned.nodes.flatMap(({ sources }, position) => (pieces.has(position) ? [] : sources)),
      ...planned.outputs.values(),
      ...planned.updates.map(({ position }) => position),
    ]);
    this.#pieces = [...pieces.values()].filter(({ position }) => read.has(position));
    this.#steps = planned.nodes.map((node, position) => {
      const { operation, shape } = node.tensor;
      if (operation.kind === 'constant') {
        this.#constants.set(
          position,
          tf.keep(tf.tensor(Float32Array.from(operation.values), [...shape], 'float32')),
        );
        return undefined;
      }
      return operation.kind === 'input' || pieces.has(position) ? undefined : compileStep(node.tensor);
    });
  }

  run(): void {
    tf.engine().startScope();
    try {
      const values = this.#load();
      this.#steps.forEach((step, position) => {
        if (step && !values[position]) {
          values[position] = step(this.#nodes[position]!.sources.map((source) => values[source]!));
        }
      });
      for (const [name, position] of this.#outputPositions)
        this.outputs[name]!.set(values[position]!.dataSync<'float32'>());
      // Read everything before anything is written: an update must not see another's result.
      const updated = this.#updates.map(({ position }) => values[position]!.dataSync<'float32'>().slice());
      this.#updates.forEach(({ name }, i) => {
        this.#variables!.write(name, updated[i]!);
      });
    } finally {
      tf.engine().endScope();
    }
  }

  dispose(): void {
    for (const tensor of this.#constants.values()) tensor.dispose();
    for (const piece of this.#pieces) piece.tensor?.dispose();
    this.#constants.clear();
  }

  /** The tensors that no step computes: constants, pieces of variables, inputs. */
  #load(): (tf.Tensor | undefined)[] {
    const values: (tf.Tensor | undefined)[] = new Array(this.#nodes.length);
    for (const [position, tensor] of this.#constants) values[position] = tensor;
    for (const piece of this.#pieces) {
      const version = this.#variables!.version(piece.variable);
      if (!piece.tensor || piece.version !== version) {
        piece.tensor?.dispose();
        const data = this.#variables!.view(piece.variable).slice(
          piece.begin,
          piece.begin + sizeOf(piece.shape),
        );
        piece.tensor = tf.keep(tf.tensor(data as Float32Array, [...piece.shape], 'float32'));
        piece.version = version;
      }
      values[piece.position] = piece.tensor;
    }
    this.#nodes.forEach(({ tensor: { operation, shape } }, position) => {
      if (operation.kind === 'input') {
        // A copy: the CPU backend would keep the caller's buffer.
        values[position] = tf.tensor(
          this.inputs[operation.name]!.slice() as Float32Array,
          [...shape],
          'float32',
        );
      }
    });
    return values;
  }
}

/**
 * A contiguous part of a variable. Parameters are slices of one flat vector, and a slice costs TensorFlow.js far
 * more than making a tensor of the host's memory, so pieces are made once per write and kept.
 */
interface VariablePiece {
  readonly position: number;
  readonly variable: string;
  readonly begin: number;
  readonly shape: Shape;
  tensor?: tf.Tensor;
  version?: number;
}

function findPieces(nodes: readonly PlannedNode[]): Map<number, VariablePiece> {
  const pieces = new Map<number, VariablePiece>();
  nodes.forEach(({ tensor: { operation, shape }, sources }, position) => {
    const source = pieces.get(sources[0] ?? -1);
    if (operation.kind === 'variable')
      pieces.set(position, { position, variable: operation.name, begin: 0, shape });
    else if (source && operation.kind === 'reshape') pieces.set(position, { ...source, position, shape });
    else if (source && operation.kind === 'slice' && source.shape.length === 1) {
      pieces.set(position, { ...source, position, begin: source.begin + operation.begin[0]!, shape });
    }
  });
  return pieces;
}

function buffersOf(shapes: ReadonlyMap<string, Shape>): Record<string, Float32Array> {
  return Object.fromEntries([...shapes].map(([name, shape]) => [name, new Float32Array(sizeOf(shape))]));
}
