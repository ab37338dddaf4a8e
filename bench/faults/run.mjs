// What a run survives: kills it, damages its files, fills its disk, takes its permissions, lets its threads die; each
// time resumes it and holds the result against a run that nothing happened to, bit for bit.
//
//     npm run setup && node bench/faults/run.mjs [--short] [--only KIND] [--seed N] [--json FILE]
//
// KIND is kill, damage, full-disk, permissions or worker. Prints a table; --json writes every trial as well. Exits with
// 1 where anything was lost.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Rng } from '../../packages/core/dist/index.js';
import { damageTrials, tryDamage } from './damage.mjs';
import { fullDiskTrials, mountSmallDisk, tryFullDisk } from './full-disk.mjs';
import { killTrials, tryKill } from './kill.mjs';
import { cannotRead, permissionTrials, tryPermission } from './permissions.mjs';
import { ALONE, hasReached, mikt, RUNS, removeRun, until } from './runs.mjs';
import { tryWorker, workerTrials } from './worker.mjs';

const { values: options } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    only: { type: 'string' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
});

/** The short form has one run instead of all. */
const SHORT = 'mikt';

const root = Rng.fromSeed(Number(options.seed));
const draws = (label) => {
  const rng = root.fork(label);
  return () => rng.uniform();
};
const place = mkdtempSync(path.join(tmpdir(), 'mikt-faults-'));
// For the user that permissions are taken from.
chmodSync(place, 0o755);
const context = {
  folder: path.join(place, 'run'),
  disk: path.join(place, 'disk'),
  whole: {},
  stopped: {},
  duration: {},
};

/** Each kind of fault: its trials, how one is made, and why it cannot be, where it cannot. */
const KINDS = {
  kill: {
    trials: () => killTrials(options.short ? 2 : 20, draws('kill')),
    attempt: tryKill,
  },
  damage: {
    trials: () =>
      options.short
        ? damageTrials(1, draws('damage'), {
            targets: ['run.json', 'metrics.csv', 'the last checkpoint'],
            hopeless: ['all checkpoints'],
          }).filter(({ fault }) => fault.endsWith('changed'))
        : damageTrials(4, draws('damage')),
    attempt: tryDamage,
  },
  'full-disk': {
    trials: () => fullDiskTrials(options.short ? 1 : 12, draws('full-disk')),
    attempt: tryFullDisk,
    prepare: () => mountSmallDisk(context.disk),
  },
  permissions: {
    trials: () => permissionTrials(options.short ? { limit: 1 } : {}),
    attempt: tryPermission,
    prepare: async () => ({ skipped: await cannotRead() }),
  },
  worker: {
    trials: () => workerTrials(options.short ? 1 : 12, draws('worker')),
    attempt: tryWorker,
  },
};

async function prepareRuns() {
  for (const [kind, args] of Object.entries(RUNS)) {
    if (options.short && kind !== SHORT) continue;
    context.whole[kind] = path.join(place, `whole-${kind}`);
    const startedAt = performance.now();
    const whole = await mikt([...args, '--out', context.whole[kind]]);
    if (whole.status !== 0) throw new Error(whole.stderr);
    context.duration[kind] = performance.now() - startedAt;
    context.stopped[kind] = path.join(place, `stopped-${kind}`);
    await mikt([...args, ...ALONE, '--out', context.stopped[kind]], {
      whileRunning: async (child) => {
        if (await until(() => hasReached(context.stopped[kind], 10), child)) child.kill('SIGKILL');
      },
    });
    rmSync(path.join(place, `.stopped-${kind}.lock`), { force: true });
  }
}

async function tryAll() {
  const results = [];
  const skipped = {};
  for (const [name, { trials, attempt, prepare }] of Object.entries(KINDS)) {
    if (options.only !== undefined && options.only !== name) continue;
    const prepared = await prepare?.();
    if (prepared?.skipped) {
      skipped[name] = prepared.skipped;
      console.error(`${name}: skipped, for ${prepared.skipped}.`);
      continue;
    }
    try {
      for (const planned of trials()) {
        const trial = options.short ? { ...planned, kind: SHORT } : planned;
        const result = {
          group: name,
          run: trial.kind,
          fault: trial.fault,
          ...(await attempt(trial, context)),
        };
        results.push(result);
        console.error(
          `${name}: ${result.fault} (${result.run}): ${result.outcome}${result.why ? `: ${result.why}` : ''}`,
        );
      }
    } finally {
      prepared?.remove?.();
    }
  }
  return { results, skipped };
}

/** Rows of the table: each fault with how often it was tried and what came of it. */
function summarise(results) {
  const rows = new Map();
  for (const { group, fault, outcome } of results) {
    const row = rows.get(fault) ?? {
      group,
      fault,
      tried: 0,
      survived: 0,
      refused: 0,
      'rows lost': 0,
      lost: 0,
    };
    row.tried++;
    row[outcome]++;
    rows.set(fault, row);
  }
  return [...rows.values()];
}

function printTable(rows) {
  const columns = ['tried', 'survived', 'refused', 'rows lost', 'lost'];
  console.log(
    '| Fault | tried | survived | refused with a reason | rows of a log lost, and said so | lost |\n|---|---:|---:|---:|---:|---:|',
  );
  const total = Object.fromEntries(
    columns.map((name) => [name, rows.reduce((sum, row) => sum + row[name], 0)]),
  );
  for (const row of [...rows, { fault: 'all', ...total }]) {
    console.log(`| ${row.fault} | ${columns.map((name) => row[name]).join(' | ')} |`);
  }
  return total;
}

try {
  if (options.only !== undefined && !(options.only in KINDS)) {
    throw new Error(`--only is one of ${Object.keys(KINDS).join(', ')}, got ${options.only}.`);
  }
  await prepareRuns();
  const { results, skipped } = await tryAll();
  const table = summarise(results);
  const total = printTable(table);
  if (options.json) {
    mkdirSync(path.dirname(path.resolve(options.json)), { recursive: true });
    const host = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.versions.node };
    const seed = Number(options.seed);
    writeFileSync(
      options.json,
      `${JSON.stringify({ seed, host, total, skipped, table, trials: results }, null, 2)}\n`,
    );
  }
  if (total.lost > 0) process.exitCode = 1;
} finally {
  removeRun(context.folder);
  rmSync(place, { recursive: true, force: true });
}
