// A Redis server of one's own: on loopback, on a free port, in a temporary folder, nothing kept. For tests and benchmarks.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The redis-server on the PATH; undefined where there is none. */
export function findRedis() {
  try {
    return execFileSync('which', ['redis-server'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}

/** Starts one. `stop` ends it, `kill` as a crash would; `start` has it again at the same port, and empty. */
export async function startRedis({ password } = {}) {
  const executable = findRedis();
  if (!executable) throw new Error('redis-server is not on the PATH.');
  const folder = mkdtempSync(path.join(tmpdir(), 'mikt-redis-'));
  const port = await freePort();
  let child;
  const start = async () => {
    child = spawn(
      executable,
      [
        ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder],
        ...['--save', '', '--appendonly', 'no', '--loglevel', 'warning'],
        ...(password === undefined ? [] : ['--requirepass', password]),
      ],
      { stdio: 'ignore' },
    );
    for (let attempt = 0; !(await answers(port)); attempt++) {
      if (child.exitCode !== null || attempt > 200) throw new Error('redis-server did not start.');
      await sleep(25);
    }
  };
  const end = async (signal) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    child.kill(signal);
    await closed;
  };
  await start();
  const user = password === undefined ? '' : `:${encodeURIComponent(password)}@`;
  return {
    port,
    url: `redis://${user}127.0.0.1:${port}`,
    start,
    kill: () => end('SIGKILL'),
    /** As a server that a network cut off: it takes connections and does not answer. */
    freeze: () => child.kill('SIGSTOP'),
    thaw: () => child.kill('SIGCONT'),
    /** What `redis-cli` prints. */
    cli(...args) {
      return execFileSync('redis-cli', ['-p', String(port), ...args], {
        encoding: 'utf8',
        env: { ...process.env, ...(password === undefined ? {} : { REDISCLI_AUTH: password }) },
        maxBuffer: 2 ** 28,
      });
    },
    async stop() {
      await end('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
