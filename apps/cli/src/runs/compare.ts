import { findMethod, runSchema } from '@mikt/algos';
import { describeConfig, MiktError } from '@mikt/core';
import { resample } from '@mikt/eval';
import type { RunManifest } from '@mikt/runs';
import type { RunSummary } from './summary.js';

/** Something in which runs differ; `values` in the order of the runs, undefined where one has no such thing. */
export interface Difference {
  readonly key: string;
  readonly values: readonly unknown[];
}

export interface ConfigDifference extends Difference {
  /** Whether only some of the runs have the key, and none of them another value than the default. */
  readonly isDefaultOfSome: boolean;
}

export interface RunComparison {
  readonly runs: readonly RunSummary[];
  /** Configuration keys, and the teachers and continuations, in which they differ, the seed included. */
  readonly configuration: readonly ConfigDifference[];
  /** Environment steps that all runs have taken. */
  readonly steps: readonly number[];
  /** `return_100` of each run at each of these; NaN before its first episode. [runs][steps] */
  readonly returns: readonly Float64Array[];
  /** Versions, commits and machines in which they differ. */
  readonly versions: readonly Difference[];
}

/** Points of the grid at most. */
const POINTS = 10;

/** In what runs differ: configuration, returns at common steps, versions. */
export function compareRuns(runs: readonly RunSummary[]): RunComparison {
  const steps = commonSteps(Math.min(...runs.map((run) => run.steps)));
  return {
    runs,
    configuration: configDifferences(runs),
    steps,
    returns: runs.map(({ metrics }) => {
      const own = metrics.steps ?? new Float64Array();
      const values = metrics.return_100 ?? new Float64Array(own.length).fill(Number.NaN);
      return resample({ steps: own, values }, steps);
    }),
    versions: differences(runs.map(({ manifest }) => versionsOf(manifest))),
  };
}

/** Whether the seed is all that sets the runs' configurations apart, if anything does. */
export function differInSeedsOnly({ configuration }: RunComparison): boolean {
  return configuration.every(({ key }) => key === 'seed');
}

/** Round steps at even distances up to `last`, ten at most. */
export function commonSteps(last: number): number[] {
  if (last < 1) return [];
  const magnitude = 10 ** Math.floor(Math.log10(last / POINTS));
  const distance = [1, 2, 2.5, 5, 10]
    .map((factor) => factor * magnitude)
    .find((each) => Number.isInteger(each) && last / each <= POINTS)!;
  return Array.from({ length: Math.floor(last / distance) }, (_, i) => (i + 1) * distance);
}

function configDifferences(runs: readonly RunSummary[]): ConfigDifference[] {
  const defaults = runs.map(({ manifest }) => defaultsOf(manifest.algo));
  const settings = differences(runs.map(({ config, manifest }) => ({ ...originOf(manifest), ...config })));
  return settings.map(({ key, values }) => ({
    key,
    values,
    isDefaultOfSome:
      values.includes(undefined) &&
      values.every((value, i) => value === undefined || isSame(value, defaults[i]!.get(key))),
  }));
}

function defaultsOf(algo: string): Map<string, unknown> {
  try {
    return new Map(describeConfig(runSchema(findMethod(algo))).map((row) => [row.key, row.default]));
  } catch (error) {
    // A method of another version of mikt.
    if (!(error instanceof MiktError)) throw error;
    return new Map();
  }
}

/** Absent ones are there too, so that they come up in this order. */
function originOf({ robot, teachers, continuations = [] }: RunManifest): Record<string, unknown> {
  const joined = (texts: string[]) => (texts.length > 0 ? texts.join(' + ') : undefined);
  return {
    robot: robot?.fingerprint,
    teacher: joined(teachers.map(({ source }) => source)),
    fingerprint: joined(teachers.map(({ fingerprint }) => fingerprint)),
    continuedFrom: continuations.length > 0 ? continuations.map(({ from }) => from) : undefined,
  };
}

function versionsOf({ versions, git, host, continuations = [] }: RunManifest): Record<string, unknown> {
  const commits = [git, ...continuations.map((continuation) => continuation.git)].map(
    (state) => state && `${state.commit}${state.dirty ? '-dirty' : ''}`,
  );
  const isKnown = commits.some((commit) => commit !== undefined);
  return {
    ...versions,
    commit: isKnown ? [...new Set(commits.map((commit) => commit ?? 'unknown'))].join(', then ') : undefined,
    platform: `${host.platform} ${host.arch}`,
    cores: host.cores,
    cpu: host.cpu,
  };
}

/** The keys under which the records do not all hold the same, in the order in which they come up. */
function differences(records: readonly Readonly<Record<string, unknown>>[]): Difference[] {
  const keys = new Set(records.flatMap((record) => Object.keys(record)));
  return [...keys]
    .map((key) => ({ key, values: records.map((record) => record[key]) }))
    .filter(({ values }) => values.some((value) => !isSame(value, values[0])));
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
