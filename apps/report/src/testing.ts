import type { Run, RunManifest } from '@mikt/runs';
import { describeRuns, type ReportedRun } from './runs.js';

/** What a run of a test is like; the rest is made up. */
export interface TestRun extends Partial<RunManifest> {
  /** Environment steps taken so far; default: all. */
  readonly stepsDone?: number;
  /** `return_100` in the end; default: none. */
  readonly final?: number;
  /** What a study calls its method. */
  readonly label?: string;
  readonly isAlive?: boolean;
}

/** Runs in memory as the report describes them: two rows each, the second with the final return. */
export function runsOf(tests: readonly TestRun[]): ReportedRun[] {
  return describeRuns(
    tests.map((test) => ({
      run: runOf(test),
      input: {
        folder: '',
        ...(test.label === undefined ? {} : { label: test.label }),
        ...(test.isAlive === undefined ? {} : { isAlive: test.isAlive }),
      },
    })),
  );
}

function runOf({ stepsDone, final, label: _, isAlive: __, ...changes }: TestRun): Run {
  const { algo = 'ppo', seed = 1, env = 'CentipedeSix', steps = 1000 } = changes;
  const done = stepsDone ?? steps;
  const name = changes.name ?? `${algo}-${seed}`;
  return {
    path: `runs/${env}/${changes.method ?? ''}/${name}/${done}`,
    manifest: {
      formatVersion: 1,
      ...{ name, env, algo, seed, steps },
      createdAt: '2026-01-02T03:04:05Z',
      command: ['mikt'],
      status: 'finished',
      config: { env, algo, seed, steps },
      teachers: [],
      versions: {},
      host: { platform: 'linux', arch: 'x64', cores: 2, cpu: 'x' },
      ...changes,
    },
    metrics: {
      steps: new Float64Array([done / 2, done]),
      return_100: new Float64Array([(final ?? Number.NaN) / 2, final ?? Number.NaN]),
    },
    episodes: { steps: new Float64Array(0), return: new Float64Array(0), length: new Float64Array(0) },
  };
}

/** A teacher as a manifest names it. */
export function teacherOf(env: string, source = `zoo:${env}`) {
  return { source, env, fingerprint: `${source}-0123456789` };
}

/** Seeds of one method with these final returns. */
export function seedsOf(finals: readonly number[], test: TestRun = {}): TestRun[] {
  return finals.map((final, index) => ({ ...test, seed: index + 1, final }));
}
