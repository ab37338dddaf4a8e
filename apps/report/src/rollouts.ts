import { policyFromCheckpoint } from '@mikt/algos';
import { MiktError } from '@mikt/core';
import { makeEnv } from '@mikt/envs';
import { encodeRecording, recordRollout } from '@mikt/eval';
import { createEngine, type Engine } from '@mikt/graph';
import { lastCheckpoint, readCheckpoint } from '@mikt/runs';
import { formatCount } from './format.js';
import type { Method } from './methods.js';
import { distinct, type Pair } from './pairs.js';
import type { CreateEnv } from './robots.js';
import type { ReportedRun } from './runs.js';

/** A policy that walks in the page. */
export interface Rollout {
  readonly method: Method;
  readonly run: ReportedRun;
  /** Environment steps that the policy was trained for; undefined where that is not known. */
  readonly trainedFor: number | undefined;
  /** Whether it still leans on its teacher. */
  readonly coupled: boolean;
  /** What the recorded part of the episode earned, and its steps. */
  readonly return: number;
  readonly steps: number;
  /** Whether the robot fell, or the recording just stops. */
  readonly terminated: boolean;
  /** Text of `encodeRecording`. */
  readonly recording: string;
}

/** Rollouts, and what kept others out, in sentences. */
export interface Rollouts {
  readonly rollouts: readonly Rollout[];
  readonly remarks: readonly string[];
}

export interface RolloutOptions {
  /** Bytes that all recordings of a page may take together. */
  readonly mostBytes: number;
  readonly createEnv?: CreateEnv;
  /** Told of each policy before it is recorded. */
  onRollout?(run: ReportedRun): void;
}

/** Steps of an episode that are shown: 25 seconds of an Ant or a centipede. */
const STEPS = 500;
const SEED = 0;

/**
 * Records one policy of each method and pair, acting with its mean action from the start of one episode, the same
 * for all: the last checkpoint of the seed in the middle by final return, so that it is neither the best nor the worst.
 */
export async function recordRollouts(
  pairs: readonly Pair[],
  { mostBytes, createEnv = makeEnv, onRollout }: RolloutOptions,
): Promise<Rollouts> {
  const rollouts: Rollout[] = [];
  const remarks: string[] = [];
  const without: string[] = [];
  let bytes = 0;
  let left = 0;
  const methods = distinct(pairs.flatMap((pair) => pair.methods));
  const engine = await createEngine('wasm');
  try {
    for (const method of methods) {
      const run = typicalRun(method);
      const file = await lastCheckpoint(run.path);
      if (file === undefined) {
        without.push(run.name);
        continue;
      }
      if (bytes >= mostBytes) {
        left++;
        continue;
      }
      onRollout?.(run);
      try {
        const rollout = await record(method, run, file.path, engine, createEnv);
        if (bytes + rollout.recording.length > mostBytes) left++;
        else rollouts.push(rollout);
        bytes += rollout.recording.length;
      } catch (error) {
        if (!(error instanceof MiktError)) throw error;
        remarks.push(`${run.name} could not be recorded: ${error.message}`);
      }
    }
  } finally {
    engine.dispose();
  }
  if (without.length > 0) remarks.push(`Without a checkpoint here: ${without.join(', ')}.`);
  if (left > 0) {
    remarks.push(
      `${formatCount(left)} more policies would have made the page heavier than its limit of ${formatCount(mostBytes / 1e6)} MB of recordings.`,
    );
  }
  return { rollouts, remarks };
}

async function record(
  method: Method,
  run: ReportedRun,
  file: string,
  engine: Engine,
  createEnv: CreateEnv,
): Promise<Rollout> {
  const policy = policyFromCheckpoint(await readCheckpoint(file), engine, file);
  try {
    const env = await (policy.robot ? makeEnv(policy.robot) : createEnv(method.env));
    try {
      const recording = await recordRollout(policy, env, { seed: SEED, steps: STEPS });
      const [episode] = recording.episodes;
      return {
        method,
        run,
        trainedFor: policy.steps ?? undefined,
        coupled: policy.coupled,
        return: episode!.return,
        steps: episode!.steps,
        terminated: episode!.terminated,
        recording: encodeRecording(recording),
      };
    } finally {
      env.dispose();
    }
  } finally {
    policy.dispose();
  }
}

/** The one in the middle by final return, of the finished ones if there are any; the lower of two. */
function typicalRun({ counted }: Method): ReportedRun {
  const finished = counted.filter((run) => run.finished);
  const runs = finished.length > 0 ? finished : counted;
  const sorted = [...runs].sort(
    (a, b) => (a.finalReturn ?? Number.NEGATIVE_INFINITY) - (b.finalReturn ?? Number.NEGATIVE_INFINITY),
  );
  return sorted[Math.floor((sorted.length - 1) / 2)]!;
}
