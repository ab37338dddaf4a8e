import { findMethod, METHODS, runSchema } from '@mikt/algos';
import { InvalidInputError, parseAssignments, UnknownNameError } from '@mikt/core';
import { type DamagedRun, RUN_STATES, type RunSummary } from './summary.js';

export const SORT_KEYS = ['started', 'return', 'steps', 'cost'] as const;
export type SortKey = (typeof SORT_KEYS)[number];

/** A condition on a run: its key has one of the values. */
export interface Filter {
  readonly key: string;
  readonly values: readonly unknown[];
}

/** Keys of `--filter` that are no keys of a configuration. */
const OWN_KEYS = ['name', 'method', 'teacher', 'state'] as const;
type OwnKey = (typeof OWN_KEYS)[number];

/**
 * The conditions that `key=value` words make: all keys must hold, of several values for one key any.
 * @throws InvalidInputError for a key, a state or an algorithm that is not there
 */
export function parseFilters(words: readonly string[]): Filter[] {
  const filters = new Map<string, unknown[]>();
  for (const word of words) {
    if (word.indexOf('=') < 1) throw new InvalidInputError(`--filter takes key=value, got "${word}".`);
    const [[key, value]] = Object.entries(parseAssignments([word])) as [[string, unknown]];
    filters.set(key, [...(filters.get(key) ?? []), checkedValue(key, value)]);
  }
  return [...filters].map(([key, values]) => ({ key, values }));
}

/** Whether a run has what all filters ask for; of a damaged one only its state is known. */
export function matches(run: RunSummary | DamagedRun, filters: readonly Filter[]): boolean {
  return filters.every(({ key, values }) => {
    const own = valuesOf(run, key);
    return values.some((value) => own.some((each) => isSame(each, value)));
  });
}

/** What the runs have under a key, each once, for a sentence about a filter that none of them meets. */
export function knownValues(runs: readonly (RunSummary | DamagedRun)[], key: string): string[] {
  return [...new Set(runs.flatMap((run) => valuesOf(run, key)).map(toText))].sort();
}

/**
 * The runs in the order asked for, the highest first: the latest start, the highest return now, the most steps
 * taken, the most seconds of training. What is not known comes last, and damaged runs after that.
 */
export function sortRuns<R extends RunSummary | DamagedRun>(runs: readonly R[], by: SortKey): R[] {
  const rank = (run: R): number => (run.state === 'damaged' ? Number.NEGATIVE_INFINITY : measure(run, by));
  return [...runs].sort(
    (a, b) =>
      Number(a.state === 'damaged') - Number(b.state === 'damaged') ||
      // The infinities of two unknown ones have no difference.
      (rank(a) === rank(b) ? 0 : rank(b) - rank(a)),
  );
}

function measure(run: RunSummary, by: SortKey): number {
  const measures: Record<SortKey, number> = {
    started: Date.parse(run.manifest.createdAt),
    return: run.return100 ?? Number.NEGATIVE_INFINITY,
    steps: run.steps,
    cost: run.seconds,
  };
  return measures[by];
}

function valuesOf(run: RunSummary | DamagedRun, key: string): unknown[] {
  if (key === 'state') return [run.state];
  if (run.state === 'damaged') return [];
  const { manifest, method, config } = run;
  const own: Record<Exclude<OwnKey, 'state'>, () => unknown[]> = {
    name: () => [manifest.name],
    method: () => [method],
    teacher: () => manifest.teachers.flatMap(({ env, source }) => [env, source]),
  };
  if (isOwnKey(key)) return own[key]();
  return config[key] === undefined ? [] : [config[key]];
}

function isOwnKey(key: string): key is Exclude<OwnKey, 'state'> {
  return key !== 'state' && (OWN_KEYS as readonly string[]).includes(key);
}

function checkedValue(key: string, value: unknown): unknown {
  const known = new Set([
    ...OWN_KEYS,
    ...Object.values(METHODS).flatMap((method) => Object.keys(runSchema(method).shape)),
  ]);
  if (!known.has(key)) throw new UnknownNameError('filter key', key, [...known]);
  // Algorithms have other names too.
  if (key === 'algo') return findMethod(String(value)).name;
  if (key === 'state' && !(RUN_STATES as readonly unknown[]).includes(value)) {
    throw new UnknownNameError('state', String(value), RUN_STATES);
  }
  return value;
}

function isSame(a: unknown, b: unknown): boolean {
  return toText(a).toLowerCase() === toText(b).toLowerCase();
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
