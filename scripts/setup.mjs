// Brings pnpm (through npx, so that Node and npm are enough), installs the locked dependencies and builds.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const { packageManager } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

function run(command, args) {
  const { status, error } = spawnSync(command, args, {
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

run('npx', [
  '--yes',
  packageManager,
  'install',
  '--frozen-lockfile',
  '--reporter=append-only',
  '--loglevel=warn',
]);
run('npm', ['run', '--silent', 'build']);
