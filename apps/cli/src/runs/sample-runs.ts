import { resolveConfig } from '@mikt/algos';
import { createRun, type NewRunManifest } from '@mikt/runs';
import { type RunSummary, readSummary } from './summary.js';

export interface Sample {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly manifest?: Partial<NewRunManifest>;
  /** `return_100` after each update, NaN before an episode has ended; an update a second. */
  readonly returns?: readonly number[];
}

/** Writes a run that was not trained, of updates of 2,048 steps. For tests of this folder. */
export async function writeSample(folder: string, { config = {}, manifest, returns = [] }: Sample = {}) {
  const complete = resolveConfig({ env: 'Hopper', algo: 'ppo', seed: 1, steps: 10_240, ...config });
  const run = await createRun(
    folder,
    {
      name: folder.split('/').at(-1)!,
      createdAt: '2026-05-04T03:02:01.000Z',
      command: ['mikt', 'train', complete.env],
      status: 'finished',
      config: { ...complete },
      env: complete.env,
      algo: complete.algo,
      seed: complete.seed,
      steps: complete.steps,
      versions: { mikt: '0.0.0', engine: 'WASM kernels' },
      host: { platform: 'linux', arch: 'x64', cores: 2, cpu: 'sample' },
      ...manifest,
    },
    ['update', 'steps', 'seconds', 'return_100'],
  );
  for (const [update, return_100] of returns.entries()) {
    run.appendMetrics({ update, steps: 2048 * (update + 1), seconds: update + 1, return_100 });
  }
  run.close();
}

/** As `writeSample`, and reads it. */
export async function sampleSummary(folder: string, sample: Sample = {}): Promise<RunSummary> {
  await writeSample(folder, sample);
  return readSummary(folder);
}

export const TEACHER = { source: 'zoo:CentipedeFour', env: 'CentipedeFour', fingerprint: 'ab'.repeat(32) };
