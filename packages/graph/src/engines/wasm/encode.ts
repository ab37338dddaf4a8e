import type { BufferPlan } from './buffers.js';
import type { Step } from './fuse.js';
import { Access, Limit, Opcode, Shift, Transposed } from './instruction-set.js';
import { type Group, groupOf, type Place } from './micro-operations.js';
import type { Axis, Value, View } from './values.js';

const BYTES = Float32Array.BYTES_PER_ELEMENT;
const VECTOR_BYTES = 16;
/** A block, and what an operand repeated by row writes beyond it. */
const REGISTER_BYTES = Limit.Block * BYTES + VECTOR_BYTES;

/** What a program needs in memory beside its instructions, in bytes from the start of its data. */
export interface Layout {
  readonly groups: ReadonlyMap<Step, Group>;
  /** Numbers that operations use, each four times in a row. */
  readonly numbers: ReadonlyMap<number, number>;
  readonly scalars: number;
  readonly registers: number;
  /** Room for a panel of a matrix product. */
  readonly scratch: number;
  readonly size: number;
}

/** Divides a program's data: buffers first, then numbers, scalars, registers and scratch. */
export function layOut(steps: readonly Step[], buffers: BufferPlan): Layout {
  const groups = new Map<Step, Group>();
  let inner = 0;
  for (const step of steps) {
    const { origin } = step.members[0]!;
    if (origin.kind === 'matmul') inner = Math.max(inner, origin.inner);
    else if (origin.kind === 'elementwise' || origin.kind === 'reduction')
      groups.set(
        step,
        groupOf(step, (value) => buffers.homes.has(value)),
      );
  }
  const all = [...groups.values()];
  let at = buffers.size * BYTES;
  const numbers = new Map<number, number>();
  for (const { operations } of all) {
    for (const place of operations.flatMap(({ operands }) => operands)) {
      if (place.kind !== 'number' || numbers.has(place.number)) continue;
      numbers.set(place.number, at);
      at += VECTOR_BYTES;
    }
  }
  const scalars = at;
  const registers = scalars + Math.max(0, ...all.map((group) => group.scalars)) * VECTOR_BYTES;
  const scratch = registers + Math.max(0, ...all.map((group) => group.registers)) * REGISTER_BYTES;
  // A panel, four rows of one beside it, and the two vectors that every program has.
  const size = scratch + (inner + 4) * Limit.Panel * BYTES + 2 * VECTOR_BYTES;
  return { groups, numbers, scalars, registers, scratch, size };
}

/**
 * The instructions of steps, as `instruction-set.ts` describes them.
 * @param base address of the program's data
 * @param addressOf address of a variable
 */
export function encode(
  steps: readonly Step[],
  buffers: BufferPlan,
  layout: Layout,
  base: number,
  addressOf: (variable: string) => number,
): Uint32Array<ArrayBuffer> {
  const words: number[] = [];
  const addressOfValue = (value: Value): number => {
    if (value.origin.kind === 'variable') return addressOf(value.origin.name);
    const home = buffers.homes.get(value);
    if (!home) throw new TypeError('a value that is not stored has no address');
    if (home.kind === 'variable') return addressOf(home.name);
    if (home.kind === 'inside') return addressOfValue(home.container) + home.offset * BYTES;
    return base + home.offset * BYTES;
  };
  const address = ({ value, offset }: View): number => addressOfValue(value) + offset * BYTES;

  const copy = (from: number, to: number, axes: readonly Axis[]): void => {
    const described = axes.length > 0 ? axes : [{ size: 1, fromStride: 1, toStride: 1 }];
    words.push(Opcode.Copy, from, to, described.length);
    for (const { size, fromStride, toStride } of described) words.push(size, fromStride, toStride);
  };

  /** Address and access of a micro-operation's operand. */
  const locate = (place: Place): [number, Access] => {
    switch (place.kind) {
      case 'memory':
        return [address(place.view), Access.Block];
      case 'register':
        return [base + layout.registers + place.index * REGISTER_BYTES, Access.Register];
      case 'scalar':
        return [base + layout.scalars + place.index * VECTOR_BYTES, Access.Scalar];
      case 'number':
        return [base + layout.numbers.get(place.number)!, Access.Scalar];
    }
  };

  for (const step of steps) {
    const group = layout.groups.get(step);
    if (group) {
      words.push(Opcode.Group, group.rows, group.columns, group.operations.length);
      for (const { op, destination, operands } of group.operations) {
        const [to, accessTo] = locate(destination);
        const [a, accessA] = locate(operands[0]!);
        const [b, accessB] = operands[1] ? locate(operands[1]) : [0, Access.Register];
        const header = op | (accessTo << Shift.Destination) | (accessA << Shift.A) | (accessB << Shift.B);
        words.push(header, to, a, b);
      }
      continue;
    }
    const value = step.members[0]!;
    const { origin } = value;
    if (origin.kind === 'matmul') {
      const { a, b, rows, columns, inner, transposeA, transposeB } = origin;
      const transposed = (transposeA ? Transposed.A : 0) | (transposeB ? Transposed.B : 0);
      words.push(Opcode.MatMul, address(a), address(b), addressOfValue(value));
      words.push(rows, columns, inner, transposed, base + layout.scratch);
    } else if (origin.kind === 'softmax') {
      const { source, columns, inLogs } = origin;
      words.push(Opcode.Softmax, address(source), addressOfValue(value));
      words.push(value.size / columns, columns, inLogs ? 1 : 0);
    } else if (origin.kind === 'assembly') {
      if (origin.zeros) words.push(Opcode.Zero, addressOfValue(value), value.size);
      for (const { source, offset, axes } of origin.parts) {
        const home = buffers.homes.get(source.value);
        if (home?.kind === 'inside' && home.container === value && home.offset === offset) continue;
        copy(address(source), addressOfValue(value) + offset * BYTES, axes);
      }
    }
  }
  for (const { name, value } of buffers.copies) {
    copy(addressOfValue(value), addressOf(name), [{ size: value.size, fromStride: 1, toStride: 1 }]);
  }
  return Uint32Array.from(words);
}
