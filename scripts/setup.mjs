// Brings pnpm (through npx, so that Node and npm are enough), installs the locked dependencies and builds.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const { packageManager } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** Runs a step quietly; what it printed is shown only if it fails. */
function step(what, command, args) {
  console.error(`${what} …`);
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1' },
    maxBuffer: 2 ** 28,
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (status === 0) return;
  process.stderr.write(stdout ?? '');
  process.stderr.write(stderr ?? '');
  console.error(`${what}: failed${error ? ` (${error.message})` : ''}.`);
  process.exit(status || 1);
}

step('Installing the locked dependencies', 'npx', ['--yes', packageManager, 'install', '--frozen-lockfile']);
step('Building', 'npm', ['run', '--silent', 'build']);
