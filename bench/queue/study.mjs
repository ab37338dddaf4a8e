// What the benchmarks of the queue have in common: a folder, a study file in it, and the built command.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../apps/cli/bin/mikt.js', import.meta.url));

/** The machine, and how busy it is. */
export function describeMachine() {
  return {
    cpu: os.cpus()[0].model,
    cores: os.availableParallelism(),
    node: process.versions.node,
    loadAverage: os.loadavg()[0],
  };
}

/** A study of `runs` runs on Hopper, half of them MIKT from CentipedeFour where `transfer` says so. */
export function studyFile({ name, runs, steps, transfer = false, set = {} }) {
  const methods = [{ label: 'VPG', algo: 'vpg' }, ...(transfer ? [{ label: 'MIKT', algo: 'mikt' }] : [])];
  return JSON.stringify({
    name,
    steps,
    seeds: Array.from({ length: runs / methods.length }, (_, i) => i + 1),
    set: { epochs: 1, minibatches: 8, checkpointEvery: 1, ...set },
    pairs: [{ teacher: 'zoo:CentipedeFour', env: 'Hopper' }],
    methods,
  });
}

/** A temporary folder in which `mikt` runs. */
export class Workplace {
  constructor() {
    this.folder = mkdtempSync(path.join(os.tmpdir(), 'mikt-bench-'));
    this.programs = new Set();
  }

  write(name, text) {
    writeFileSync(path.join(this.folder, name), text);
  }

  /** Starts `mikt` and lets it go on. `printed` collects its results, `said` its progress. */
  start(...args) {
    const child = spawn(process.execPath, [CLI, ...args], {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const program = { child, args, said: '', printed: '', startedAt: performance.now() };
    child.stdout.on('data', (data) => {
      program.printed += data;
    });
    child.stderr.on('data', (data) => {
      program.said += data;
    });
    this.programs.add(program);
    program.ended = once(child, 'close').then(([status]) => {
      this.programs.delete(program);
      return status;
    });
    return program;
  }

  /** Runs `mikt` to its end. @returns seconds @throws Error where it fails */
  async run(...args) {
    const program = this.start(...args);
    const status = await program.ended;
    if (status !== 0)
      throw new Error(`mikt ${args.join(' ')} ended with ${status}:\n${program.said}${program.printed}`);
    return (performance.now() - program.startedAt) / 1000;
  }

  async remove() {
    for (const { child } of this.programs) {
      child.kill('SIGKILL');
      child.kill('SIGCONT');
    }
    await Promise.all([...this.programs].map(({ ended }) => ended));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The value after an option of the script's own command line. */
export function option(name, fallback) {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : process.argv[at + 1];
}
