import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The built command, as a user runs it. */
export const CLI = fileURLToPath(new URL('../apps/cli/bin/mikt.js', import.meta.url));

export interface Finished {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Runs `mikt` in `cwd`. With `killWhen`, sends `signal` as soon as the test says so; it is asked every 20 ms. */
export function mikt(
  args: readonly string[],
  {
    cwd,
    killWhen,
    signal = 'SIGKILL',
    env = {},
  }: { cwd: string; killWhen?: () => boolean; signal?: NodeJS.Signals; env?: Record<string, string> },
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = start(args, cwd, env);
    let [stdout, stderr] = ['', ''];
    child.stdout!.on('data', (data) => {
      stdout += data;
    });
    child.stderr!.on('data', (data) => {
      stderr += data;
    });
    const timer = setInterval(() => {
      if (!killWhen?.()) return;
      // Once only: a second Ctrl-C would end the process at once.
      clearInterval(timer);
      child.kill(signal);
    }, 20);
    child.on('error', reject);
    child.on('close', (status) => {
      clearInterval(timer);
      resolve({ status, stdout, stderr });
    });
  });
}

/** A `mikt` that serves a page until it is stopped. */
export interface PageServer {
  /** Address of the page, with a slash at the end. */
  readonly url: string;
  readonly child: ChildProcess;
  /** All that it has written by now. */
  readonly said: () => string;
}

/** Starts a `mikt` that serves a page. @throws Error with all that it has written where it ends before it does */
export function servePage(args: readonly string[], cwd: string): Promise<PageServer> {
  return new Promise((resolve, reject) => {
    const child = start(args, cwd);
    let said = '';
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on('data', (data) => {
        said += data;
        const [url] = /http:\/\/127\.0\.0\.1:\d+\//.exec(said) ?? [];
        if (url) resolve({ url, child, said: () => said });
      });
    }
    child.on('error', reject);
    child.on('close', () => reject(new Error(said)));
  });
}

const running = new Set<ChildProcess>();

function start(args: readonly string[], cwd: string, env: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.on('close', () => running.delete(child));
  return child;
}

/** A folder of its own for a test file, and what removes it, ending first what a test that failed has left running. */
export function temporaryFolder(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'mikt-test-'));
  return {
    folder,
    remove() {
      for (const child of running) child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
