/*
 * WASM instructions as bytes (WebAssembly Core Specification, Section 5.4). Code is composed of expressions, each of
 * which leaves one value on the stack.
 */

export type Code = readonly number[];

/** LEB128, as all of WASM's integers are written. */
export function unsigned(value: number): Code {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return [...bytes, rest];
}

/** @param value within 32 bits */
export function signed(value: number): Code {
  const bytes: number[] = [];
  let rest = value | 0;
  for (; rest < -64 || rest >= 64; rest >>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest & 0x7f];
}

export const TYPE = { i32: 0x7f, v128: 0x7b } as const;

type Unary = (a: Code) => Code;
type Binary = (a: Code, b: Code) => Code;
type Ternary = (a: Code, b: Code, c: Code) => Code;

const plain = (...opcode: number[]) => opcode;
const vector = (opcode: number) => [0xfd, ...unsigned(opcode)];
const unary =
  (opcode: Code): Unary =>
  (a) => [...a, ...opcode];
const binary =
  (opcode: Code): Binary =>
  (a, b) => [...a, ...b, ...opcode];
const ternary =
  (opcode: Code): Ternary =>
  (a, b, c) => [...a, ...b, ...c, ...opcode];

/** An access to memory at the sum of a computed and a fixed address, in bytes. */
const access = (opcode: Code, alignment: number, offset: number, ...lane: number[]): Code => [
  ...opcode,
  alignment,
  ...unsigned(offset),
  ...lane,
];

export const i32 = {
  const: (value: number): Code => [0x41, ...signed(value)],
  add: binary(plain(0x6a)),
  ltU: binary(plain(0x49)),
};

export const f32 = {
  load: (at: Code, offset: number): Code => [...at, ...access(plain(0x2a), 2, offset)],
  store: (at: Code, offset: number, value: Code): Code => [
    ...at,
    ...value,
    ...access(plain(0x38), 2, offset),
  ],
  add: binary(plain(0x92)),
  max: binary(plain(0x97)),
};

export const v128 = {
  load: (at: Code, offset: number): Code => [...at, ...access(vector(0x00), 2, offset)],
  load32Splat: (at: Code, offset: number): Code => [...at, ...access(vector(0x09), 2, offset)],
  store: (at: Code, offset: number, value: Code): Code => [
    ...at,
    ...value,
    ...access(vector(0x0b), 2, offset),
  ],
  /** One lane, counted from 0. */
  store32: (at: Code, offset: number, value: Code, lane: number): Code => [
    ...at,
    ...value,
    ...access(vector(0x5a), 2, offset, lane),
  ],
  /** Two lanes, the first or the last. */
  store64: (at: Code, offset: number, value: Code, half: number): Code => [
    ...at,
    ...value,
    ...access(vector(0x5b), 2, offset, half),
  ],
  /** Four lanes of 32 bits. */
  const: (lanes: ArrayLike<number>): Code => [
    ...vector(0x0c),
    ...new Uint8Array(Uint32Array.from(lanes).buffer),
  ],
  and: binary(vector(0x4e)),
  or: binary(vector(0x50)),
  /** Bits of a where the mask has ones, else of b. */
  bitselect: ternary(vector(0x52)),
};

export const f32x4 = {
  extractLane: (a: Code, lane: number): Code => [...a, ...vector(0x1f), lane],
  eq: binary(vector(0x41)),
  lt: binary(vector(0x43)),
  ge: binary(vector(0x46)),
  nearest: unary(vector(0x6a)),
  abs: unary(vector(0xe0)),
  neg: unary(vector(0xe1)),
  sqrt: unary(vector(0xe3)),
  add: binary(vector(0xe4)),
  sub: binary(vector(0xe5)),
  mul: binary(vector(0xe6)),
  div: binary(vector(0xe7)),
  min: binary(vector(0xe8)),
  max: binary(vector(0xe9)),
  /** b < a ? b : a */
  pmin: binary(vector(0xea)),
  /** a < b ? b : a */
  pmax: binary(vector(0xeb)),
  convertI32x4: unary(vector(0xfa)),
  /** a · b + c, rounded once or twice as the host prefers. */
  relaxedMadd: ternary(vector(0x105)),
};

export const i32x4 = {
  shl: (a: Code, bits: number): Code => [...a, ...i32.const(bits), ...vector(0xab)],
  shrS: (a: Code, bits: number): Code => [...a, ...i32.const(bits), ...vector(0xac)],
  add: binary(vector(0xae)),
  sub: binary(vector(0xb1)),
  truncSatF32x4: unary(vector(0xf8)),
};

export const memory = {
  copy: (to: Code, from: Code, bytes: number): Code => [
    ...to,
    ...from,
    ...i32.const(bytes),
    ...[0xfc, 0x0a, 0x00, 0x00],
  ],
  zero: (to: Code, bytes: number): Code => [
    ...to,
    ...i32.const(0),
    ...i32.const(bytes),
    ...[0xfc, 0x0b, 0x00],
  ],
};

export const control = {
  call: (index: number, ...operands: Code[]): Code => [...operands.flat(), 0x10, ...unsigned(index)],
  /** Repeats `body` for as long as `condition` holds after it. */
  doWhile: (body: Code, condition: Code): Code => [0x03, 0x40, ...body, ...condition, 0x0d, 0x00, 0x0b],
};
