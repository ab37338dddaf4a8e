import { FileError } from '@mikt/core';
import { NORMALISER_EPSILON } from '@mikt/nets';
import type { ChainStep } from './onnx-chain.js';
import type { Normaliser } from './trained-policy.js';

/** Operators that a normaliser before the first layer is made of. */
export const NORMALISER_OPERATORS = new Set(['Sub', 'Add', 'Mul', 'Div', 'Clip', 'Max', 'Min']);

/**
 * The normaliser that steps before the first layer are: (x − mean) / scale, then a limit ±clip. Undefined where there
 * are none.
 * @param size entries of an observation
 * @throws FileError where they are something else
 */
export function readNormaliserSteps(
  steps: readonly ChainStep[],
  size: number,
  path: string,
): Normaliser | undefined {
  if (steps.length === 0) return undefined;
  const mean = new Float64Array(size);
  const scale = new Float64Array(size).fill(1);
  let [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const step of steps) {
    const { type } = step.node;
    if (type === 'Clip' || type === 'Max' || type === 'Min') {
      const limits = limitsOf(step, path);
      low = Math.max(low, limits.low);
      high = Math.min(high, limits.high);
      continue;
    }
    if (Number.isFinite(low) || Number.isFinite(high)) {
      throw new FileError(
        path,
        `has ${type} after a limit before its first layer; a normaliser ends with its limit.`,
      );
    }
    if (step.data !== 0 && (type === 'Sub' || type === 'Div')) {
      throw new FileError(
        path,
        `has a ${type} before its first layer whose second operand is the observation.`,
      );
    }
    const values = entries(step, size, path);
    for (let i = 0; i < size; i++) {
      const value = values[i]!;
      if (type === 'Sub') mean[i]! += value * scale[i]!;
      else if (type === 'Add') mean[i]! -= value * scale[i]!;
      else if (type === 'Div') scale[i]! *= value;
      else scale[i]! /= value;
    }
  }
  if (low !== -high) {
    throw new FileError(path, `limits normalised observations to ${low} to ${high}; a limit of ±c is read.`);
  }
  if (!scale.every((value) => value > 0 && Number.isFinite(value))) {
    throw new FileError(path, 'divides observations by numbers that are not positive.');
  }
  // Entries that never change have a variance of 0, which is told apart from ε here.
  const variance = scale.map((value) => value * value);
  const epsilon = variance.reduce((least, value) => Math.min(least, value), NORMALISER_EPSILON);
  return { mean, variance: variance.map((value) => value - epsilon), epsilon, clip: high };
}

function limitsOf({ node, stored }: ChainStep, path: string): { low: number; high: number } {
  const scalar = (
    value: number | readonly number[] | { data: Float64Array } | undefined,
    otherwise: number,
  ) => {
    if (value === undefined) return otherwise;
    if (typeof value === 'number') return value;
    if ('data' in value && value.data.length === 1) return value.data[0]!;
    throw new FileError(path, `its ${node.type} has a limit that is not one number.`);
  };
  const [infinity, none] = [Number.POSITIVE_INFINITY, undefined];
  if (node.type === 'Max') return { low: scalar(stored.find(Boolean), -infinity), high: infinity };
  if (node.type === 'Min') return { low: -infinity, high: scalar(stored.find(Boolean), infinity) };
  // Attributes before operator set 11, operands since.
  return {
    low: scalar(stored[1] ?? node.attributes.min ?? none, -infinity),
    high: scalar(stored[2] ?? node.attributes.max ?? none, infinity),
  };
}

/** The stored operand as one value per entry. */
function entries({ node, stored }: ChainStep, size: number, path: string): ArrayLike<number> {
  const tensor = stored.find(Boolean);
  if (tensor?.data.length === 1) return new Float64Array(size).fill(tensor.data[0]!);
  if (tensor?.data.length === size && tensor.shape.at(-1) === size) return tensor.data;
  throw new FileError(
    path,
    `has ${node.type} before its first layer with values of shape [${tensor?.shape.join(', ') ?? ''}] where one or ${size} fit.`,
  );
}
