import { MicroOp } from '../src/engines/wasm/instruction-set';
import { elementwise } from './elementwise';
import { sum } from './sums';

/** Softmax of each row, or its logarithm. */
export function softmax(from: usize, to: usize, rows: usize, columns: usize, inLogs: bool, scratch: usize): void {
  const bytes = columns << 2;
  const scalar = scratch + 16;
  for (let row: usize = 0; row < rows; row++, from += bytes, to += bytes) {
    v128.store(scalar, f32x4.splat(largest(from, columns)));
    elementwise(MicroOp.Sub, to, from, 16, scalar, 0, columns, scratch);
    elementwise(MicroOp.Exp, to, to, 16, 0, 0, columns, scratch);
    const total = sum(to, columns);
    if (inLogs) {
      elementwise(MicroOp.Sub, to, from, 16, scalar, 0, columns, scratch);
      v128.store(scalar, f32x4.splat(total));
      elementwise(MicroOp.Log, scalar, scalar, 0, 0, 0, 4, scratch);
      elementwise(MicroOp.Sub, to, to, 16, scalar, 0, columns, scratch);
    } else {
      v128.store(scalar, f32x4.splat(total));
      elementwise(MicroOp.Div, to, to, 16, scalar, 0, columns, scratch);
    }
  }
}

function largest(from: usize, size: usize): f32 {
  let result = f32.load(from);
  for (let i: usize = 1; i < size; i++) result = max(result, f32.load(from + (i << 2)));
  return result;
}
