// A study over workers that do not live long: what is lost, and what is other than in a local study.
//
//   node bench/queue/faults.mjs --runs 12 --workers 3 --every 4 --json bench/results/DATE-queue-faults.json
//
// Every few seconds something happens to a worker: mostly it is killed (SIGKILL), sometimes stopped politely (SIGTERM)
// or put to sleep for longer than its lease (SIGSTOP, later SIGCONT). One that is gone is replaced at once. A run that
// five workers in a row did not get any further is left alone, as it should be; the study is then started again.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { findRedis, startRedis } from '../../tests/queue/redis-server.mjs';
import { resultsOf } from '../../tests/queue/study-results.mjs';
import { describeMachine, option, studyFile, Workplace } from './study.mjs';

const runs = Number(option('runs', '12'));
const workerCount = Number(option('workers', '3'));
const every = Number(option('every', '4'));
const steps = Number(option('steps', '20480'));
const seed = Number(option('seed', '1'));
const LEASE = 2;
const MOST_STARTS = 5;
const KINDS = ['SIGKILL', 'SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGSTOP'];

if (!findRedis()) {
  console.error('redis-server is not on the PATH (Debian: apt-get install redis-server).');
  process.exit(1);
}

let state = seed;
/** Uniform on [0, 1), the same for the same seed: mulberry32. */
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

const place = new Workplace();
const redis = await startRedis();
const faults = [];
const gone = [];
try {
  place.write('faults.yaml', studyFile({ name: 'faults', runs, steps, transfer: true }));
  console.error(`${runs} runs here …`);
  const localSeconds = await place.run('study', 'run', 'faults.yaml', '--workers', '2');

  console.error(`${runs} runs over ${workerCount} workers …`);
  const startWorker = () =>
    place.start(
      ...['worker', '--queue', redis.url, '--threads', '1', '--lease', String(LEASE), '--store-every', '1'],
    );
  const startStudy = () =>
    place.start('study', 'run', 'faults.yaml', '--queue', redis.url, '--out', 'queued', '--json');
  const startedAt = performance.now();
  let study = startStudy();
  let starts = 1;
  let over = false;
  const ended = (async () => {
    let ending = await study.ended;
    for (; ending !== 0 && starts < MOST_STARTS; starts++) {
      study = startStudy();
      ending = await study.ended;
    }
    over = true;
    return ending;
  })();
  const workers = Array.from({ length: workerCount }, startWorker);
  while (!over) {
    await Promise.race([sleep(1000 * every * (0.5 + random())), ended]);
    if (over) break;
    const index = Math.floor(random() * workers.length);
    const kind = KINDS[Math.floor(random() * KINDS.length)];
    const worker = workers[index];
    const had = runOf(worker);
    worker.child.kill(kind);
    faults.push({ seconds: (performance.now() - startedAt) / 1000, kind, run: had ?? null });
    console.error(`  ${faults.at(-1).seconds.toFixed(0)} s: ${kind}${had ? ` while it had ${had}` : ''}`);
    if (kind === 'SIGSTOP') setTimeout(() => worker.child.kill('SIGCONT'), 2500 * LEASE);
    else {
      gone.push(worker);
      workers[index] = startWorker();
    }
  }
  const status = await ended;
  const queueSeconds = (performance.now() - startedAt) / 1000;
  const { runs: states, failed } = JSON.parse(study.printed);
  const said = [...gone, ...workers].map((worker) => worker.said).join('');
  const names = states.map(({ run }) => run.split(path.sep).slice(1).join('/'));
  const compared = await Promise.all(
    names.map(async (name) => {
      const [local, queued] = await Promise.all(
        ['runs/faults', 'queued'].map((out) =>
          resultsOf(path.join(place.folder, out, name)).catch(() => undefined),
        ),
      );
      const count = (pattern) => said.split(`faults/${name}: ${pattern}`).length - 1;
      return {
        name,
        turns: count('begun') + count('goes on at'),
        lost: count('lost to another worker'),
        finished: count('finished'),
        equal: local !== undefined && isDeepStrictEqual(local, queued),
      };
    }),
  );
  const result = {
    machine: describeMachine(),
    options: { runs, workers: workerCount, every, steps, seed, leaseSeconds: LEASE },
    ...{ status, starts, localSeconds, queueSeconds, faults, failed, runs: compared },
  };
  if (option('json')) writeFileSync(option('json'), `${JSON.stringify(result, undefined, 2)}\n`);
  const total = (key) => compared.reduce((sum, each) => sum + Number(each[key]), 0);
  const ofKind = (kind) => faults.filter((fault) => fault.kind === kind).length;
  const hit = faults.filter(({ run }) => run !== null).length;
  console.log('| | |\n|---|---:|');
  for (const [what, value] of [
    ['runs, workers', `${runs}, ${workerCount}`],
    ['workers killed (SIGKILL)', ofKind('SIGKILL')],
    ['workers stopped (SIGTERM)', ofKind('SIGTERM')],
    ['workers put to sleep (SIGSTOP)', ofKind('SIGSTOP')],
    ['of these while they had a run', hit],
    ['turns at runs', total('turns')],
    ['turns that were lost and noticed it', total('lost')],
    ['starts of the study', starts],
    ['runs finished', compared.filter(({ finished }) => finished > 0).length],
    ['runs equal to the local study’s', total('equal')],
    ['runs lost or failed', runs - total('equal')],
    ['seconds, locally with two workers', localSeconds.toFixed(0)],
    ['seconds, with the faults', queueSeconds.toFixed(0)],
  ]) {
    console.log(`| ${what} | ${value} |`);
  }
  process.exitCode = status === 0 && total('equal') === runs ? 0 : 1;
} finally {
  await place.remove();
  await redis.stop();
}

/** What a worker has at this moment, by its own words. */
function runOf({ said }) {
  const open = new Set();
  for (const [, name, what] of said.matchAll(/^faults\/(\S+): (\w+)/gm)) {
    if (what === 'begun' || what === 'goes') open.add(name);
    else open.delete(name);
  }
  return [...open][0];
}
