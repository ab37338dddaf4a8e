import type { MjData } from '@mujoco/mujoco';

/** MuJoCo's warnings in words, in the order of its `mjtWarning`. */
const KINDS = [
  'inertia matrix close to singular',
  'contact buffer full',
  'constraint buffer full',
  'bad position',
  'bad velocity',
  'bad acceleration',
  'bad control',
] as const;

/** What MuJoCo has warned of since a simulation was made, by kind in words. It begins to count anew at every reset. */
export class WarningCounts {
  readonly #data: MjData;
  readonly #beforeReset = new Map<string, number>();

  constructor(data: MjData) {
    this.#data = data;
  }

  /** To be called before the simulation is reset. */
  keep(): void {
    for (const [kind, count] of this.#sinceReset()) add(this.#beforeReset, kind, count);
  }

  /** Kinds that there was no warning of are left out. */
  total(): Record<string, number> {
    const counts = new Map(this.#beforeReset);
    for (const [kind, count] of this.#sinceReset()) add(counts, kind, count);
    return Object.fromEntries(counts);
  }

  #sinceReset(): [string, number][] {
    // The vector belongs to the simulation; what it gives out are copies.
    const statistics = this.#data.warning;
    const found: [string, number][] = [];
    for (let i = 0; i < statistics.size(); i++) {
      const statistic = statistics.get(i)!;
      if (statistic.number > 0) found.push([KINDS[i] ?? `warning ${i}`, statistic.number]);
      statistic.delete();
    }
    return found;
  }
}

function add(counts: Map<string, number>, kind: string, count: number): void {
  counts.set(kind, (counts.get(kind) ?? 0) + count);
}
