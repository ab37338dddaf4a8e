import { FileError } from '@mikt/core';
import type { OnnxGraph, OnnxNode, OnnxTensor } from '@mikt/graph';

/** One step of a chain of operators: what it is, with the stored tensor beside the data that flows through. */
export interface ChainStep {
  readonly node: OnnxNode;
  /** The operands that are stored in the file, in place; undefined where the data comes in or nothing is given. */
  readonly stored: readonly (OnnxTensor | undefined)[];
  /** Which operand the data is. */
  readonly data: number;
}

/** Operators that hand on what they get in a network that is not being trained. */
const TRANSPARENT = new Set(['Identity', 'Dropout']);

/** Reads an ONNX graph from its results back to its input. */
export class ChainReader {
  readonly #graph: OnnxGraph;
  readonly #path: string;
  readonly #producers = new Map<string, OnnxNode>();

  /** @throws FileError where two operators give a value the same name */
  constructor(graph: OnnxGraph, path: string) {
    this.#graph = graph;
    this.#path = path;
    for (const node of graph.nodes) {
      for (const output of node.outputs) {
        if (output === '') continue;
        if (this.#producers.has(output))
          throw new FileError(path, `"${output}" is computed twice; the file is damaged.`);
        this.#producers.set(output, node);
      }
    }
  }

  /**
   * The operators between the graph's only input and `output`, first to last.
   * @throws FileError where they are not one chain
   */
  chain(output: string): ChainStep[] {
    const steps: ChainStep[] = [];
    const inputs = new Set(this.#graph.inputs.map(({ name }) => name));
    let name = output;
    while (!inputs.has(name)) {
      if (steps.length > this.#graph.nodes.length) {
        throw new FileError(this.#path, `"${output}" depends on itself; the file is damaged.`);
      }
      const node = this.#producers.get(name);
      if (!node)
        throw new FileError(this.#path, `nothing computes "${name}"; the file is damaged or incomplete.`);
      const stored = node.inputs.map((operand) => this.stored(operand));
      const flowing = node.inputs.flatMap((operand, i) => (operand !== '' && !stored[i] ? [i] : []));
      if (flowing.length !== 1 || node.outputs[0] !== name) {
        throw new FileError(
          this.#path,
          `"${output}" is not the end of a plain chain of layers: ${node.type} computes "${name}" from ` +
            `${flowing.length === 0 ? 'stored values only' : `${flowing.length} values that depend on the observation`}.`,
        );
      }
      const data = flowing[0]!;
      if (!TRANSPARENT.has(node.type)) steps.push({ node, stored, data });
      name = node.inputs[data]!;
    }
    return steps.reverse();
  }

  /** A tensor that is stored in the file, also by way of Constant, Identity and Transpose of a matrix. */
  stored(name: string, depth = 0): OnnxTensor | undefined {
    const tensor = this.#graph.tensors.get(name);
    if (tensor) return tensor;
    const node = this.#producers.get(name);
    // No exporter nests these deeper; a file that refers to itself must end.
    if (!node || depth > 4) return undefined;
    if (node.type === 'Constant') {
      const { value, value_float: number } = node.attributes;
      if (typeof number === 'number') return { shape: [], data: Float64Array.of(number) };
      return typeof value === 'object' && 'shape' in value ? value : undefined;
    }
    const [operand] = node.inputs;
    if (operand === undefined || (node.type !== 'Identity' && node.type !== 'Transpose')) return undefined;
    const source = this.stored(operand, depth + 1);
    return source && node.type === 'Transpose' ? transpose(source) : source;
  }
}

/** The transpose of a matrix; undefined for anything else. */
function transpose({ shape, data }: OnnxTensor): OnnxTensor | undefined {
  const [rows, columns] = shape;
  if (shape.length !== 2) return undefined;
  const result = new Float64Array(data.length);
  for (let i = 0; i < rows!; i++) {
    for (let j = 0; j < columns!; j++) result[j * rows! + i] = data[i * columns! + j]!;
  }
  return { shape: [columns!, rows!], data: result };
}
