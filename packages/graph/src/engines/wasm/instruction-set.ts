/*
 * The instructions that the kernels execute, in one place: this file is compiled twice, as TypeScript by the
 * compiler of graphs and as AssemblyScript by the kernels (assembly/), so it holds enumerations only.
 *
 * A program is a sequence of instructions, each a few 32-bit words. Addresses are bytes from the start of the
 * memory, sizes and strides count float32 entries, matrices are row-major.
 *
 *     MatMul    opcode a b out rows columns inner transposed scratch
 *     Copy      opcode from to rank (size fromStride toStride) × rank, outermost axis first
 *     Zero      opcode to size
 *     Softmax   opcode from to rows columns inLogs
 *     Group     opcode rows columns count (header destination a b) × count
 *
 * A group executes a list of micro-operations over a matrix of `rows` by `columns`, block by block: a block is some
 * whole rows where a row fits in `Limit.Block` entries, else a part of one row. So intermediate results stay in the
 * first-level cache. The header of a micro-operation holds its code in the lowest eight bits, then two bits each for
 * the `Access` of destination, a and b.
 */

export enum Opcode {
  MatMul = 0,
  Copy = 1,
  Zero = 2,
  Softmax = 3,
  Group = 4,
}

/** Bits of MatMul's word `transposed`. */
export enum Transposed {
  A = 1,
  B = 2,
}

export enum Limit {
  /** Entries of a block. */
  Block = 1024,
  /** Columns that one step of the matrix product computes. */
  Panel = 8,
}

/** How the address of a micro-operation's operand follows the block. */
export enum Access {
  /** A matrix in memory: the address of its first entry moves with the block. */
  Block = 0,
  /** A register: the same place for every block. */
  Register = 1,
  /** One value, four times in a row: the same place for every entry. */
  Scalar = 2,
}

/** Bits by which the accesses are shifted in a header. */
export enum Shift {
  Destination = 8,
  A = 10,
  B = 12,
}

export enum MicroOp {
  // destination = f(a)
  Copy = 0,
  Neg = 1,
  Exp = 2,
  Log = 3,
  Sqrt = 4,
  Square = 5,
  Tanh = 6,
  Sigmoid = 7,
  Softplus = 8,
  Relu = 9,
  // destination = f(a, b)
  Add = 10,
  Sub = 11,
  Mul = 12,
  Div = 13,
  Maximum = 14,
  Minimum = 15,
  GreaterEqual = 16,
  // a is a vector in memory, repeated into a register: one entry, one entry per column, one entry per row
  LoadScalar = 17,
  LoadRow = 18,
  LoadColumn = 19,
  // sums of a into memory: over everything, over each row's columns, over each column's rows
  SumAll = 20,
  SumColumns = 21,
  SumRows = 22,
}
