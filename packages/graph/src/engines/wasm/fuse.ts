import { dependenciesFirst } from '../../program.js';
import type { Lowered } from './lower.js';
import { isComputed, isWhole, type Value, type View, viewsOf } from './values.js';

/** Values computed by one instruction: one value, or elementwise operations and sums over one matrix. */
export interface Step {
  /** Each after those it needs. */
  readonly members: readonly Value[];
  /** Entries of the matrix that a group runs over. */
  readonly size: number;
  /** Columns of that matrix; undefined where nothing depends on them. */
  readonly columns: number | undefined;
}

/** Beyond this a group's intermediate results would hardly ever stay in registers. */
const MEMBERS_LIMIT = 48;

/**
 * Puts elementwise operations and sums together with what they read, wherever that leaves an order in which the
 * steps can run, and orders the steps. Later values choose first, so that what only a backward pass needs is
 * computed there and not kept from the forward pass.
 */
export function fuse(lowered: Lowered): Step[] {
  const roots = [...[...lowered.outputs.values()].map(({ value }) => value), ...lowered.updates.values()];
  const values = dependenciesFirst(roots, sourcesOf).filter(isComputed);
  const fusion = new Fusion(values);
  for (const reader of values.toReversed()) {
    for (const view of viewsOf(reader)) if (readsDirectly(reader, view)) fusion.tryJoin(reader, view.value);
  }
  return fusion.steps();
}

/** Whether `reader` can take the view entry by entry from the operation that computes it. */
export function readsDirectly(reader: Value, view: View): boolean {
  if (!isWhole(view) || view.value.origin.kind !== 'elementwise') return false;
  const { origin } = reader;
  if (origin.kind === 'reduction') return true;
  return (
    origin.kind === 'elementwise' &&
    origin.operands.every(
      (operand) =>
        typeof operand === 'number' || operand.view.value !== view.value || operand.spread === 'each',
    )
  );
}

function sourcesOf(value: Value): Value[] {
  return viewsOf(value).map((view) => view.value);
}

class Fusion {
  readonly #values: readonly Value[];
  readonly #positions: ReadonlyMap<Value, number>;
  readonly #stepOf = new Map<Value, Step>();

  /** @param values each after those it needs */
  constructor(values: readonly Value[]) {
    this.#values = values;
    this.#positions = new Map(values.map((value, position) => [value, position]));
    for (const value of values) {
      const { origin } = value;
      const size = origin.kind === 'reduction' ? origin.source.size : value.size;
      const columns =
        origin.kind === 'elementwise' || origin.kind === 'reduction' ? origin.columns : undefined;
      this.#stepOf.set(value, { members: [value], size, columns });
    }
  }

  steps(): Step[] {
    const all = new Set(this.#values.map((value) => this.#stepOf.get(value)!));
    const ordered = dependenciesFirst(all, (step) => this.#neededBy(new Set(step.members)));
    // Nothing computes a tensor without entries.
    return ordered.filter(({ size }) => size > 0);
  }

  /** Makes one step of two values' steps, unless they run over different matrices or that would make a cycle. */
  tryJoin(one: Value, other: Value): void {
    const [a, b] = [this.#stepOf.get(one)!, this.#stepOf.get(other)!];
    if (a === b || a.size !== b.size || a.members.length + b.members.length > MEMBERS_LIMIT) return;
    if (a.columns !== undefined && b.columns !== undefined && a.columns !== b.columns) return;
    const members = [...a.members, ...b.members].sort(
      (x, y) => this.#positions.get(x)! - this.#positions.get(y)!,
    );
    const inside = new Set(members);
    for (const member of members) {
      for (const view of viewsOf(member)) if (inside.has(view.value) && !readsDirectly(member, view)) return;
    }
    if (this.#isCyclic(inside)) return;
    const step = { members, size: a.size, columns: a.columns ?? b.columns };
    for (const member of members) this.#stepOf.set(member, step);
  }

  /** Whether something outside of `inside` both needs one of its values and is needed by another. */
  #isCyclic(inside: ReadonlySet<Value>): boolean {
    const earliest = this.#positions.get(inside.values().next().value!)!;
    const seen = new Set<Step>();
    const stack = this.#neededBy(inside);
    for (let step = stack.pop(); step; step = stack.pop()) {
      // A step that ends before the earliest value cannot need it.
      if (seen.has(step) || this.#positions.get(step.members.at(-1)!)! < earliest) continue;
      seen.add(step);
      if (step.members.some((member) => inside.has(member))) return true;
      stack.push(...this.#neededBy(new Set(step.members)));
    }
    return false;
  }

  /** The steps that compute what `members` read from outside. */
  #neededBy(members: ReadonlySet<Value>): Step[] {
    return [...members].flatMap(sourcesOf).flatMap((source) => {
      const step = members.has(source) ? undefined : this.#stepOf.get(source);
      return step ? [step] : [];
    });
  }
}
