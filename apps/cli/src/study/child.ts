import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { FileError } from '@mikt/core';
import type { PlannedRun } from '@mikt/eval';
import { absolutePath, fileError, lastCheckpoint, readRun } from '@mikt/runs';
import { isRunProgress, type RunProgress, STOP, STUDY_CHILD } from './link.js';

export type ChildEnd =
  | { readonly status: 'finished' | 'interrupted' }
  | { readonly status: 'failed'; readonly reason: string };

export interface ChildRun {
  readonly ended: Promise<ChildEnd>;
  /** Asks it to save and end. */
  stop(): void;
}

export interface ChildOptions {
  /** Its run folder, as the run is to know it. */
  readonly folder: string;
  /** What relative paths are relative to. Default: this process's own working folder. */
  readonly cwd?: string;
  /** Environment variables. Default: this process's own. */
  readonly variables?: NodeJS.ProcessEnv;
  readonly threads: number;
  /** What `--env` takes, and the options that go with it. */
  readonly env: readonly string[];
  /** What `--teacher` takes. */
  readonly teachers: readonly string[];
  onProgress(progress: RunProgress): void;
}

/**
 * Starts a run, or goes on with what is there of it, as a process of its own: `mikt transfer` or `mikt resume`.
 * @throws FileError where its folder holds what is not a run's
 */
export async function startChild(run: PlannedRun, options: ChildOptions): Promise<ChildRun> {
  const { threads, onProgress, cwd = '', variables = process.env } = options;
  const folder = path.join(cwd, options.folder);
  const goesOn = (await lastCheckpoint(folder)) !== undefined;
  if (!goesOn) removeBeginnings(folder);
  const args = goesOn ? ['resume', options.folder] : startArguments(run, options);
  const log = logPath(folder);
  mkdirSync(absolutePath(path.dirname(log)), { recursive: true });
  // To a file and not through a pipe, for what is written after this process was killed has to go somewhere.
  const errors = openSync(log, 'w');
  const child = spawn(
    process.execPath,
    [...process.execArgv, process.argv[1]!, ...args, '--threads', String(threads)],
    {
      stdio: ['ignore', 'ignore', errors, 'ipc'],
      env: { ...variables, [STUDY_CHILD]: '1' },
      ...(options.cwd === undefined ? {} : { cwd }),
    },
  );
  closeSync(errors);
  child.on('message', (message) => {
    if (isRunProgress(message)) onProgress(message);
  });
  const ended = new Promise<ChildEnd>((resolve) => {
    child.on('error', (error) =>
      resolve({ status: 'failed', reason: `it could not be started: ${error.message}` }),
    );
    child.on('close', async (code, signal) => {
      // The terminal sends Ctrl-C to this process too, which may not have come so far as to handle it.
      if (code === 0 || code === 130 || signal === 'SIGINT' || signal === 'SIGTERM') {
        removeLog(folder);
        resolve({ status: code === 0 ? 'finished' : 'interrupted' });
      } else {
        resolve({ status: 'failed', reason: await reasonOf(folder, code, signal) });
      }
    });
  });
  return {
    ended,
    stop: () => {
      // Nobody is there to listen when it ends at this moment, which is as well.
      if (child.connected) child.send(STOP, () => {});
    },
  };
}

/** Removes what a process said whose run has finished after all, its study having been killed before it was told. */
export function removeLog(folder: string): void {
  rmSync(logPath(folder), { force: true });
}

function startArguments(run: PlannedRun, { folder, env, teachers }: ChildOptions): string[] {
  const { algo, seed, steps } = run.config;
  return [
    ...['transfer', ...teachers.flatMap((teacher) => ['--teacher', teacher])],
    ...['--env', ...env, '--algo', algo, '--steps', String(steps), '--seed', String(seed)],
    ...(run.preset === undefined ? [] : ['--preset', run.preset]),
    ...Object.entries(run.overrides).flatMap(([key, value]) => ['--set', `${key}=${JSON.stringify(value)}`]),
    ...['--out', folder],
  ];
}

/** What a run that was killed before its first checkpoint has left. */
const BEGINNINGS =
  /^(run\.json|metrics\.csv|episodes\.csv|events\.out\.tfevents\..*|checkpoints|robot|.*\.tmp)$/;

function removeBeginnings(folder: string): void {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw fileError(folder, 'cannot be read', cause);
  }
  const foreign = names.find((name) => !BEGINNINGS.test(name));
  if (foreign !== undefined) {
    throw new FileError(
      folder,
      `is to become a run's folder and holds "${foreign}"; move it, or give another --out.`,
    );
  }
  rmSync(folder, { recursive: true, force: true });
}

/** Hidden, as the lock beside it, and deleted unless the run fails. */
function logPath(folder: string): string {
  return path.join(path.dirname(folder), `.${path.basename(folder)}.log`);
}

async function reasonOf(folder: string, code: number | null, signal: string | null): Promise<string> {
  if (signal !== null) return `its process was ended by ${signal}`;
  const log = logPath(folder);
  const lines = readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const said = lines.findLast((line) => line.startsWith('mikt: '))?.slice('mikt: '.length);
  const recorded = await readRun(folder).then(
    ({ manifest }) => (manifest.status === 'failed' ? manifest.reason : undefined),
    () => undefined,
  );
  return said ?? recorded ?? `its process ended with status ${code}; what it said is in ${log}`;
}
