import { finalReturn } from '@mikt/eval';
import type { Run } from '@mikt/runs';
import { type Config, completeConfig, type PresetDifferences, presetDifferences } from './presets.js';

/** A run to report on. */
export interface RunInput {
  /** The run's folder. */
  readonly folder: string;
  /** What the study that asked for it calls its method. */
  readonly label?: string;
  /** Whether a process is at work on it: a run that says `running` and has none was stopped. Default: as it says. */
  readonly isAlive?: boolean;
}

/** A run with what the report says of it. */
export interface ReportedRun extends Run {
  /** Its folder's name, with as much of the path as sets it apart from the others of the report. */
  readonly name: string;
  /** Its environment's name; with a few digits of the robot's fingerprint where two robots of the report have one name. */
  readonly env: string;
  /** What a study calls its method. */
  readonly label: string | undefined;
  /** Its configuration with today's defaults for what its version did not know. */
  readonly config: Config;
  readonly fromPreset: PresetDifferences;
  readonly status: Run['manifest']['status'];
  readonly finished: boolean;
  /** Environment steps taken so far. */
  readonly stepsDone: number;
  /** Mean return of the last 100 episodes at the end; undefined before the first episode has ended. */
  readonly finalReturn: number | undefined;
  /** Wall-clock time so far. */
  readonly seconds: number | undefined;
}

/** Runs as the report shows them, each under a name of its own. */
export function describeRuns(
  runs: readonly { readonly run: Run; readonly input: RunInput }[],
): ReportedRun[] {
  const names = distinctNames(runs.map(({ run }) => run));
  const envs = envLabels(runs.map(({ run }) => run.manifest));
  return runs.map(({ run, input }, index) => {
    const last = (column: string) => run.metrics[column]?.at(-1);
    const { status, algo } = run.manifest;
    const config = completeConfig(run.manifest);
    return {
      ...run,
      name: names[index]!,
      env: envs[index]!,
      label: input.label,
      config,
      fromPreset: presetDifferences(config, algo),
      status: status === 'running' && input.isAlive === false ? 'interrupted' : status,
      finished: status === 'finished',
      stepsDone: last('steps') ?? 0,
      finalReturn: finalReturn(run.metrics.return_100 ?? []),
      seconds: last('seconds'),
    };
  });
}

/**
 * What to call the environments of runs: by their names, and where robots of the users' own have the same one, with the
 * beginnings of their fingerprints.
 */
export function envLabels(manifests: readonly Pick<Run['manifest'], 'env' | 'robot'>[]): string[] {
  const robots = new Map<string, Set<string | undefined>>();
  for (const { env, robot } of manifests) {
    robots.set(env, (robots.get(env) ?? new Set()).add(robot?.fingerprint));
  }
  return manifests.map(({ env, robot }) =>
    robots.get(env)!.size > 1 && robot ? `${env} (${robot.fingerprint.slice(0, 8)})` : env,
  );
}

/** The runs' own names, with as many of the folders above them as it takes to tell all of them apart. */
function distinctNames(runs: readonly Run[]): string[] {
  const parts = runs.map(({ path, manifest }) => [
    ...path.split(/[\\/]/).filter(Boolean).slice(0, -1),
    manifest.name,
  ]);
  const deepest = Math.max(1, ...parts.map(({ length }) => length));
  for (let depth = 1; ; depth++) {
    const names = parts.map((each) => each.slice(-depth).join('/'));
    if (depth >= deepest || new Set(names).size === names.length) return names;
  }
}

/** Whether it learned from a teacher. */
export function isTransfer(run: Pick<Run, 'manifest'>): boolean {
  return run.manifest.teachers.length > 0;
}

/** How a run stands, in words: `finished`, or `running at 42%`. */
export function progressText({ status, finished, stepsDone, manifest: { steps } }: ReportedRun): string {
  return finished ? status : `${status} at ${Math.floor((100 * stepsDone) / Math.max(1, steps))}%`;
}
