import type { BufferPlan } from './buffers.js';
import { writeCopy } from './copy.js';
import { FunctionCode } from './function-code.js';
import type { Step } from './fuse.js';
import { groupFunction, type Places } from './group.js';
import { type Code, control, i32, memory, TYPE, unsigned } from './instructions.js';
import type { KernelForm, MemoryKind } from './loader.js';
import type { Value, View } from './values.js';
import type { Bytes } from './webassembly.js';

const BYTES = Float32Array.BYTES_PER_ELEMENT;

/** Functions of a program's module: the matrix kernel, the whole program, and one for each group. */
const MATMUL = 0;
const RUN = 1;
const FIRST_GROUP = 2;
const MATMUL_PARAMETERS = 9;

/** What a program's code refers to. */
export interface Target {
  readonly form: KernelForm;
  readonly memory: MemoryKind;
  /** Address of the program's buffers. */
  readonly base: number;
  /** Address of the room that the matrix kernel needs. */
  readonly scratch: number;
  /** Address of a variable. */
  addressOf(variable: string): number;
}

/**
 * The WASM module of a program. It imports `env.memory` and `env.matmul` and exports `run`, which executes all steps;
 * every address and size in it is a constant.
 */
export function emit(steps: readonly Step[], buffers: BufferPlan, target: Target): Bytes {
  const places = placesOf(buffers, target);
  const addressOf = (value: Value) => places.address({ value, offset: 0, size: value.size });
  const run = new FunctionCode(target.form);
  const groups: FunctionCode[] = [];
  for (const step of steps) {
    const value = step.members[0]!;
    const { origin } = value;
    if (origin.kind === 'elementwise' || origin.kind === 'reduction') {
      run.emit(control.call(FIRST_GROUP + groups.length));
      groups.push(groupFunction(step, places, target.form));
    } else if (origin.kind === 'matmul') {
      const { a, b, rows, columns, inner, transposeA, transposeB } = origin;
      const operands = [places.address(a), places.address(b), addressOf(value), rows, columns, inner];
      operands.push(Number(transposeA), Number(transposeB), target.scratch);
      run.emit(control.call(MATMUL, ...operands.map(i32.const)));
    } else if (origin.kind === 'assembly') {
      if (origin.zeros) run.emit(memory.zero(i32.const(addressOf(value)), value.size * BYTES));
      for (const { source, offset, axes } of origin.parts) {
        const home = buffers.homes.get(source.value);
        if (home?.kind === 'inside' && home.container === value && home.offset === offset) continue;
        writeCopy(run, places.address(source), addressOf(value) + offset * BYTES, axes);
      }
    }
  }
  for (const { name, value } of buffers.copies) {
    const axes = [{ size: value.size, fromStride: 1, toStride: 1 }];
    writeCopy(run, addressOf(value), target.addressOf(name), axes);
  }
  return moduleOf([run, ...groups], target.memory);
}

function placesOf(buffers: BufferPlan, { base, addressOf }: Target): Places {
  const addressOfValue = (value: Value): number => {
    if (value.origin.kind === 'variable') return addressOf(value.origin.name);
    const home = buffers.homes.get(value);
    if (!home) throw new TypeError('a value that is not stored has no address');
    if (home.kind === 'variable') return addressOf(home.name);
    if (home.kind === 'inside') return addressOfValue(home.container) + home.offset * BYTES;
    return base + home.offset * BYTES;
  };
  return {
    address: ({ value, offset }: View) => addressOfValue(value) + offset * BYTES,
    isStored: (value) => buffers.homes.has(value),
  };
}

/** @param functions of which the first is `run` */
function moduleOf(functions: readonly FunctionCode[], kind: MemoryKind): Bytes {
  const parameters = Array<number>(MATMUL_PARAMETERS).fill(TYPE.i32);
  // A shared memory's import names a maximum; it may be larger than the memory's own.
  const limits = kind === 'shared' ? [3, 0, ...unsigned(65536)] : [0, 0];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [
      [0x60, 0, 0],
      [0x60, ...list(parameters.map((type) => [type])), 0],
    ]),
    ...section(2, [
      [...text('env'), ...text('memory'), 0x02, ...limits],
      [...text('env'), ...text('matmul'), 0x00, 1],
    ]),
    ...section(
      3,
      functions.map(() => [0]),
    ),
    ...section(7, [[...text('run'), 0x00, RUN]]),
    ...section(
      10,
      functions.map((f) => f.bytes()),
    ),
  ]);
}

function section(id: number, entries: readonly Code[]): Code {
  const content = list(entries);
  return [id, ...unsigned(content.length), ...content];
}

function list(entries: readonly Code[]): Code {
  // Not `flat`, which takes several times as long.
  return unsigned(entries.length).concat(...entries);
}

function text(ascii: string): Code {
  return list([...ascii].map((character) => [character.charCodeAt(0)]));
}
