import type { Rng } from '@mikt/core';
import { type Shape, sizeOf } from '@mikt/graph';

/** Gives a parameter of `shape` its first values, row-major. */
export type Initialiser = (shape: Shape, rng: Rng) => Float32Array;

/** Every entry the same, or the given entries. */
export function filled(values: number | readonly number[]): Initialiser {
  return (shape) =>
    typeof values === 'number' ? new Float32Array(sizeOf(shape)).fill(values) : Float32Array.from(values);
}

/**
 * A random matrix with orthonormal rows or columns (whichever are fewer), times `gain` (Saxe et al. 2014).
 * The usual choice of actor-critics: √2 in hidden layers, 0.01 for the policy's output, 1 for the value's.
 */
export function orthogonal(gain: number): Initialiser {
  return (shape, rng) => {
    const [rows, columns] = shape as [number, number];
    const length = Math.max(rows, columns);
    const basis: Float64Array[] = [];
    while (basis.length < Math.min(rows, columns)) {
      const vector = rng.fillNormal(new Float64Array(length));
      // Twice, because one pass of Gram-Schmidt leaves rounding errors that grow with the basis.
      for (let pass = 0; pass < 2; pass++) for (const other of basis) removeComponent(vector, other);
      const norm = Math.hypot(...vector);
      basis.push(vector.map((x) => x / norm));
    }
    const matrix = new Float32Array(rows * columns);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const [vector, entry] = rows >= columns ? [column, row] : [row, column];
        matrix[row * columns + column] = gain * basis[vector]![entry]!;
      }
    }
    return matrix;
  };
}

function removeComponent(vector: Float64Array, direction: Float64Array): void {
  let projection = 0;
  for (let i = 0; i < vector.length; i++) projection += vector[i]! * direction[i]!;
  for (let i = 0; i < vector.length; i++) vector[i]! -= projection * direction[i]!;
}
