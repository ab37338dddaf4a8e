import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  policyFromCheckpoint,
  resolveConfig,
  type Teacher,
  teacherFromCheckpoint,
  toPolicyFile,
  trainedPolicy,
  trainRun,
} from '@mikt/algos';
import { makeEnv } from '@mikt/envs';
import { encodeRecording, recordRollout } from '@mikt/eval';
import { createReferenceEngine } from '@mikt/graph';
import { type Checkpoint, readBytes, readCheckpoint, resolveCheckpoint } from '@mikt/runs';

/** Real files of every kind, as small as they come, to be changed. */
export interface Samples {
  /** Of training from scratch, still coupled with a teacher, and a policy by itself. */
  readonly checkpoints: readonly Checkpoint[];
  readonly manifest: string;
  readonly metrics: string;
  readonly episodes: string;
  readonly events: Uint8Array;
  readonly recording: string;
  readonly studies: readonly string[];
  readonly onnx: readonly Uint8Array[];
  readonly stableBaselines3: Uint8Array;
}

const SMALL = {
  env: 'Hopper',
  ...{ steps: 48, stepsPerUpdate: 16, envs: 2, minibatches: 1, gradientShards: 1, epochs: 1, seed: 1 },
  ...{ policyHidden: [3, 3], valueHidden: [3, 3] },
};

export async function makeSamples(): Promise<Samples> {
  const folder = await mkdtemp(path.join(tmpdir(), 'mikt-fuzz-'));
  try {
    const scratch = path.join(folder, 'scratch');
    await run({ ...SMALL, algo: 'ppo' }, scratch);
    const trained = await readCheckpoint(await resolveCheckpoint(scratch));
    const coupled = path.join(folder, 'coupled');
    const config = { ...SMALL, algo: 'mikt', encoderHidden: [3] };
    await run(config, coupled, [teacherFromCheckpoint(trained, 'teacher')]);
    const begun = await readCheckpoint(path.join(coupled, 'checkpoints', '0000000000.safetensors'));
    const text = (name: string) => readFile(path.join(coupled, name), 'utf8');
    const eventFile = (await readdir(coupled)).find((name) => name.startsWith('events.'))!;
    return {
      checkpoints: [trained, begun, toPolicyFile(trainedPolicy(trained, 'policy'))].map(
        ({ header, tensors }) => ({ header, tensors }),
      ),
      manifest: await text('run.json'),
      metrics: await text('metrics.csv'),
      episodes: `${await text('episodes.csv')}32,1.5,20\n48,2.5,21\n`,
      events: await readBytes(path.join(coupled, eventFile)),
      recording: await record(trained),
      studies: await Promise.all(['smoke', 'figure-5'].map(studyFile)),
      onnx: await Promise.all(['torch.onnx', 'torch-dynamo.onnx'].map(foreignPolicy)),
      stableBaselines3: await foreignPolicy('stable-baselines3.safetensors'),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function run(
  input: Record<string, unknown>,
  folder: string,
  teachers: readonly Teacher[] = [],
): Promise<void> {
  const provenance = { command: ['mikt'], version: '0.0.0' };
  await trainRun(resolveConfig(input), folder, { teachers, provenance, threads: 1 });
}

async function record(trained: Awaited<ReturnType<typeof readCheckpoint>>): Promise<string> {
  const env = await makeEnv('Hopper');
  const policy = policyFromCheckpoint(trained, createReferenceEngine(), 'policy');
  try {
    return encodeRecording(await recordRollout(policy, env, { steps: 3 }));
  } finally {
    policy.dispose();
    env.dispose();
  }
}

const inRepository = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url));

const studyFile = (name: string) => readFile(inRepository(`studies/${name}.yaml`), 'utf8');

const foreignPolicy = (name: string) =>
  readBytes(inRepository(`packages/algos/src/interchange/testdata/${name}`));
