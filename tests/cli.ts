import { spawn } from 'node:child_process';
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
    const child = spawn(process.execPath, [CLI, ...args], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data) => {
      stdout += data;
    });
    child.stderr.on('data', (data) => {
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

/** A folder of its own for a test, and what removes it. */
export function temporaryFolder(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'mikt-test-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
