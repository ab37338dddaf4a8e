// What the queue costs each run, and how total time falls with the number of workers.
//
//   node bench/queue/overhead.mjs --json bench/results/DATE-queue-overhead.json
//
// Both sides train with one thread a run. The empty runs are 512 environment steps: what they take is starting up.
import { writeFileSync } from 'node:fs';
import { findRedis, startRedis } from '../../tests/queue/redis-server.mjs';
import { describeMachine, option, studyFile, Workplace } from './study.mjs';

const rounds = Number(option('rounds', '3'));
const WORKERS = [1, 2, 4];
const STUDIES = [
  { name: 'empty', runs: 8, steps: 512, set: { stepsPerUpdate: 256 } },
  { name: 'short', runs: 8, steps: Number(option('steps', '40960')) },
];

if (!findRedis()) {
  console.error('redis-server is not on the PATH (Debian: apt-get install redis-server).');
  process.exit(1);
}

const before = describeMachine();
const place = new Workplace();
const measured = [];
try {
  for (let round = 1; round <= rounds; round++) {
    for (const study of STUDIES) {
      place.write(`${study.name}.yaml`, studyFile(study));
      for (const workers of WORKERS) {
        const out = `${study.name}-${workers}-${round}`;
        const local = await place.run(
          ...['study', 'run', `${study.name}.yaml`, '--out', `local-${out}`],
          ...['--workers', String(workers), '--threads', String(workers)],
        );
        const queued = await throughQueue(study.name, workers, `queue-${out}`);
        measured.push({
          round,
          study: study.name,
          runs: study.runs,
          steps: study.steps,
          workers,
          local,
          queued,
        });
        console.error(
          `round ${round}, ${study.name}, ${workers} workers: ${local.toFixed(1)} s here, ${queued.toFixed(1)} s through the queue`,
        );
      }
    }
  }
} finally {
  await place.remove();
}

/** Seconds from the start of a study to its end, its workers having been there before. */
async function throughQueue(name, count, out) {
  const redis = await startRedis();
  try {
    const workers = Array.from({ length: count }, () =>
      place.start('worker', '--queue', redis.url, '--threads', '1'),
    );
    await Promise.all(workers.map(ready));
    const seconds = await place.run('study', 'run', `${name}.yaml`, '--queue', redis.url, '--out', out);
    for (const { child } of workers) child.kill('SIGTERM');
    await Promise.all(workers.map(({ ended }) => ended));
    return seconds;
  } finally {
    await redis.stop();
  }
}

async function ready(worker) {
  while (!worker.said.includes('takes runs from')) await new Promise((resolve) => setTimeout(resolve, 20));
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const result = { machine: { ...before, loadAverageAtEnd: describeMachine().loadAverage }, rounds, measured };
if (option('json')) writeFileSync(option('json'), `${JSON.stringify(result, undefined, 2)}\n`);
console.log(
  '| runs | workers | here, s | through the queue, s | the queue’s share of each run, s | faster than one worker |',
);
console.log('|---|---:|---:|---:|---:|---:|');
for (const { name, runs, steps } of STUDIES) {
  const of = (workers, key) =>
    median(
      measured.filter((each) => each.study === name && each.workers === workers).map((each) => each[key]),
    );
  for (const workers of WORKERS) {
    const [local, queued] = [of(workers, 'local'), of(workers, 'queued')];
    const share = ((queued - local) * workers) / runs;
    console.log(
      `| ${runs} × ${steps.toLocaleString('en-US')} steps | ${workers} | ${local.toFixed(1)} | ${queued.toFixed(1)} | ${share.toFixed(2)} | ${(of(1, 'queued') / queued).toFixed(2)} |`,
    );
  }
}
