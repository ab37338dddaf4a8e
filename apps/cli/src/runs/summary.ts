import path from 'node:path';
import { describeMethod, plannedTotals, resolveConfig } from '@mikt/algos';
import { MiktError } from '@mikt/core';
import { finalReturn } from '@mikt/eval';
import { type Columns, parseManifest, parseMetrics, type RunManifest, readBytes } from '@mikt/runs';
import { lockOwner } from '../lock.js';

/** `stopped`: recorded as running, by a process that is gone. */
export const RUN_STATES = ['finished', 'running', 'interrupted', 'stopped', 'failed', 'damaged'] as const;
export type RunState = (typeof RUN_STATES)[number];

/** A run as it stands on the disk. */
export interface RunSummary {
  readonly folder: string;
  readonly state: Exclude<RunState, 'damaged'>;
  readonly manifest: RunManifest;
  /** Complete; as recorded where this version of mikt does not know it. */
  readonly config: Readonly<Record<string, unknown>>;
  /** As figures call it, without its teachers. */
  readonly method: string;
  /** Environment steps taken, as of the last row of its metrics. */
  readonly steps: number;
  /** The totals that it goes to one after the other; one, unless it was given more steps. */
  readonly totals: readonly number[];
  /** Mean return of the last 100 episodes; undefined before the first. */
  readonly return100: number | undefined;
  /** The highest value of that, and at which step it was reached first. */
  readonly best: { readonly return100: number; readonly steps: number } | undefined;
  /** Of training, over all sessions. */
  readonly seconds: number;
  readonly stepsPerSecond: number | undefined;
  readonly metrics: Columns;
}

/** A folder that should be a run and cannot be read. */
export interface DamagedRun {
  readonly folder: string;
  readonly state: 'damaged';
  readonly reason: string;
}

/** How a run stands. @throws FileError where it is no run, or damaged */
export async function readSummary(folder: string): Promise<RunSummary> {
  const read = async (name: string) => {
    const file = path.join(folder, name);
    return [new TextDecoder().decode(await readBytes(file)), file] as const;
  };
  const manifest = parseManifest(...(await read('run.json')));
  const metrics = parseMetrics(...(await read('metrics.csv')));
  const config = completeConfig(manifest);
  const steps = metrics.steps?.at(-1) ?? 0;
  const seconds = metrics.seconds?.at(-1) ?? 0;
  return {
    folder,
    state: stateOf(folder, manifest),
    manifest,
    config,
    method: manifest.method ?? methodOf(manifest.algo, config),
    steps,
    totals: plannedTotals(manifest),
    return100: finalReturn(metrics.return_100 ?? []),
    best: bestOf(metrics),
    seconds,
    stepsPerSecond: seconds > 0 ? steps / seconds : undefined,
    metrics,
  };
}

/** As `readSummary`, for lists that a damaged run must not end. */
export async function tryReadSummary(folder: string): Promise<RunSummary | DamagedRun> {
  try {
    return await readSummary(folder);
  } catch (error) {
    if (!(error instanceof MiktError)) throw error;
    return { folder, state: 'damaged', reason: error.message };
  }
}

/** How a run is called in a line: "MIKT from CentipedeFour". */
export function methodAndTeachers({ method, manifest }: RunSummary): string {
  const teachers = manifest.teachers.map(({ env }) => env);
  return teachers.length === 0 ? method : `${method} from ${teachers.join(' + ')}`;
}

/** Everything that is known of a run but its logs, as JSON data. */
export function summaryJson(run: RunSummary | DamagedRun): Record<string, unknown> {
  if (run.state === 'damaged') return { run: run.folder, state: run.state, reason: run.reason };
  const { folder, state, manifest, config, method, steps, return100, best, seconds, stepsPerSecond } = run;
  const { name, env, algo, seed, teachers, createdAt, reason, continuations = [] } = manifest;
  return {
    run: folder,
    name,
    state,
    ...(reason === undefined ? {} : { reason }),
    env,
    algo,
    method,
    teachers,
    seed,
    steps,
    totalSteps: manifest.steps,
    continuations,
    return_100: return100 ?? null,
    best: best ? { return_100: best.return100, steps: best.steps } : null,
    seconds,
    stepsPerSecond: stepsPerSecond ?? null,
    createdAt,
    config,
    command: manifest.command,
    versions: manifest.versions,
    git: manifest.git ?? null,
    host: manifest.host,
  };
}

function stateOf(folder: string, { status }: RunManifest): RunSummary['state'] {
  if (status === 'finished') return status;
  if (lockOwner(folder) !== undefined) return 'running';
  return status === 'running' ? 'stopped' : status;
}

/** What the run was recorded without, for its version did not know the key, is today's default. */
function completeConfig({ config }: RunManifest): Readonly<Record<string, unknown>> {
  try {
    return resolveConfig(config);
  } catch (error) {
    if (!(error instanceof MiktError)) throw error;
    return config;
  }
}

function methodOf(algo: string, config: Readonly<Record<string, unknown>>): string {
  try {
    return describeMethod(resolveConfig(config));
  } catch (error) {
    if (!(error instanceof MiktError)) throw error;
    return algo;
  }
}

function bestOf({
  steps = new Float64Array(),
  return_100 = new Float64Array(),
}: Columns): RunSummary['best'] {
  let best: RunSummary['best'];
  for (const [i, return100] of return_100.entries()) {
    // A comparison with NaN is false.
    if (return100 > (best?.return100 ?? Number.NEGATIVE_INFINITY)) best = { return100, steps: steps[i]! };
  }
  return best;
}
