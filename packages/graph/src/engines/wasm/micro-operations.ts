import { readsDirectly, type Step } from './fuse.js';
import { MicroOp } from './instruction-set.js';
import type { Operand, Value, View } from './values.js';

/** Where an operand of a micro-operation is; registers hold a block, scalars one value four times. */
export type Place =
  | { readonly kind: 'memory'; readonly view: View }
  | { readonly kind: 'register' | 'scalar'; readonly index: number }
  | { readonly kind: 'number'; readonly number: number };

export interface MicroOperation {
  readonly op: MicroOp;
  readonly destination: Place;
  readonly operands: readonly Place[];
}

export interface Group {
  readonly rows: number;
  readonly columns: number;
  readonly operations: readonly MicroOperation[];
  /** Registers and scalars in use at once. */
  readonly registers: number;
  readonly scalars: number;
}

/** An operand that is repeated, loaded once for all that read it. */
type Repeated = Exclude<Operand, number>;

/**
 * The micro-operations of a step. What only the step itself reads lives in registers.
 * @param isStored whether a value is needed in memory
 */
export function groupOf(step: Step, isStored: (value: Value) => boolean): Group {
  const columns = step.columns ?? step.size;
  const operands = operandsByMember(step);
  const registers = new Registers(operands);
  const operations: MicroOperation[] = [];
  let scalars = 0;
  const load = (operand: Repeated): Place => {
    const source: Place = { kind: 'memory', view: operand.view };
    if (operand.spread === 'scalar') {
      const destination = registers.assign(operand, { kind: 'scalar', index: scalars++ });
      operations.push({ op: MicroOp.LoadScalar, destination, operands: [source] });
      return destination;
    }
    const op = operand.spread === 'row' ? MicroOp.LoadRow : MicroOp.LoadColumn;
    const destination = registers.take(operand);
    operations.push({ op, destination, operands: [source] });
    return destination;
  };
  for (const [member, sources] of operands) {
    const places = sources.map((operand): Place => {
      if (typeof operand === 'number') return { kind: 'number', number: operand };
      if (operand.spread !== 'each') return registers.holding(operand) ?? load(operand);
      const computedHere = readsDirectly(member, operand.view) && registers.holding(operand.view.value);
      return computedHere || { kind: 'memory', view: operand.view };
    });
    // Freed first: entry by entry, a result may overwrite its operand.
    registers.free(member);
    const inMemory = member.origin.kind === 'reduction' || isStored(member);
    const destination: Place = inMemory
      ? { kind: 'memory', view: { value: member, offset: 0, size: member.size } }
      : registers.take(member);
    operations.push({ op: opOf(member), destination, operands: places });
  }
  return { rows: step.size / columns, columns, operations, registers: registers.count, scalars };
}

function opOf({ origin }: Value): MicroOp {
  if (origin.kind === 'elementwise' || origin.kind === 'reduction') return origin.op;
  throw new TypeError(`a ${origin.kind} is no part of a group`);
}

/** The operands of each member; operands that repeat the same values in the same way are one object. */
function operandsByMember(step: Step): Map<Value, readonly Operand[]> {
  const known: Repeated[] = [];
  const canonical = (operand: Operand): Operand => {
    if (typeof operand === 'number' || operand.spread === 'each') return operand;
    const { view, spread } = operand;
    const equal = known.find(
      (other) =>
        other.spread === spread && other.view.value === view.value && other.view.offset === view.offset,
    );
    if (!equal) known.push(operand);
    return equal ?? operand;
  };
  return new Map(
    step.members.map((member) => {
      const { origin } = member;
      if (origin.kind === 'reduction') return [member, [{ view: origin.source, spread: 'each' }]];
      return [member, origin.kind === 'elementwise' ? origin.operands.map(canonical) : []];
    }),
  );
}

/** Hands out registers, and takes them back once nothing reads them any more. */
class Registers {
  /** By member, what no later member reads. */
  readonly #lastReads = new Map<Value, (Value | Repeated)[]>();
  readonly #places = new Map<Value | Repeated, Place>();
  readonly #free: number[] = [];
  count = 0;

  constructor(operands: ReadonlyMap<Value, readonly Operand[]>) {
    const lastReaders = new Map<Value | Repeated, Value>();
    for (const [member, sources] of operands) {
      for (const operand of sources) {
        if (typeof operand !== 'number')
          lastReaders.set(operand.spread === 'each' ? operand.view.value : operand, member);
      }
    }
    for (const [held, reader] of lastReaders)
      this.#lastReads.set(reader, [...(this.#lastReads.get(reader) ?? []), held]);
  }

  holding(held: Value | Repeated): Place | undefined {
    return this.#places.get(held);
  }

  take(held: Value | Repeated): Place {
    return this.assign(held, { kind: 'register', index: this.#free.pop() ?? this.count++ });
  }

  assign(held: Value | Repeated, place: Place): Place {
    this.#places.set(held, place);
    return place;
  }

  /** Frees what `reader` was the last to read. */
  free(reader: Value): void {
    for (const held of this.#lastReads.get(reader) ?? []) {
      const place = this.#places.get(held);
      if (place?.kind !== 'register') continue;
      this.#free.push(place.index);
      this.#places.delete(held);
    }
  }
}
