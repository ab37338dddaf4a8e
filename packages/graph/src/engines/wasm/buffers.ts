import { readsDirectly, type Step } from './fuse.js';
import type { Lowered } from './lower.js';
import { isComputed, isWhole, type Value, viewsOf } from './values.js';

/** Where a value lies: in a variable, inside another value, or in a buffer of the program. */
export type Home =
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'inside'; readonly container: Value; readonly offset: number }
  | { readonly kind: 'buffer'; readonly offset: number };

export interface BufferPlan {
  /** Of every value that is stored; offsets count entries. */
  readonly homes: ReadonlyMap<Value, Home>;
  /** Updates that no instruction writes to their variable: copied when all else is done. */
  readonly copies: readonly { readonly name: string; readonly value: Value }[];
  /** Entries of all buffers together. */
  readonly size: number;
}

/** Entries that a vector holds; buffers start at multiples of it. */
const ALIGNMENT = 4;

/**
 * Gives every stored value a place:
 * - a part of a concatenation is computed where the concatenation lies;
 * - an update is computed where its variable lies, if nothing reads the old values afterwards;
 * - inputs, outputs and constants keep a buffer; the other values share buffers when their lifetimes allow it.
 */
export function planBuffers(steps: readonly Step[], lowered: Lowered): BufferPlan {
  const stepOf = new Map<Value, number>();
  steps.forEach(({ members }, index) => {
    for (const member of members) stepOf.set(member, index);
  });
  const outputs = new Set([...lowered.outputs.values()].map(({ value }) => value));
  const homes = new Map<Value, Home>();
  placeParts(steps, outputs, homes);
  const root = (value: Value): Value => {
    const home = homes.get(value);
    return home?.kind === 'inside' ? root(home.container) : value;
  };

  const stored = storedValues(steps, lowered);
  const lifetimes = new Map<Value, { first: number; last: number }>();
  const extend = (value: Value, step: number): void => {
    const lifetime = lifetimes.get(root(value));
    if (!lifetime) lifetimes.set(root(value), { first: step, last: step });
    else {
      lifetime.first = Math.min(lifetime.first, step);
      lifetime.last = Math.max(lifetime.last, step);
    }
  };
  for (const input of lowered.inputs.values()) extend(input, 0);
  for (const output of outputs) extend(output, steps.length);
  steps.forEach(({ members }, index) => {
    for (const member of members) {
      if (stored.has(member)) extend(member, index);
      for (const { value } of viewsOf(member)) if (stored.has(value)) extend(value, index);
    }
  });

  const copies: { name: string; value: Value }[] = [];
  for (const [name, value] of lowered.updates) {
    const first = lifetimes.get(value)?.first;
    const direct =
      first !== undefined &&
      !outputs.has(value) &&
      !homes.has(value) &&
      canOverwrite(name, value, first, steps, stepOf.get(value));
    if (direct) homes.set(value, { kind: 'variable', name });
    else {
      copies.push({ name, value });
      extend(value, steps.length);
    }
  }

  const buffers = [...lifetimes].filter(([value]) => !homes.has(value));
  const size = packBuffers(
    buffers.map(([value, { first, last }]) => {
      const lasting = outputs.has(value) || !isComputed(value);
      return { value, first: lasting ? 0 : first, last: lasting ? steps.length : last };
    }),
    homes,
  );
  return { homes, copies, size };
}

/** The values that lie in memory: variables apart, all but what only its own step reads. */
function storedValues(steps: readonly Step[], lowered: Lowered): Set<Value> {
  const stored = new Set<Value>([
    ...[...lowered.outputs.values()].map(({ value }) => value),
    ...lowered.updates.values(),
  ]);
  for (const { members } of steps) {
    const inside = new Set(members);
    for (const member of members) {
      if (member.origin.kind !== 'elementwise') stored.add(member);
      for (const view of viewsOf(member)) {
        const { value } = view;
        const passed = inside.has(value) && readsDirectly(member, view);
        if (!passed && value.origin.kind !== 'variable') stored.add(value);
      }
    }
  }
  return stored;
}

/** Computes the parts of concatenations in place: those that are whole, contiguous and not yet placed. */
function placeParts(steps: readonly Step[], outputs: ReadonlySet<Value>, homes: Map<Value, Home>): void {
  for (const { members } of steps) {
    const [container] = members;
    if (container?.origin.kind !== 'assembly') continue;
    const { parts, zeros } = container.origin;
    if (zeros) continue;
    for (const { source, offset, axes } of parts) {
      const { value } = source;
      const contiguous = axes.every(({ fromStride, toStride }) => fromStride === 1 && toStride === 1);
      if (contiguous && isWhole(source) && isComputed(value) && !outputs.has(value) && !homes.has(value))
        homes.set(value, { kind: 'inside', container, offset });
    }
  }
}

/**
 * Whether a variable may receive its new value from step `first` on. Nothing may read the old value from then on,
 * except the very operations that compute the new one, entry by entry.
 * @param final the step that computes the new value as a whole
 */
function canOverwrite(
  name: string,
  value: Value,
  first: number,
  steps: readonly Step[],
  final: number | undefined,
): boolean {
  const readsOld = (member: Value) =>
    viewsOf(member).some(({ value: { origin } }) => origin.kind === 'variable' && origin.name === name);
  if (steps.slice(first + 1).some(({ members }) => members.some(readsOld))) return false;
  const { members } = steps[first]!;
  if (!members.some(readsOld)) return true;
  if (final !== first || value.origin.kind !== 'elementwise') return false;
  const written = members.indexOf(value);
  return members.every(
    (member, index) => !readsOld(member) || (index <= written && readsEntryByEntry(member, name, value.size)),
  );
}

function readsEntryByEntry({ origin }: Value, name: string, size: number): boolean {
  if (origin.kind === 'reduction') return isWhole(origin.source) && origin.source.size === size;
  if (origin.kind !== 'elementwise') return false;
  return origin.operands.every((operand) => {
    if (typeof operand === 'number') return true;
    const { view, spread } = operand;
    const { origin: source } = view.value;
    if (source.kind !== 'variable' || source.name !== name) return true;
    return spread === 'each' && isWhole(view) && view.size === size;
  });
}

interface Buffer {
  readonly value: Value;
  /** First and last step in which it is in use. */
  readonly first: number;
  readonly last: number;
}

/** Gives each buffer the lowest place that no buffer in use at the same time takes. Returns their joint size. */
function packBuffers(buffers: readonly Buffer[], homes: Map<Value, Home>): number {
  const placed: (Buffer & { begin: number; end: number })[] = [];
  for (const buffer of buffers.toSorted((a, b) => b.value.size - a.value.size)) {
    const neighbours = placed
      .filter(({ first, last }) => first <= buffer.last && buffer.first <= last)
      .sort((a, b) => a.begin - b.begin);
    const length = Math.ceil(buffer.value.size / ALIGNMENT) * ALIGNMENT;
    let begin = 0;
    for (const neighbour of neighbours) {
      if (begin + length <= neighbour.begin) break;
      begin = Math.max(begin, neighbour.end);
    }
    placed.push({ ...buffer, begin, end: begin + length });
    homes.set(buffer.value, { kind: 'buffer', offset: begin });
  }
  return placed.reduce((size, { end }) => Math.max(size, end), 0);
}
