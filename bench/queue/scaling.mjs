// What grows with the number of runs of a study: queue operations, memory in Redis, storage, and the time of the
// commands that read all of them. Runs are made up by copying one real run.
//
//   node bench/queue/scaling.mjs --json bench/results/DATE-queue-scaling.json
//   node bench/queue/scaling.mjs --only queue --queue-sizes 1000,10000      the queue by itself, in seconds
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  fingerprintOf,
  jobId,
  queueAddress,
  RunWorker,
  StudyQueue,
} from '../../packages/queue/dist/index.js';
import { findRedis, startRedis } from '../../tests/queue/redis-server.mjs';
import { describeMachine, option, studyFile, Workplace } from './study.mjs';

const CLI = fileURLToPath(new URL('../../apps/cli/bin/mikt.js', import.meta.url));
const numbers = (text) => text.split(',').map(Number);
const SIZES = numbers(option('sizes', '10,100,1000'));
const QUEUE_SIZES = numbers(option('queue-sizes', '10,100,1000,10000'));
/** Of the copied runs: as many rows and episodes as two million steps have. */
const STEPS = 2_000_896;
const ROWS = 977;
const EPISODES = 5000;
const METHODS = [
  { group: 'Hopper', method: 'vpg' },
  { group: 'CentipedeFour-to-Hopper', method: 'mikt' },
];

if (!findRedis()) {
  console.error('redis-server is not on the PATH (Debian: apt-get install redis-server).');
  process.exit(1);
}

const result = { machine: describeMachine(), queue: [] };
const place = new Workplace();
try {
  for (const size of QUEUE_SIZES) result.queue.push(await measureQueue(size));
  if (option('only') !== 'queue') {
    result.training = await measureTraining();
    await makeModelRuns();
    result.storage = sizesOf(modelOf(METHODS[1].group, METHODS[1].method));
    result.folders = SIZES.map(measureFolders);
  }
} finally {
  await place.remove();
}
if (option('json')) writeFileSync(option('json'), `${JSON.stringify(result, undefined, 2)}\n`);
else console.log(JSON.stringify(result, undefined, 2));

/** Adding, taking and finishing runs that do nothing: what the queue itself does for a run. */
async function measureQueue(size) {
  const redis = await startRedis();
  const address = queueAddress(redis.url, {});
  const { queue } = await StudyQueue.open(address, 'bench');
  try {
    const empty = memoryOf(redis);
    const jobs = Array.from({ length: size }, (_, i) => jobOf(i));
    const commands = () => commandsOf(redis);
    const before = commands();
    const startedAt = performance.now();
    await queue.add(jobs);
    const addSeconds = (performance.now() - startedAt) / 1000;
    const added = commands();
    const waiting = memoryOf(redis);
    const looks = performance.now();
    const ids = jobs.map(jobId);
    await queue.statuses(ids);
    const statusesSeconds = (performance.now() - looks) / 1000;
    const reads = performance.now();
    await queue.read(ids);
    const readSeconds = (performance.now() - reads) / 1000;

    const beforeWork = commands();
    const workedAt = performance.now();
    const worker = new RunWorker(address, {
      ...{ version: 'bench', runs: 8, leaseSeconds: 30 },
      async take(turn) {
        await turn.begin(0);
        await turn.report({ steps: 2048, stepsPerSecond: 1000, return100: 12.5 });
        return { status: 'finished', steps: 2048, return100: 12.5 };
      },
      onProblem: console.error,
    });
    while ((await queue.counts()).finished < size) await new Promise((resolve) => setTimeout(resolve, 200));
    const workSeconds = (performance.now() - workedAt) / 1000;
    const worked = commands();
    const finished = memoryOf(redis);
    await worker.drain();
    return {
      runs: size,
      ...{ addSeconds, statusesSeconds, readSeconds, workSeconds },
      commandsToAddEach: (added - before) / size,
      commandsToWorkEach: (worked - beforeWork) / size,
      bytesWaitingEach: (waiting - empty) / size,
      bytesFinishedEach: (finished - empty) / size,
    };
  } finally {
    await queue.close();
    await redis.stop();
  }
}

/** Queue operations of a worker and of an initiator for each second of training. */
async function measureTraining() {
  const redis = await startRedis();
  const SECONDS = 30;
  try {
    place.write('long.yaml', studyFile({ name: 'long', runs: 1, steps: 50_000_000 }));
    const study = place.start('study', 'run', 'long.yaml', '--queue', redis.url);
    const worker = place.start('worker', '--queue', redis.url, '--threads', '1');
    while (!worker.said.includes('begun')) await new Promise((resolve) => setTimeout(resolve, 100));
    await new Promise((resolve) => setTimeout(resolve, 5000));
    const both = await commandsIn(redis, SECONDS);
    study.child.kill('SIGINT');
    await study.ended;
    const alone = await commandsIn(redis, SECONDS);
    worker.child.kill('SIGTERM');
    await worker.ended;
    return {
      seconds: SECONDS,
      workerPerSecond: alone / SECONDS,
      initiatorPerSecond: (both - alone) / SECONDS,
    };
  } finally {
    await redis.stop();
  }
}

async function commandsIn(redis, seconds) {
  const before = commandsOf(redis);
  await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
  return commandsOf(redis) - before;
}

/** A real, short run of each method, its logs lengthened to those of two million steps. */
async function makeModelRuns() {
  place.write('model.yaml', studyFile({ name: 'model', runs: 2, steps: 8192, transfer: true }));
  await place.run('study', 'run', 'model.yaml', '--threads', '1');
  for (const { group, method } of METHODS) {
    const folder = modelOf(group, method);
    lengthen(path.join(folder, 'metrics.csv'), ROWS, 2048);
    lengthen(path.join(folder, 'episodes.csv'), EPISODES, 400);
  }
}

function modelOf(group, method) {
  return path.join(place.folder, 'runs', 'model', group, `${method}-s1`);
}

/** Repeats a table's last row, with steps that go on. */
function lengthen(file, rows, stride) {
  const [header, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
  const column = header.split(',').indexOf('steps');
  const cells = lines.at(-1).split(',');
  while (lines.length < rows) {
    const steps = Number(lines.at(-1).split(',')[column]) + stride;
    lines.push(cells.map((cell, i) => (i === column ? steps : cell)).join(','));
  }
  writeFileSync(file, `${[header, ...lines].join('\n')}\n`);
}

/** Bytes of a run folder's files. */
function sizesOf(folder) {
  const sizes = {};
  for (const name of readdirSync(folder, { recursive: true })) {
    const file = path.join(folder, name);
    if (!statSync(file).isFile()) continue;
    const kind = name.startsWith('checkpoints') ? 'checkpoints' : name.replace(/^(events).*/, '$1');
    sizes[kind] = (sizes[kind] ?? 0) + statSync(file).size;
  }
  return sizes;
}

/** A study of finished runs that are copies: how long the commands take that look at all of them. */
function measureFolders(size) {
  const name = `copies-${size}`;
  place.write(`${name}.yaml`, studyFile({ name, runs: size, steps: STEPS, transfer: true }));
  const out = path.join(place.folder, 'runs', name);
  for (const { group, method } of METHODS) {
    for (let seed = 1; seed <= size / METHODS.length; seed++) {
      const folder = path.join(out, group, `${method}-s${seed}`);
      mkdirSync(path.dirname(folder), { recursive: true });
      cpSync(modelOf(group, method), folder, { recursive: true });
      rewrite(path.join(folder, 'run.json'), seed);
    }
  }
  const commands = {
    status: ['study', 'status', `${name}.yaml`, '--json'],
    measure: ['study', 'measure', `${name}.yaml`],
    report: ['report', `${name}.yaml`, '--no-png', '--no-rollouts', '--no-idle', '--out', `report-${size}`],
    list: ['runs', path.join('runs', name), '--json'],
  };
  const measured = { runs: size };
  for (const [command, args] of Object.entries(commands)) {
    measured[command] = timed(args);
    console.error(`${size} runs, ${command}: ${JSON.stringify(measured[command])}`);
  }
  measured.pageMegabytes = statSync(path.join(place.folder, `report-${size}`, 'index.html')).size / 1e6;
  rmSync(out, { recursive: true, force: true });
  return measured;
}

function rewrite(file, seed) {
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  Object.assign(manifest, { seed, steps: STEPS });
  Object.assign(manifest.config, { seed, steps: STEPS });
  writeFileSync(file, JSON.stringify(manifest));
}

/** Seconds that `mikt` took by the clock and of processors, and the most memory that it had. */
function timed(args) {
  const hook = path.join(place.folder, 'hook.cjs');
  place.write(
    'hook.cjs',
    "process.on('exit', () => require('node:fs').writeFileSync('usage', JSON.stringify(process.resourceUsage())));",
  );
  const startedAt = performance.now();
  execFileSync(process.execPath, ['--require', hook, CLI, ...args], {
    cwd: place.folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(
    readFileSync(path.join(place.folder, 'usage'), 'utf8'),
  );
  return { seconds, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, megabytes: maxRSS / 1000 };
}

function commandsOf(redis) {
  const text = redis.cli('info', 'stats');
  return Number(/^total_commands_processed:(\d+)/m.exec(text)[1]);
}

function memoryOf(redis) {
  return Number(/^used_memory:(\d+)/m.exec(redis.cli('info', 'memory'))[1]);
}

function jobOf(i) {
  const config = { env: 'CentipedeSix', algo: 'mikt', seed: i, steps: 2_000_896 };
  return {
    format: 1,
    study: 'four-to-six',
    folder: `CentipedeFour-to-CentipedeSix/mikt-s${i}`,
    method: 'MIKT',
    ...config,
    preset: 'matched',
    overrides: { epochs: 10, minibatches: 32 },
    teachers: [{ argument: 'zoo:CentipedeFour', fingerprint: 'ab'.repeat(32) }],
    fingerprint: fingerprintOf(config, []),
    store: { id: '0123456789abcdef', location: 's3://bucket/prefix' },
  };
}
