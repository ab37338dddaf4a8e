import path from 'node:path';
import { Rng } from '@mikt/core';
import { createRun, type NewRunManifest } from '@mikt/runs';

/** What a test's made-up run is like; nothing of it was measured. */
export interface SampleRun {
  readonly env: string;
  readonly algo: string;
  readonly seed: number;
  readonly steps: number;
  /** Where the curve levels off. */
  readonly final: number;
  readonly teacher?: string;
  readonly secondTeacher?: string;
  /** Updates written; all where it is not given. */
  readonly updates?: number;
  readonly changes?: Partial<NewRunManifest>;
}

const COLUMNS = [
  'update',
  'steps',
  'seconds',
  'return_100',
  'phase',
  'mixing/policy/1',
  'mixing/policy/2',
  'mixing/value/1',
  'mixing/value/2',
];
const STEPS_PER_UPDATE = 2048;

/** Writes a run folder with a noisy S-shaped learning curve, for tests. @returns its path */
export async function writeSampleRun(parent: string, sample: SampleRun): Promise<string> {
  const { env, algo, seed, steps, final, teacher } = sample;
  const teachers = [teacher, sample.secondTeacher].filter((name) => name !== undefined);
  const name = sample.changes?.name ?? `${env}-${algo}-s${seed}`;
  const planned = Math.ceil(steps / STEPS_PER_UPDATE);
  const updates = sample.updates ?? planned;
  const folder = path.join(parent, name);
  const manifest: NewRunManifest = {
    name,
    createdAt: '2026-01-02T03:04:05.678Z',
    command: ['mikt', teacher ? 'transfer' : 'train', '--env', env, '--seed', String(seed)],
    status: updates < planned ? 'running' : 'finished',
    config: { env, algo, seed, steps, ppo: { learningRate: 3e-4, hidden: [64, 64] } },
    env,
    algo,
    seed,
    steps,
    teachers: teachers.map((name) => ({
      source: `zoo:${name}`,
      env: name,
      fingerprint: 'a1b2c3d4'.repeat(8),
    })),
    versions: { mikt: '0.1.0', node: '20.20.2', mujoco: '3.14.0', engine: 'wasm (relaxed SIMD)' },
    host: { platform: 'linux', arch: 'x64', cores: 2, cpu: 'Example CPU' },
    git: { commit: '0123456789abcdef0123456789abcdef01234567', dirty: false },
    ...sample.changes,
  };
  const teacherColumns = teachers.length > 1 ? teachers.map((name) => `mixing/policy/1/${name}`) : [];
  const run = await createRun(folder, manifest, [...COLUMNS, ...teacherColumns]);
  const rng = Rng.fromSeed(seed).fork(algo);
  let wander = 0;
  for (let update = 1; update <= updates; update++) {
    const progress = update / planned;
    wander = 0.96 * wander + 0.012 * final * rng.normal();
    const value = final / (1 + Math.exp(-10 * (progress - 0.55))) - 20 + wander * progress;
    const phase = progress <= 0.45 ? 1 : progress <= 0.9 ? 2 : 3;
    const weight = (start: number) =>
      phase === 1
        ? start - 0.1 * progress
        : 1 - (1 - start) * Math.exp(-9 * (progress - 0.45)) + 0.01 * rng.normal() * (1 - progress);
    const isMixing = teacher !== undefined && phase < 3;
    run.appendEpisode({ steps: update * STEPS_PER_UPDATE - 3, return: value, length: 100 });
    run.appendMetrics({
      update,
      steps: update * STEPS_PER_UPDATE,
      seconds: update * 2.6,
      return_100: update < 2 ? undefined : value,
      phase: teacher ? phase : undefined,
      'mixing/policy/1': isMixing ? weight(0.47) : undefined,
      'mixing/policy/2': isMixing ? weight(0.41) : undefined,
      'mixing/value/1': isMixing ? weight(0.52) : undefined,
      'mixing/value/2': isMixing ? weight(0.49) : undefined,
      ...Object.fromEntries(
        teacherColumns.map((column, k) => [
          column,
          isMixing ? (1 - weight(0.47)) * [0.7, 0.3][k]! : undefined,
        ]),
      ),
    });
  }
  run.close();
  return folder;
}
