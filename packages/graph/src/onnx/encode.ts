import { createReferenceEngine } from '../engines/reference.js';
import { type FloatArray, GraphError, type Plan, plan, variableShapes } from '../program.js';
import { formatShape, type Operation, type Shape, type Tensor } from '../tensor.js';
import { DATA_TYPE, modelProto, type NodeInput, type TensorInput, type ValueInfoInput } from './messages.js';
import { BATCH, type DynamicShape, type NodeContext, operatorsOf } from './operators.js';

/** The operator set that files are written for. Runtimes read it since 2022. */
const ONNX_OPSET = 17;
/** The oldest version of the format that has this operator set. */
const IR_VERSION = 8;
/** Two numbers of rows: what differs between the graphs for them is the batch. */
const ROWS = [7, 11] as const;

/** A graph for some number of rows, as `encodeOnnx` wants it. */
export interface OnnxGraphDefinition {
  /** Results by the names that they get in the file. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Names for constant parts of the graph, such as weights; others are numbered. */
  readonly names?: ReadonlyMap<Tensor, string>;
}

export interface OnnxModelOptions {
  /** The graph's name. */
  readonly name: string;
  readonly producerVersion: string;
  readonly documentation?: string;
  /** Key-value pairs that runtimes show. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * A graph as the bytes of an ONNX file, for single-precision floats and any number of rows. What depends on
 * variables and constants only is computed here, in double precision, and stored.
 *
 * @param build the graph for a number of rows. Called for two of them: sizes that differ are the batch's, and
 *   everything else must be the same.
 * @param variables values of the graph's variables, row-major
 * @throws GraphError where the graph cannot be one for any number of rows
 */
export function encodeOnnx(
  build: (rows: number) => OnnxGraphDefinition,
  variables: Readonly<Record<string, ArrayLike<number>>>,
  options: OnnxModelOptions,
): Uint8Array {
  const definition = build(ROWS[0]);
  const shapes = variableShapes(Object.values(definition.outputs));
  const first = plan(definition, shapes);
  for (const name of first.inputs.keys()) {
    if (first.outputs.has(name))
      throw new GraphError(`"${name}" names an input and an output; choose two names.`);
  }
  const second = plan(build(ROWS[1]), shapes);
  const dynamic = dynamicShapes(first, second);
  const isConstant: boolean[] = [];
  first.nodes.forEach(({ tensor, sources }, position) => {
    isConstant[position] = tensor.operation.kind !== 'input' && sources.every((source) => isConstant[source]);
  });
  const constants = constantValues(first, isConstant, dynamic, shapes, variables);

  const nodes: NodeInput[] = [];
  const initialisers: TensorInput[] = [];
  const store = (name: string, dims: Shape, data: FloatArray | readonly number[], integers = false) => {
    initialisers.push(integers ? int64Tensor(name, data as number[]) : floatTensor(name, dims, data));
    return name;
  };
  const outputNames = new Map<number, string>();
  for (const [name, position] of first.outputs)
    if (!outputNames.has(position)) outputNames.set(position, name);

  /** The name of each step's result in the file. */
  const names: string[] = [];
  first.nodes.forEach(({ tensor, sources }, position) => {
    const { kind } = tensor.operation;
    const numbered = `${kind}_${position}`;
    const constant = constants.get(position);
    if (constant) {
      const given = definition.names?.get(tensor) ?? numbered;
      names[position] = store(given, tensor.shape, constant);
    } else if (tensor.operation.kind === 'input') {
      names[position] = tensor.operation.name;
    } else if (kind === 'stopGradient') {
      names[position] = names[sources[0]!]!;
    } else if (!isConstant[position]) {
      const name = outputNames.get(position) ?? numbered;
      const context: NodeContext = {
        operation: tensor.operation,
        name,
        inputs: sources.map((source) => names[source]!),
        shapes: sources.map((source) => dynamic[source]!),
        shape: dynamic[position]!,
        integers: (suffix, values) => store(`${name}_${suffix}`, [values.length], values, true),
      };
      nodes.push(...operatorsOf(context));
      names[position] = name;
    }
  });
  for (const [name, position] of first.outputs) {
    // Constants, inputs and results with several names: an output's name belongs to it alone.
    if (names[position] !== name) {
      nodes.push({ opType: 'Identity', name: `identity_${name}`, input: [names[position]!], output: [name] });
    }
  }

  return modelProto.encode({
    irVersion: IR_VERSION,
    opsetImport: [{ domain: '', version: ONNX_OPSET }],
    producerName: 'mikt',
    producerVersion: options.producerVersion,
    ...(options.documentation === undefined ? {} : { docString: options.documentation }),
    graph: {
      name: options.name,
      node: nodes,
      initializer: initialisers,
      input: [...first.inputs.keys()].map((name) => valueInfo(name, dynamic[inputPosition(first, name)]!)),
      output: [...first.outputs].map(([name, position]) => valueInfo(name, dynamic[position]!)),
    },
    metadataProps: Object.entries(options.metadata ?? {}).map(([key, value]) => ({ key, value })),
  });
}

/** Each step's shape with the batch's size left open. */
function dynamicShapes(first: Plan, second: Plan): DynamicShape[] {
  const differs = (what: string) =>
    new GraphError(`the graph cannot be written for any number of rows: ${what} depends on the number.`);
  if (first.nodes.length !== second.nodes.length) throw differs('what is computed');
  return first.nodes.map(({ tensor, sources }, position) => {
    const other = second.nodes[position]!.tensor;
    const { kind } = tensor.operation;
    const same =
      describe(tensor.operation) === describe(other.operation) &&
      second.nodes[position]!.sources.join() === sources.join() &&
      tensor.shape.length === other.shape.length;
    if (!same) throw differs('what is computed');
    if (tensor.operation.kind === 'constant' && other.operation.kind === 'constant') {
      const [a, b] = [tensor.operation.values, other.operation.values];
      // One that fills the batch has more values; whether it can be stored shows where it is used.
      if (a.length === b.length && a.some((value, i) => value !== b[i])) throw differs('a constant');
    }
    return tensor.shape.map((size, axis) => {
      if (size === other.shape[axis]) return size;
      if (size === ROWS[0] && other.shape[axis] === ROWS[1]) return BATCH;
      throw differs(`the size of axis ${axis} of ${kind} ${formatShape(tensor.shape)}`);
    });
  });
}

/** An operation with its settings, a constant's values apart. */
function describe(operation: Operation): string {
  return JSON.stringify(operation.kind === 'constant' ? { kind: 'constant' } : operation);
}

/** Values of the steps that do not depend on inputs and that others, or the results, need. */
function constantValues(
  { nodes, outputs }: Plan,
  isConstant: readonly boolean[],
  dynamic: readonly DynamicShape[],
  shapes: Readonly<Record<string, Shape>>,
  variables: Readonly<Record<string, ArrayLike<number>>>,
): Map<number, FloatArray> {
  const needed = new Set<number>([...outputs.values()].filter((position) => isConstant[position]));
  nodes.forEach(({ sources }, position) => {
    if (isConstant[position]) return;
    for (const source of sources) if (isConstant[source]) needed.add(source);
  });
  for (const position of needed) {
    if (dynamic[position]!.includes(BATCH)) {
      const { operation, shape } = nodes[position]!.tensor;
      throw new GraphError(
        `the graph cannot be written for any number of rows: ${operation.kind} ${formatShape(shape)} is a constant ` +
          'with a value for every row; let arithmetic broadcast it.',
      );
    }
  }
  const engine = createReferenceEngine();
  const held = engine.createVariables(shapes);
  for (const name of Object.keys(shapes)) {
    if (!variables[name]) throw new GraphError(`there are no values for variable "${name}".`);
    held.write(name, variables[name]);
  }
  const program = engine.compile(
    {
      outputs: Object.fromEntries([...needed].map((position) => [String(position), nodes[position]!.tensor])),
    },
    held,
  );
  program.run();
  return new Map([...needed].map((position) => [position, program.outputs[String(position)]!]));
}

function inputPosition({ nodes }: Plan, name: string): number {
  return nodes.findIndex(
    ({ tensor: { operation } }) => operation.kind === 'input' && operation.name === name,
  );
}

function valueInfo(name: string, shape: DynamicShape): ValueInfoInput {
  const dim = shape.map((size) => (size === BATCH ? { dimParam: BATCH } : { dimValue: size }));
  return { name, type: { tensorType: { elemType: DATA_TYPE.float, shape: { dim } } } };
}

function floatTensor(name: string, dims: Shape, values: ArrayLike<number>): TensorInput {
  const data = Float32Array.from(values);
  return { name, dims, dataType: DATA_TYPE.float, rawData: new Uint8Array(data.buffer) };
}

function int64Tensor(name: string, values: readonly number[]): TensorInput {
  const data = BigInt64Array.from(values, BigInt);
  return { name, dims: [values.length], dataType: DATA_TYPE.int64, rawData: new Uint8Array(data.buffer) };
}
