import { findMethod, presetValues, type RunConfig, resolveConfig } from '@mikt/algos';
import { InvalidInputError } from '@mikt/core';
import { type RobotDefinition, robotFingerprint } from '@mikt/envs';
import type { Study, StudyMethod, StudyPair } from './schema.js';

/** One run that a study asks for. */
export interface PlannedRun {
  /** Below the study's folder, with `/`: unique, and the same whenever the file says the same. */
  readonly folder: string;
  /** The method's label. */
  readonly method: string;
  /** As the file gives them; none where the method trains from scratch. */
  readonly teachers: readonly string[];
  readonly preset: string | undefined;
  /** What the file sets beyond the preset. */
  readonly overrides: Readonly<Record<string, unknown>>;
  /** Complete. */
  readonly config: RunConfig;
  /** What `config.env` names, where it is a robot of the user's own. */
  readonly robot?: RobotDefinition;
}

/** A pair with its runs by method, each in the order of the seeds. */
export interface PlannedPair {
  readonly name: string;
  readonly env: string;
  readonly teachers: readonly string[];
  readonly methods: readonly { readonly label: string; readonly runs: readonly PlannedRun[] }[];
}

export interface StudyPlan {
  /** Each once, seed by seed, so that every method has its first run before any has its second. */
  readonly runs: readonly PlannedRun[];
  /** What trains from scratch knows no teacher: pairs of one environment have those runs in common. */
  readonly pairs: readonly PlannedPair[];
}

/**
 * The runs of a study.
 * @param robots those that pairs name by their model files
 * @throws InvalidInputError naming the method where its configuration is wrong or a teacher is missing, or where
 * two methods or pairs would write into one folder
 */
export function planStudy(
  study: Study,
  robots: ReadonlyMap<StudyPair, RobotDefinition> = new Map(),
): StudyPlan {
  refuseNamesakes([...robots.values()]);
  const runs = new Map<string, PlannedRun>();
  refuseSameFolder(
    study.methods,
    ({ label }) => slug(label),
    'methods',
    ({ label }) => `"${label}"`,
  );
  // From here on a robot goes by its name.
  const named = study.pairs.map((pair) => {
    const robot = robots.get(pair);
    return { pair: { ...pair, env: robot?.name ?? pair.env }, ...(robot && { robot }) };
  });
  refuseSameFolder(
    named.map(({ pair }) => pair),
    pairName,
    'pairs',
    (pair) => pairName(pair),
  );
  const pairs = named.map(({ pair, robot }): PlannedPair => {
    const teachers = teachersOf(pair);
    return {
      name: pairName(pair),
      env: pair.env,
      teachers,
      methods: study.methods.map((method) => ({
        label: method.label,
        runs: study.seeds.map((seed) => {
          const run = { ...planRun(study, pair, method, seed), ...(robot && { robot }) };
          const known = runs.get(run.folder);
          if (known) return sameEnv(known, run);
          runs.set(run.folder, run);
          return run;
        }),
      })),
    };
  });
  const inOrder = study.seeds.flatMap((seed) =>
    [...runs.values()].filter(({ config }) => config.seed === seed),
  );
  return { runs: inOrder, pairs };
}

/** @throws InvalidInputError where runs in different environments would write into one folder */
function sameEnv(known: PlannedRun, run: PlannedRun): PlannedRun {
  if (known.config.env === run.config.env) return known;
  throw new InvalidInputError(
    `the environments "${known.config.env}" and "${run.config.env}" would share the folder "${run.folder}"; ` +
      'put them in studies of their own, or rename one of them.',
  );
}

function planRun(study: Study, pair: StudyPair, method: StudyMethod, seed: number): PlannedRun {
  const where = `method "${method.label}"`;
  try {
    const { name: algo, title, teachers: takes } = findMethod(method.algo);
    const teachers = takes === 'none' ? [] : teachersOf(pair);
    if (takes !== 'none' && teachers.length === 0) {
      throw new InvalidInputError(`${title} needs a teacher; give one to the pair with env ${pair.env}.`);
    }
    const preset = method.preset ?? study.preset;
    const overrides = { ...study.set, ...method.set };
    const config = resolveConfig({
      ...(preset === undefined ? {} : presetValues(algo, preset)),
      ...overrides,
      env: pair.env,
      algo,
      seed,
      steps: study.steps,
    });
    const group = takes === 'none' ? folderName(pair.env) : pairName(pair);
    return {
      folder: `${group}/${slug(method.label)}-s${seed}`,
      method: method.label,
      teachers,
      preset,
      overrides,
      config,
    };
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw new InvalidInputError(`study ${study.name}, ${where}: ${error.message}`, {
      cause: error,
      code: error.code,
    });
  }
}

/** Two robots of one name would have their runs in one folder. */
function refuseNamesakes(robots: readonly RobotDefinition[]): void {
  const seen = new Map<string, string>();
  for (const robot of robots) {
    const fingerprint = robotFingerprint(robot);
    const other = seen.get(robot.name);
    if (other !== undefined && other !== fingerprint) {
      throw new InvalidInputError(
        `two different robots are called "${robot.name}"; give one of them another name, with "name" in its task file.`,
      );
    }
    seen.set(robot.name, fingerprint);
  }
}

function teachersOf({ teacher }: StudyPair): readonly string[] {
  if (teacher === undefined) return [];
  return typeof teacher === 'string' ? [teacher] : teacher;
}

/** `CentipedeFour-to-CentipedeSix`; the environment alone where there is no teacher. */
function pairName(pair: StudyPair): string {
  const teachers = teachersOf(pair);
  const env = folderName(pair.env);
  if (pair.name !== undefined || teachers.length === 0) return pair.name ?? env;
  return `${teachers.map(folderName).join('+')}-to-${env}`;
}

/**
 * What a teacher or an environment is called in a folder's name, and never a path: `zoo:CentipedeFour`,
 * `CentipedeFour.safetensors` and a run folder `…/CentipedeFour` all read `CentipedeFour`.
 */
function folderName(given: string): string {
  const last = given.split(/[\\/:]/).findLast((part) => part !== '' && part !== '.' && part !== '..') ?? '';
  return last.replace(/\.safetensors$/, '').replaceAll(/[^A-Za-z0-9._-]+/g, '-') || 'unnamed';
}

/** A label as a folder's name: `MIKT, w/o MI` becomes `mikt-w-o-mi`. */
function slug(label: string): string {
  return (
    label
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
      .replaceAll(/^-+|-+$/g, '') || 'method'
  );
}

function refuseSameFolder<T>(
  items: readonly T[],
  folder: (item: T) => string,
  kind: string,
  show: (item: T) => string,
): void {
  const seen = new Map<string, T>();
  for (const item of items) {
    // Some file systems do not tell upper from lower case.
    const key = folder(item).toLowerCase();
    const other = seen.get(key);
    if (other !== undefined) {
      const advice = kind === 'pairs' ? 'give one of them another name' : 'give one of them another label';
      throw new InvalidInputError(
        `the ${kind} ${show(other)} and ${show(item)} would share the folder "${folder(item)}"; ${advice}.`,
      );
    }
    seen.set(key, item);
  }
}
