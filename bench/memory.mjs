// How much memory a long training takes, from its beginning to its end.
//
//     npm run setup && node bench/memory.mjs [--env CentipedeFour] [--steps 2_000_000] [--out FOLDER] [--json FILE]
//
// Reads the resident memory of the process (its worker threads included) every five seconds from Linux' /proc, and
// the run's steps from its metrics.csv. Prints the samples at every tenth of the run, the highest one, and the straight
// line through the second half: a leak of a byte per step shows as 1.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    env: { type: 'string', default: 'CentipedeFour' },
    steps: { type: 'string', default: '2_000_000' },
    out: { type: 'string' },
    json: { type: 'string' },
    seconds: { type: 'string', default: '5' },
  },
});
const CLI = fileURLToPath(new URL('../apps/cli/bin/mikt.js', import.meta.url));
const place = options.out === undefined ? mkdtempSync(path.join(tmpdir(), 'mikt-memory-')) : undefined;
const folder = options.out ?? path.join(place, 'run');
const args = ['train', options.env, '--steps', options.steps, '--seed', '1', '--out', folder];

const samples = [];
const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
const timer = setInterval(sample, 1000 * Number(options.seconds));
const status = await new Promise((resolve) => child.on('close', resolve));
clearInterval(timer);
const { steps: planned } = JSON.parse(readFileSync(path.join(folder, 'run.json'), 'utf8'));
if (place !== undefined) rmSync(place, { recursive: true, force: true });
if (status !== 0) process.exit(1);

const result = {
  command: ['mikt', ...args.slice(0, -2)],
  node: process.versions.node,
  samples: samples.length,
  highest: Math.max(...samples.map(({ bytes }) => bytes)),
  tenths: Array.from({ length: 10 }, (_, i) => samples.find(({ steps }) => steps >= (planned * i) / 10)),
  bytesPerStep: slope(samples.filter(({ steps }) => steps >= planned / 2)),
};
console.log(JSON.stringify(result, null, 2));
if (options.json) writeFileSync(options.json, `${JSON.stringify({ ...result, all: samples }, null, 2)}\n`);

function sample() {
  try {
    const [, kilobytes] = readFileSync(`/proc/${child.pid}/status`, 'utf8').match(/VmRSS:\s+(\d+) kB/);
    const last = readFileSync(path.join(folder, 'metrics.csv'), 'utf8').trimEnd().split('\n').at(-1);
    const steps = Number(last.split(',')[1]);
    if (Number.isFinite(steps)) samples.push({ steps, bytes: 1024 * Number(kilobytes) });
  } catch {
    // The run has not begun to write, or has ended.
  }
}

/** Of the least-squares line through bytes over steps. */
function slope(points) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(points.map(({ steps }) => steps)), mean(points.map(({ bytes }) => bytes))];
  const above = points.reduce((sum, { steps, bytes }) => sum + (steps - x) * (bytes - y), 0);
  return above / points.reduce((sum, { steps }) => sum + (steps - x) ** 2, 0);
}
