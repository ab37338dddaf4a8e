import { FunctionCode } from './function-code.js';
import { readsDirectly, type Step } from './fuse.js';
import { type Code, control, f32, f32x4, i32, memory, v128 } from './instructions.js';
import type { KernelForm } from './loader.js';
import type { Operand, Reduction, Value, View } from './values.js';
import { VECTOR_FUNCTIONS } from './vector-math.js';

/** Where the values of a program lie. */
export interface Places {
  /** Address of a view's first entry, in bytes. */
  address(view: View): number;
  /** Whether a value is needed in memory. */
  isStored(value: Value): boolean;
}

const BYTES = Float32Array.BYTES_PER_ELEMENT;
const LANES = 4;
const VECTOR_BYTES = LANES * BYTES;
/** Vectors per turn of the innermost loop, each with sums of its own. */
const UNROLL = 2;

type Repeated = Exclude<Operand, number>;

/**
 * The function that computes a step of elementwise operations and sums: one pass over its matrix, in which what only
 * the step itself reads never reaches memory.
 *
 * Entries beyond the last full vector of a row are computed by the same instructions as all others, so that an
 * entry's bits do not depend on its place; up to three floats beyond the end of an operand are read, none written.
 * The order of a row's sum depends on the number of columns alone.
 */
export function groupFunction(step: Step, places: Places, form: KernelForm): FunctionCode {
  const f = new FunctionCode(form);
  new GroupWriter(f, step, places).write();
  return f;
}

class GroupWriter {
  readonly #f: FunctionCode;
  readonly #step: Step;
  readonly #places: Places;
  readonly #width: number;
  readonly #rows: number;
  /** Locals: bytes from the start of the matrix, from the start of a row, and from the start of a column. */
  readonly #at: number;
  readonly #column: number;
  readonly #row: number;
  /** Of scalars and columns, by spread and address: the local that holds them four times. */
  readonly #repeated = new Map<string, number>();
  /** Of sums and maxima that live in locals, one per unrolled vector. */
  readonly #accumulators = new Map<Value, readonly number[]>();

  constructor(f: FunctionCode, step: Step, places: Places) {
    this.#f = f;
    this.#step = step;
    this.#places = places;
    this.#width = step.columns ?? step.size;
    this.#rows = step.size / this.#width;
    [this.#at, this.#column, this.#row] = [f.local('i32'), f.local('i32'), f.local('i32')];
  }

  write(): void {
    this.#begin();
    if (this.#rows === 1) this.#writeRow();
    else {
      const row = this.#f.capture(() => {
        this.#writeRow();
        this.#f.advance(this.#row, BYTES);
      });
      const more = i32.ltU(this.#f.get(this.#row), i32.const(this.#rows * BYTES));
      this.#f.emit(control.doWhile(row, more));
    }
    for (const [value, { op }] of this.#reductions()) {
      if (op === 'sumAll') this.#store(value, i32.const(0));
    }
  }

  #begin(): void {
    const f = this.#f;
    for (const operand of this.#operands('scalar'))
      f.set(this.#hold(operand), v128.load32Splat(i32.const(0), this.#places.address(operand.view)));
    for (const operand of this.#operands('column')) this.#hold(operand);
    for (const [value, { op }] of this.#reductions()) {
      if (op === 'sumRows') f.emit(memory.zero(i32.const(this.#addressOf(value)), value.size * BYTES));
      else
        this.#accumulators.set(
          value,
          Array.from({ length: UNROLL }, () => f.local('v128')),
        );
    }
  }

  #writeRow(): void {
    const f = this.#f;
    f.set(this.#column, i32.const(0));
    for (const operand of this.#operands('column'))
      f.set(this.#holding(operand), v128.load32Splat(f.get(this.#row), this.#places.address(operand.view)));
    for (const [value, { op }] of this.#reductions()) {
      const neutral = op === 'maxColumns' ? Number.NEGATIVE_INFINITY : 0;
      if (op === 'sumColumns' || op === 'maxColumns')
        for (const local of this.#accumulators.get(value)!) f.set(local, f.splat(neutral));
    }

    const vectors = Math.floor(this.#width / LANES);
    const turns = Math.floor(vectors / UNROLL);
    if (turns > 0) {
      const turn = f.capture(() => {
        for (let slot = 0; slot < UNROLL; slot++) this.#writeVector(slot, LANES);
        f.advance(this.#at, UNROLL * VECTOR_BYTES);
        f.advance(this.#column, UNROLL * VECTOR_BYTES);
      });
      f.emit(control.doWhile(turn, i32.ltU(f.get(this.#column), i32.const(turns * UNROLL * VECTOR_BYTES))));
    }
    const rest = this.#width - turns * UNROLL * LANES;
    for (let slot = 0; slot * LANES < rest; slot++)
      this.#writeVector(slot, Math.min(LANES, rest - slot * LANES));
    f.advance(this.#at, rest * BYTES);

    for (const [value, { op }] of this.#reductions()) {
      if (op === 'sumColumns' || op === 'maxColumns') this.#store(value, f.get(this.#row));
    }
  }

  /**
   * Computes all members for one vector.
   * @param slot its place in a turn of the loop
   * @param lanes how many of its lanes exist
   */
  #writeVector(slot: number, lanes: number): void {
    const f = this.#f;
    const computed = new Map<Value, Code>();
    const loaded = new Map<string, Code>();
    const load = (base: number, view: View): Code => {
      const address = this.#places.address(view) + slot * VECTOR_BYTES;
      const key = `${base} ${address}`;
      const value = loaded.get(key) ?? f.keep(v128.load(f.get(base), address));
      loaded.set(key, value);
      return value;
    };
    const read = (member: Value, operand: Operand): Code => {
      if (typeof operand === 'number') return f.splat(operand);
      const { view, spread } = operand;
      if (spread === 'row') return load(this.#column, view);
      if (spread !== 'each') return f.get(this.#holding(operand));
      const here = readsDirectly(member, view) ? computed.get(view.value) : undefined;
      return here ?? load(this.#at, view);
    };
    const write = (base: number, to: Value, value: Code): void =>
      f.emit(storeLanes(f.get(base), this.#addressOf(to) + slot * VECTOR_BYTES, value, lanes));

    for (const member of this.#step.members) {
      const { origin } = member;
      if (origin.kind === 'elementwise') {
        const [a, b] = origin.operands.map((operand) => read(member, operand));
        const value = f.keep(VECTOR_FUNCTIONS[origin.op](f, a!, b ?? []));
        computed.set(member, value);
        if (this.#places.isStored(member)) write(this.#at, member, value);
      } else if (origin.kind === 'reduction') {
        const x = read(member, { view: origin.source, spread: 'each' });
        if (origin.op === 'sumRows') {
          const total = v128.load(f.get(this.#column), this.#addressOf(member) + slot * VECTOR_BYTES);
          write(this.#column, member, f.keep(f32x4.add(total, x)));
        } else {
          const local = this.#accumulators.get(member)![slot]!;
          f.set(local, combine(origin, f.get(local), this.#existing(origin, x, lanes)));
        }
      }
    }
  }

  /** x, with lanes that do not exist replaced by what changes nothing. */
  #existing({ op }: Reduction, x: Code, lanes: number): Code {
    if (lanes === LANES) return x;
    const f = this.#f;
    const mask = f.lanes(Uint32Array.from({ length: LANES }, (_, lane) => (lane < lanes ? 0xffffffff : 0)));
    return v128.bitselect(x, f.splat(op === 'maxColumns' ? Number.NEGATIVE_INFINITY : 0), mask);
  }

  /** Puts the lanes of a value's accumulators together, and stores the result at its entry. */
  #store(value: Value, entry: Code): void {
    const f = this.#f;
    const origin = value.origin as Reduction;
    const locals = this.#accumulators.get(value)!.map((local) => f.get(local));
    const all = f.keep(locals.reduce((a, b) => combine(origin, a, b)));
    const [a, b, c, d] = [0, 1, 2, 3].map((lane) => f32x4.extractLane(all, lane)) as [Code, Code, Code, Code];
    const scalar = origin.op === 'maxColumns' ? f32.max : f32.add;
    f.emit(f32.store(entry, this.#addressOf(value), scalar(scalar(a, b), scalar(c, d))));
  }

  #reductions(): [Value, Reduction][] {
    return this.#step.members.flatMap((member) =>
      member.origin.kind === 'reduction' ? [[member, member.origin] as [Value, Reduction]] : [],
    );
  }

  #operands(spread: Repeated['spread']): Repeated[] {
    const all = this.#step.members.flatMap(({ origin }) =>
      origin.kind === 'elementwise' ? origin.operands : [],
    );
    return all.filter(
      (operand): operand is Repeated => typeof operand !== 'number' && operand.spread === spread,
    );
  }

  /** The local of a repeated operand; the same for all that repeat the same entries in the same way. */
  #hold(operand: Repeated): number {
    const key = this.#key(operand);
    const local = this.#repeated.get(key) ?? this.#f.local('v128');
    this.#repeated.set(key, local);
    return local;
  }

  #holding(operand: Repeated): number {
    return this.#repeated.get(this.#key(operand))!;
  }

  #key({ view, spread }: Repeated): string {
    return `${spread} ${this.#places.address(view)}`;
  }

  #addressOf(value: Value): number {
    return this.#places.address({ value, offset: 0, size: value.size });
  }
}

function combine({ op }: Reduction, a: Code, b: Code): Code {
  return op === 'maxColumns' ? f32x4.max(a, b) : f32x4.add(a, b);
}

function storeLanes(at: Code, address: number, value: Code, lanes: number): Code {
  switch (lanes) {
    case 1:
      return v128.store32(at, address, value, 0);
    case 2:
      return v128.store64(at, address, value, 0);
    case 3:
      return [...v128.store64(at, address, value, 0), ...v128.store32(at, address + 2 * BYTES, value, 2)];
    default:
      return v128.store(at, address, value);
  }
}
