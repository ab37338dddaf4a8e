import { finalReturn } from '@mikt/eval';
import type { Run } from '@mikt/runs';
import { formatCount } from './format.js';

/** A run with what the report says of it. */
export interface ReportedRun extends Run {
  /** Environment steps taken so far. */
  readonly stepsDone: number;
  /** Mean return of the last 100 episodes at the end; undefined before the first episode has ended. */
  readonly finalReturn: number | undefined;
  /** Wall-clock time so far. */
  readonly seconds: number | undefined;
  readonly finished: boolean;
}

/** Runs that differ in their seed only. */
export interface Method {
  readonly env: string;
  readonly label: string;
  readonly algo: string;
  readonly style: SeriesStyle;
  /** Every run, by seed. */
  readonly runs: readonly ReportedRun[];
  /** One run per seed, the one that came furthest: the same seed twice is no second sample. */
  readonly counted: readonly ReportedRun[];
}

export interface SeriesStyle {
  readonly colour: string;
  /** Lengths of strokes and gaps; empty for a solid line. */
  readonly dash: readonly number[];
}

// Okabe and Ito's palette, told apart with every kind of colour vision. Without its black and its yellow, of which
// one is lost on a dark page and the other on a light one.
export const COLOURS = {
  blue: '#0072B2',
  vermillion: '#D55E00',
  green: '#009E73',
  orange: '#E69F00',
  sky: '#56B4E9',
  purple: '#CC79A7',
} as const;

const METHOD_NAMES: Readonly<Record<string, string>> = {
  ppo: 'PPO (VPG)',
  vpg: 'PPO (VPG)',
  mikt: 'MIKT',
  mlpp: 'MLPP',
  cat: 'CAT',
};

/** The colour a method has in every report; its variants and other methods take from the rest. */
const METHOD_COLOURS: Readonly<Record<string, string>> = {
  'PPO (VPG)': COLOURS.blue,
  MIKT: COLOURS.vermillion,
  MLPP: COLOURS.green,
  'MIKT (matched)': COLOURS.vermillion,
  'MIKT, random teacher': COLOURS.orange,
  'MIKT, w/o MI': COLOURS.sky,
  'MIKT, w/o RL gradients': COLOURS.purple,
};
const OTHER_COLOURS = [COLOURS.orange, COLOURS.sky, COLOURS.purple];
const DASHES: readonly (readonly number[])[] = [[], [7, 3], [2, 3]];

/** Configuration keys that may differ between runs of one method: engines differ in rounding only. */
const NOT_THE_METHOD = new Set(['seed', 'name', 'out', 'threads', 'engine']);

/**
 * Groups runs into methods: by environment, algorithm and teacher, and by everything in the configuration but the
 * seed, so that no mean is ever taken over runs that were set up differently. Where two methods would have one
 * name, what they differ in is added to it. Environments and methods come in the order of their names, training
 * from scratch first.
 */
export function groupRuns(runs: readonly Run[]): Method[] {
  const groups = new Map<string, ReportedRun[]>();
  for (const run of runs) {
    const key = JSON.stringify([run.manifest.env, methodName(run), [...traits(run)]]);
    groups.set(key, [...(groups.get(key) ?? []), describeRun(run)]);
  }
  const methods = [...groups.values()].map((group) => {
    const [first] = group as [ReportedRun];
    const { env, algo } = first.manifest;
    const namesakes = [...groups.values()].filter(
      ([other]) => other!.manifest.env === env && methodName(other!) === methodName(first),
    );
    const label =
      methodName(first) +
      distinction(
        first,
        namesakes.map(([other]) => other!),
      );
    const sorted = [...group].sort(
      (a, b) => a.manifest.seed - b.manifest.seed || compareText(a.manifest.name, b.manifest.name),
    );
    return { env, algo, label, runs: sorted, counted: onePerSeed(sorted) };
  });
  methods.sort(
    (a, b) =>
      compareText(a.env, b.env) ||
      Number(isTransfer(a.runs[0]!)) - Number(isTransfer(b.runs[0]!)) ||
      compareText(a.label, b.label),
  );
  const styles = assignStyles(methods);
  return methods.map((method) => ({ ...method, style: styles.get(method.label)! }));
}

/** Nested configuration as rows of dotted key and JSON value, in the order it was written. */
export function flatten(value: unknown, prefix = ''): [string, string][] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, item]) => flatten(item, prefix ? `${prefix}.${key}` : key));
  }
  return [[prefix, JSON.stringify(value)]];
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function describeRun(run: Run): ReportedRun {
  const last = (column: string) => run.metrics[column]?.at(-1);
  return {
    ...run,
    stepsDone: last('steps') ?? 0,
    finalReturn: finalReturn(run.metrics.return_100 ?? []),
    seconds: last('seconds'),
    finished: run.manifest.status === 'finished',
  };
}

function baseName({ manifest: { method, algo } }: Run): string {
  return method ?? METHOD_NAMES[algo] ?? algo;
}

function methodName(run: Run): string {
  const teachers = run.manifest.teachers.map(({ env }) => env);
  return teachers.length === 0 ? baseName(run) : `${baseName(run)} from ${teachers.join(' + ')}`;
}

/** Whether it learned from a teacher. */
export function isTransfer(run: Run): boolean {
  return run.manifest.teachers.length > 0;
}

/** What makes a run's method, apart from its name. */
function traits({ manifest: { config, steps, teachers } }: Run): Map<string, string> {
  const settings = flatten(config).filter(([key]) => !NOT_THE_METHOD.has(key.split('.').at(-1)!));
  settings.sort(([a], [b]) => compareText(a, b));
  const entries: [string, string][] = [['steps planned', formatCount(steps)]];
  if (teachers.length > 0) {
    entries.push(
      ['teacher', teachers.map(({ source }) => source).join(' + ')],
      ['fingerprint', teachers.map(({ fingerprint }) => fingerprint.slice(0, 8)).join(' + ')],
    );
  }
  return new Map([...entries, ...settings]);
}

function distinction(run: Run, namesakes: readonly Run[]): string {
  if (namesakes.length < 2) return '';
  const own = traits(run);
  const others = namesakes.map(traits);
  const keys = new Set(others.flatMap((other) => [...other.keys()]));
  const differing = [...keys].filter((key) => others.some((other) => other.get(key) !== own.get(key)));
  // A run's length is also a setting, and a teacher's source says more than its fingerprint.
  const told = differing.filter(
    (key) =>
      !(key === 'steps' && differing.includes('steps planned')) &&
      !(key === 'fingerprint' && differing.includes('teacher')),
  );
  return ` (${told.map((key) => `${key} ${own.get(key) ?? 'not set'}`).join(', ')})`;
}

function onePerSeed(runs: readonly ReportedRun[]): ReportedRun[] {
  const bySeed = new Map<number, ReportedRun>();
  for (const run of runs) {
    const other = bySeed.get(run.manifest.seed);
    if (other === undefined || run.stepsDone > other.stepsDone) bySeed.set(run.manifest.seed, run);
  }
  return [...bySeed.values()];
}

/**
 * One look per label in the whole report: its method's own colour, or the next one free where another variant of
 * the method in one of its environments has that.
 */
function assignStyles(
  methods: readonly { readonly env: string; readonly label: string; readonly runs: readonly Run[] }[],
): Map<string, SeriesStyle> {
  const styles = new Map<string, SeriesStyle>();
  for (const { label, runs } of methods) {
    const envs = methods.filter((method) => method.label === label).map(({ env }) => env);
    const taken = methods
      .filter((method) => method.label !== label && envs.includes(method.env))
      .map((method) => styles.get(method.label));
    const own = METHOD_COLOURS[baseName(runs[0]!)];
    const candidates = DASHES.flatMap((dash) =>
      [...(own ? [own] : []), ...OTHER_COLOURS].map((colour) => ({ colour, dash })),
    );
    const isFree = ({ colour, dash }: SeriesStyle) =>
      !taken.some((other) => other?.colour === colour && other.dash === dash);
    styles.set(label, candidates.find(isFree) ?? candidates[0]!);
  }
  return styles;
}
