import { Access, Limit, MicroOp, Shift } from '../src/engines/wasm/instruction-set';
import { elementwise } from './elementwise';
import { accumulate, sum } from './sums';

/** Bytes of a micro-operation. */
const STRIDE: usize = 16;

/** Executes `count` micro-operations from `first` on over a matrix, block by block. */
export function group(rows: usize, columns: usize, first: usize, count: usize, scratch: usize): void {
  const last = first + count * STRIDE;
  const blockRows = columns < <usize>Limit.Block ? <usize>Limit.Block / columns : 1;
  for (let row: usize = 0; row < rows; row += blockRows) {
    const height = min(blockRows, rows - row);
    for (let column: usize = 0; column < columns; column += Limit.Block) {
      const width = min(<usize>Limit.Block, columns - column);
      for (let at = first; at < last; at += STRIDE) microOperation(at, row, column, height, width, columns, scratch);
    }
  }
}

/** Address of an operand in the block that starts `offset` bytes into the matrix. */
@inline
function locate(address: usize, access: usize, offset: usize): usize {
  return access == Access.Block ? address + offset : address;
}

@inline
function stepOf(access: usize): usize {
  return access == Access.Scalar ? 0 : 16;
}

function microOperation(
  at: usize,
  row: usize,
  column: usize,
  height: usize,
  width: usize,
  columns: usize,
  scratch: usize,
): void {
  const header = load<u32>(at);
  const op = <MicroOp>(header & 0xff);
  const accessA = (header >> Shift.A) & 3;
  const accessB = (header >> Shift.B) & 3;
  const offset = (row * columns + column) << 2;
  const destination: usize = load<u32>(at, 4);
  const addressA: usize = load<u32>(at, 8);
  const size = height * width;
  const to = locate(destination, (header >> Shift.Destination) & 3, offset);
  const a = locate(addressA, accessA, offset);
  if (op <= MicroOp.GreaterEqual) {
    const b = locate(load<u32>(at, 12), accessB, offset);
    elementwise(op, to, a, stepOf(accessA), b, stepOf(accessB), size, scratch);
    return;
  }
  switch (op) {
    case MicroOp.LoadScalar:
      v128.store(destination, v128.load32_splat(addressA));
      return;
    case MicroOp.LoadRow: {
      const bytes = width << 2;
      const from = addressA + (column << 2);
      for (let i: usize = 0; i < height; i++) copyVectors(destination + i * bytes, from, bytes);
      return;
    }
    case MicroOp.LoadColumn:
      for (let i: usize = 0; i < height; i++) {
        fill(destination + ((i * width) << 2), f32.load(addressA + ((row + i) << 2)), width);
      }
      return;
    case MicroOp.SumAll: {
      const before: f32 = row + column == 0 ? 0 : f32.load(destination);
      f32.store(destination, before + sum(a, size));
      return;
    }
    case MicroOp.SumColumns:
      for (let i: usize = 0; i < height; i++) {
        const into = destination + ((row + i) << 2);
        const before: f32 = column == 0 ? 0 : f32.load(into);
        f32.store(into, before + sum(a + ((i * width) << 2), width));
      }
      return;
    case MicroOp.SumRows: {
      const into = destination + (column << 2);
      const bytes = width << 2;
      if (row == 0) memory.copy(into, a, bytes);
      for (let i: usize = row == 0 ? 1 : 0; i < height; i++) accumulate(into, a + i * bytes, width);
      return;
    }
    default:
      unreachable();
  }
}

/** Writes up to twelve bytes beyond `bytes`; what follows in the register is written later. */
function copyVectors(to: usize, from: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) v128.store(to + i, v128.load(from + i));
}

/** Writes up to three floats beyond `size`; what follows in the register is written later. */
function fill(to: usize, value: f32, size: usize): void {
  const x = f32x4.splat(value);
  for (let i: usize = 0; i < size; i += 4) v128.store(to + (i << 2), x);
}
