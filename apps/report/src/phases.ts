import type { ReportedRun } from './runs.js';

/** A moment that a vertical rule marks. */
export interface PhaseChange {
  /** Environment steps. */
  readonly step: number;
  readonly label: string;
}

const LABELS = ['coupling starts', 'hand-over'];

/**
 * Where a transfer's column `phase` changes: the coupling loss sets in, then the student goes on alone. The step
 * is the last one of the phase before. Columns by name.
 */
export function phaseChanges({ steps, phase }: Readonly<Record<string, ArrayLike<number>>>): PhaseChange[] {
  const changes: PhaseChange[] = [];
  if (steps === undefined || phase === undefined) return changes;
  for (let row = 1; row < steps.length; row++) {
    // False for NaN on either side: a row of no phase begins and ends none.
    if (phase[row]! > phase[row - 1]!) {
      changes.push({ step: steps[row - 1]!, label: LABELS[changes.length] ?? `phase ${phase[row]}` });
    }
  }
  return changes;
}

/** The changes that all of these runs that have them agree on: one rule can stand for all. */
export function commonChanges(runs: readonly ReportedRun[]): PhaseChange[] {
  const changes = distinctChanges(runs);
  return changes.filter(({ label }) => changes.filter((other) => other.label === label).length === 1);
}

/** The changes of several runs, each once. */
export function distinctChanges(runs: readonly ReportedRun[]): PhaseChange[] {
  const byKey = new Map<string, PhaseChange>();
  for (const change of runs.flatMap(({ metrics }) => phaseChanges(metrics)))
    byKey.set(`${change.step} ${change.label}`, change);
  return [...byKey.values()].sort((a, b) => a.step - b.step);
}
