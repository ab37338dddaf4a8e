import { createReferenceEngine } from './engines/reference.js';
import { gradients } from './gradients.js';
import { topologicalOrder, type Variables } from './program.js';
import { sizeOf, type Tensor } from './tensor.js';

/** A gradient derived on the graph beside one measured by central differences. */
export interface GradientComparison {
  readonly name: string;
  readonly derived: Float64Array;
  readonly measured: Float64Array;
}

/**
 * Compares the gradients of `loss` with central differences, in double precision on the reference engine.
 * Values must lie away from the kinks of clip, max and min.
 * @param loss scalar
 * @param values every input and variable of the graph by name
 * @param only the names to compare (default: all)
 * @param step half the distance of the two evaluations
 */
export function compareGradients(
  loss: Tensor,
  values: Readonly<Record<string, ArrayLike<number>>>,
  only: readonly string[] = Object.keys(values),
  step = 1e-5,
): GradientComparison[] {
  const leaves = new Map<string, Tensor>();
  for (const node of topologicalOrder([loss])) {
    const { operation } = node;
    if (operation.kind === 'input' || operation.kind === 'variable') leaves.set(operation.name, node);
  }
  const engine = createReferenceEngine();
  const held = [...leaves.values()].filter(({ operation }) => operation.kind === 'variable');
  const variables = engine.createVariables(
    Object.fromEntries(held.map((leaf) => [nameOf(leaf), leaf.shape])),
  );
  const targets = only.flatMap((name) => leaves.get(name) ?? []);
  const derivatives = gradients(loss, targets);
  const program = engine.compile(
    {
      outputs: { loss, ...Object.fromEntries(targets.map((target, i) => [nameOf(target), derivatives[i]!])) },
    },
    variables,
  );
  for (const [name, leaf] of leaves) fill(leaf, values[name]!, variables, program.inputs);
  program.run();
  const derived = new Map(
    targets.map((target) => [target, Float64Array.from(program.outputs[nameOf(target)]!)]),
  );
  return targets.map((target) => {
    const name = nameOf(target);
    const moved = Float64Array.from(values[name]!);
    const evaluate = (): number => {
      fill(target, moved, variables, program.inputs);
      program.run();
      return program.outputs.loss![0]!;
    };
    const measured = new Float64Array(sizeOf(target.shape)).map((_, i) => {
      const value = moved[i]!;
      moved[i] = value + step;
      const above = evaluate();
      moved[i] = value - step;
      const below = evaluate();
      moved[i] = value;
      return (above - below) / (2 * step);
    });
    evaluate();
    return { name, derived: derived.get(target)!, measured };
  });
}

/** Largest |a − b| as a share of the largest |b| (never below `floor`, so that zeros compare). */
export function relativeDifference(a: ArrayLike<number>, b: ArrayLike<number>, floor = 1e-6): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let difference = 0;
  let scale = floor;
  for (let i = 0; i < a.length; i++) {
    difference = Math.max(difference, Math.abs(a[i]! - b[i]!));
    scale = Math.max(scale, Math.abs(b[i]!));
    if (Number.isNaN(a[i]!) !== Number.isNaN(b[i]!)) return Number.POSITIVE_INFINITY;
  }
  return difference / scale;
}

function nameOf(leaf: Tensor): string {
  return (leaf.operation as { name: string }).name;
}

function fill(
  leaf: Tensor,
  values: ArrayLike<number>,
  variables: Variables,
  inputs: Readonly<Record<string, { set(values: ArrayLike<number>): void }>>,
): void {
  const name = nameOf(leaf);
  if (leaf.operation.kind === 'variable') variables.write(name, values);
  else inputs[name]!.set(values);
}
