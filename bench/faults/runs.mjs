// The runs that faults are tried on, and how what becomes of them is held against a run that nothing happened to.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { lastCheckpoint, readCheckpoint, readRun } from '../../packages/runs/dist/index.js';

const CLI = fileURLToPath(new URL('../../apps/cli/bin/mikt.js', import.meta.url));

const set = (...words) => words.flatMap((word) => ['--set', word]);
export const PASSES = 16;
const STEPS_PER_PASS = 256;
const STEPS = PASSES * STEPS_PER_PASS;

// Real physics, small networks, and a checkpoint after every pass.
const KEYS = {
  ...{ stepsPerUpdate: STEPS_PER_PASS, envs: 4, minibatches: 4, epochs: 1, checkpointEvery: 1 },
  ...{ policyHidden: [8, 8], valueHidden: [8, 8] },
};
const SMALL = [
  ...['--steps', String(STEPS), '--seed', '1'],
  ...set(...Object.entries(KEYS).map(([key, value]) => `${key}=${JSON.stringify(value)}`)),
];

/** The run `ppo` as a study of one, as its file's text, and where it comes to lie in the study's folder. */
export const STUDY = JSON.stringify({
  ...{ name: 'faults', steps: STEPS, seeds: [1], set: KEYS },
  ...{ pairs: [{ env: 'CentipedeFour' }], methods: [{ label: 'PPO', algo: 'ppo' }] },
});
export const STUDY_RUN = path.join('CentipedeFour', 'ppo-s1');

/** For faults that threads have nothing to do with: starting several takes longer than these runs do. */
export const ALONE = ['--threads', '1'];

/** What is trained, by name. */
export const RUNS = {
  ppo: ['train', 'CentipedeFour', ...SMALL],
  mikt: [
    ...['transfer', '--teacher', 'zoo:CentipedeFour', '--env', 'Hopper', '--algo', 'mikt', ...SMALL],
    ...set('encoderHidden=[8]', 'variationalHidden=[8]', 'handOverThreshold=0'),
  ],
};

/**
 * Runs `mikt`.
 * @param options.whileRunning called once with the child process
 * @returns its exit status, or the signal that ended it, and what it wrote
 */
export function mikt(args, { whileRunning, env = {}, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CLI, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', ...env },
      ...options,
    });
    const said = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr']) {
      child[stream].on('data', (data) => {
        said[stream] += data;
      });
    }
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status, signal, ...said }));
    whileRunning?.(child);
  });
}

/** The sentence in which `mikt` said that it failed. */
export function sentenceOf({ stderr }) {
  const line = stderr.split('\n').findLast((text) => text.startsWith('mikt: '));
  const isUnknown = line === undefined || line.includes('mikt has no sentence for');
  return isUnknown ? undefined : line.slice('mikt: '.length);
}

/** Resumes a run on one thread, up to five times: the result does not depend on it. @returns how it ended the last time, with all that was said on the way */
export async function resume(folder, options) {
  let ended;
  let stderr = '';
  for (let attempt = 0; attempt < 5; attempt++) {
    ended = await mikt(['resume', folder, ...ALONE], options);
    stderr += ended.stderr;
    if (ended.status === 0) break;
  }
  return { ...ended, stderr };
}

/** In what a run is not the one that nothing happened to; empty where it is, bit for bit. */
export async function differences(folder, whole) {
  const found = [];
  const [run, expected] = [await readRun(folder), await readRun(whole)];
  if (run.manifest.status !== 'finished') found.push(`its status is ${run.manifest.status}`);
  for (const [name, values] of Object.entries(expected.metrics)) {
    if (name !== 'seconds' && name !== 'steps_per_second' && !same(run.metrics[name], values)) {
      found.push(`metrics.csv: ${name}`);
    }
  }
  const text = (of, name) => readFileSync(path.join(of, name), 'utf8');
  if (text(folder, 'episodes.csv') !== text(whole, 'episodes.csv')) found.push('episodes.csv');
  const { config } = expected.manifest;
  if (JSON.stringify(run.manifest.config) !== JSON.stringify(config)) found.push('run.json: config');
  const [state, final] = [await finalState(folder), await finalState(whole)];
  if (state.steps !== STEPS) found.push(`it ends at ${state.steps} steps`);
  if (state.header !== final.header) found.push('the checkpoint: its header');
  for (const [name, { data }] of Object.entries(final.tensors)) {
    if (!same(state.tensors[name]?.data, data)) found.push(`the checkpoint: ${name}`);
  }
  return found;
}

async function finalState(folder) {
  const { path: file, steps } = await lastCheckpoint(folder);
  const { header, tensors } = await readCheckpoint(file);
  const { progress, ...training } = header.training;
  return { steps, tensors, header: JSON.stringify({ ...training, progress: { ...progress, seconds: 0 } }) };
}

function same(a, b) {
  return a?.length === b.length && b.every((value, i) => Object.is(value, a[i]));
}

/** Resolves once `condition` holds, asked every `milliseconds`; false where the child ended first. */
export function until(condition, child, milliseconds = 5) {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const holds = condition();
      if (!holds && child.exitCode === null && child.signalCode === null) return;
      clearInterval(timer);
      resolve(holds);
    }, milliseconds);
  });
}

export function checkpointNames(folder) {
  const checkpoints = path.join(folder, 'checkpoints');
  if (!existsSync(checkpoints)) return [];
  return readdirSync(checkpoints)
    .filter((name) => /^\d+\.safetensors$/.test(name))
    .sort();
}

/** Whether the checkpoint after pass `pass`, or a later one, is there. */
export function hasReached(folder, pass) {
  const last = checkpointNames(folder).at(-1);
  return last !== undefined && Number.parseInt(last, 10) >= STEPS_PER_PASS * pass;
}

/** The checkpoint after pass `pass`. It is there for a while, until later ones have taken its place. */
export function checkpointFile(folder, pass) {
  return path.join(folder, 'checkpoints', `${String(STEPS_PER_PASS * pass).padStart(10, '0')}.safetensors`);
}

export function removeRun(folder) {
  rmSync(folder, { recursive: true, force: true });
  rmSync(path.join(path.dirname(folder), `.${path.basename(folder)}.lock`), { force: true });
}
