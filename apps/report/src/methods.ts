import { describeMethod, type RunConfig } from '@mikt/algos';
import { formatCount } from './format.js';
import { type SeriesStyle, stylesByIdentity } from './method-styles.js';
import { isTransfer, type ReportedRun } from './runs.js';

/** Runs that differ in their seed only. */
export interface Method {
  readonly env: string;
  /** Environments that its teachers were trained on; none where it trains from scratch. */
  readonly teachers: readonly string[];
  /** As the study calls it, or as its runs do; unlike any other of the same environment and teachers. */
  readonly label: string;
  /** What it is by its configuration, such as "MIKT, w/o MI". Several methods may be one by this. */
  readonly identity: string;
  readonly algo: string;
  readonly style: SeriesStyle;
  /** Every run, by seed. */
  readonly runs: readonly ReportedRun[];
  /** One run per seed, the one that came furthest: the same seed twice is no second sample. */
  readonly counted: readonly ReportedRun[];
}

const METHOD_NAMES: Readonly<Record<string, string>> = {
  ppo: 'PPO (VPG)',
  vpg: 'PPO (VPG)',
  mikt: 'MIKT',
  mlpp: 'MLPP',
};

/**
 * Configuration keys that may differ between runs of one method: engines differ in rounding only, and the last four
 * change no result of a run in which all numbers are finite.
 */
const NOT_THE_METHOD = new Set([
  ...['seed', 'name', 'out', 'threads', 'engine'],
  ...['checkpointEvery', 'checkpointMinutes', 'keepCheckpoints', 'onNan'],
]);

/**
 * Groups runs into methods: by environment, algorithm and teachers, and by everything in the configuration but the
 * seed, so that no mean is ever taken over runs that were set up differently. Where two methods would have one
 * name, what they differ in is added to it. They come by environment and teachers, training from scratch first.
 */
export function groupRuns(runs: readonly ReportedRun[]): Method[] {
  const groups = new Map<string, ReportedRun[]>();
  for (const run of runs) {
    const key = JSON.stringify([run.env, identityOf(run), [...traits(run)]]);
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  const sorted = [...groups.values()].map((group) =>
    [...group].sort((a, b) => a.manifest.seed - b.manifest.seed || compareText(a.name, b.name)),
  );
  const methods = sorted.map((group) => {
    const first = group[0]!;
    const namesakes = sorted.map(([other]) => other!).filter((other) => isNamesake(first, other));
    return {
      env: first.env,
      teachers: first.manifest.teachers.map(({ env }) => env),
      label: labelOf(first) + distinction(first, namesakes),
      identity: identityOf(first),
      algo: first.manifest.algo,
      runs: group,
      counted: onePerSeed(group),
    };
  });
  methods.sort(
    (a, b) =>
      compareText(a.env, b.env) ||
      Number(a.teachers.length > 0) - Number(b.teachers.length > 0) ||
      compareText(a.teachers.join(), b.teachers.join()) ||
      compareMethods(a, b),
  );
  const styles = stylesByIdentity(methods);
  return methods.map((method) => ({ ...method, style: styles.get(method.label)! }));
}

/** Order of methods in legends and tables: from scratch, then the plain methods, then their variants. */
export function compareMethods(
  a: Pick<Method, 'teachers' | 'label' | 'identity'>,
  b: Pick<Method, 'teachers' | 'label' | 'identity'>,
): number {
  return (
    Number(a.teachers.length > 0) - Number(b.teachers.length > 0) ||
    Number(a.identity.includes(', ')) - Number(b.identity.includes(', ')) ||
    compareText(a.identity, b.identity) ||
    a.label.length - b.label.length ||
    compareText(a.label, b.label)
  );
}

/** Nested configuration as rows of dotted key and JSON value, in the order it was written. */
export function flatten(value: unknown, prefix = ''): [string, string][] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, item]) => flatten(item, prefix ? `${prefix}.${key}` : key));
  }
  return [[prefix, JSON.stringify(value)]];
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** By today's names where this version knows the configuration: an older one may have called it otherwise. */
function identityOf({ config, fromPreset, manifest: { method, algo } }: ReportedRun): string {
  if (fromPreset.preset !== undefined) return describeMethod(config as unknown as RunConfig);
  return method ?? METHOD_NAMES[algo] ?? algo;
}

function labelOf(run: ReportedRun): string {
  return run.label ?? identityOf(run);
}

function isNamesake(a: ReportedRun, b: ReportedRun): boolean {
  const place = ({ env, manifest }: ReportedRun) =>
    JSON.stringify([env, manifest.teachers.map(({ env }) => env)]);
  return labelOf(a) === labelOf(b) && place(a) === place(b);
}

/** What makes a run's method, apart from its name. */
function traits({ config, manifest }: ReportedRun): Map<string, string> {
  const { steps, teachers, continuations = [] } = manifest;
  const settings = flatten(config).filter(([key]) => !NOT_THE_METHOD.has(key.split('.').at(-1)!));
  settings.sort(([a], [b]) => compareText(a, b));
  const entries: [string, string][] = [['steps planned', formatCount(steps)]];
  if (continuations.length > 0) {
    // Its schedules were those of a shorter run.
    entries.push(['continued from', continuations.map(({ from }) => formatCount(from)).join(', ')]);
  }
  if (isTransfer({ manifest })) {
    entries.push(
      ['teacher', teachers.map(({ source }) => source).join(' + ')],
      ['fingerprint', teachers.map(({ fingerprint }) => fingerprint.slice(0, 8)).join(' + ')],
    );
  }
  return new Map([...entries, ...settings]);
}

/**
 * What sets a run apart from others of its name, in brackets; nothing for the one that is as its preset says, where
 * there is only one.
 */
function distinction(run: ReportedRun, namesakes: readonly ReportedRun[]): string {
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
  const isOwn = (other: ReportedRun) => {
    const changed = new Set(other.fromPreset.differences.map(({ key }) => key));
    return told.filter((key) => !(key in other.config) || key === 'steps' || changed.has(key));
  };
  const short = namesakes.map((other) => describe(other, isOwn(other)));
  const text = describe(run, isOwn(run));
  return short.filter((other) => other === text).length === 1 ? text : describe(run, told);
}

function describe(run: ReportedRun, keys: readonly string[]): string {
  const own = traits(run);
  const told = keys.filter((key) => own.has(key)).map((key) => `${key} ${own.get(key)}`);
  return told.length === 0 ? '' : ` (${told.join(', ')})`;
}

function onePerSeed(runs: readonly ReportedRun[]): ReportedRun[] {
  const bySeed = new Map<number, ReportedRun>();
  for (const run of runs) {
    const other = bySeed.get(run.manifest.seed);
    if (other === undefined || run.stepsDone > other.stepsDone) bySeed.set(run.manifest.seed, run);
  }
  return [...bySeed.values()];
}
