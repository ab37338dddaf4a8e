// How heavy the page of `mikt report` is with 100 runs of two million steps, and how soon it is seen.
//
//     npm run setup && node bench/report-page.mjs [--out FOLDER] [--keep]
//
// The runs are made up (curves of noise, every column of a real run, 977 rows and 5,000 episodes each); their
// checkpoints are the zoo's, so that recordings are of policies that walk. First paint is Chromium's own
// first-contentful-paint of the page opened from disk, in a new profile each time. Prints one JSON object.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { writeReport } from '../apps/report/dist/index.js';
import {
  metricColumns,
  presetValues,
  resolveConfig,
  teacherFromCheckpoint,
} from '../packages/algos/dist/index.js';
import { Rng } from '../packages/core/dist/index.js';
import { createRun, readCheckpoint } from '../packages/runs/dist/index.js';

const require = createRequire(new URL('../tests/package.json', import.meta.url));
const { chromium } = require('playwright-core');

const { values: options } = parseArgs({
  options: { out: { type: 'string' }, keep: { type: 'boolean', default: false } },
});
const STEPS = 2_000_000;
const EPISODES = 5000;
const SEEDS = [1, 2, 3, 4, 5];
const ENVS = ['CentipedeSix', 'CentipedeFour', 'Ant'];
const PAIRS = [
  ['CentipedeFour', 'CentipedeSix'],
  ['Hopper', 'CentipedeSix'],
  ['Ant', 'CentipedeSix'],
  ['CentipedeSix', 'CentipedeFour'],
  ['CentipedeFour', 'Ant'],
  ['CentipedeSix', 'Ant'],
];
const METHODS = [
  ['MLPP', 'mlpp', {}],
  ['MIKT', 'mikt', presetValues('mikt', 'paper')],
];
const VARIANTS = [
  ['MIKT, w/o MI', 'mikt', { ...presetValues('mikt', 'paper'), miCoefficient: 0 }],
  ['MIKT, w/o RL gradients', 'mikt', { ...presetValues('mikt', 'paper'), rlGradients: false }],
];
/** 15 from scratch, 60 of two methods on six pairs, 20 of two variants on two, 5 of a control: 100. */
const KINDS = [
  ...ENVS.map((env) => [undefined, env, ['PPO (VPG)', 'ppo', {}]]),
  ...PAIRS.flatMap(([teacher, env]) => METHODS.map((method) => [teacher, env, method])),
  ...PAIRS.slice(0, 2).flatMap(([teacher, env]) => VARIANTS.map((method) => [teacher, env, method])),
  [
    ...PAIRS[0],
    ['MIKT, random teacher', 'mikt', { ...presetValues('mikt', 'paper'), teacherWeights: 'random' }],
  ],
];

const folder = options.out ?? mkdtempSync(path.join(tmpdir(), 'mikt-report-page-'));
const zoo = fileURLToPath(new URL('../zoo', import.meta.url));

const runs = [];
for (const [teacher, env, [method, algo, set]] of KINDS) {
  for (const seed of SEEDS) runs.push(await makeRun({ teacher, env, method, algo, set, seed }));
}

const out = path.join(folder, 'report');
const references = Object.fromEntries(ENVS.map((env) => [env, [{ label: 'doing nothing', value: 170 }]]));
const made = await timed(() => writeReport({ runs, out, references }));
const light = await timed(() =>
  writeReport({ runs, out: path.join(folder, 'light'), references, rollouts: false, png: false }),
);
const result = {
  runs: runs.length,
  rows: Math.ceil(STEPS / 2048),
  machine: `${cpus().length} x ${cpus()[0].model}, Node ${process.versions.node}`,
  page: {
    megabytes: mega(made.value.bytes),
    seconds: made.seconds,
    figures: made.value.figures.length,
    withData: mega(sizeOf(out)),
    ...(await paint(made.value.index)),
  },
  withoutRollouts: {
    megabytes: mega(light.value.bytes),
    seconds: light.seconds,
    ...(await paint(light.value.index)),
  },
};
process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
if (!options.keep && options.out === undefined) rmSync(folder, { recursive: true });

async function makeRun({ teacher, env, method, algo, set, seed }) {
  const config = { ...resolveConfig({ ...set, env, algo, seed, steps: STEPS }) };
  const name = `${teacher ?? 'none'}-${env}-${method.replaceAll(/\W+/g, '-').toLowerCase()}-s${seed}`;
  const run = path.join(folder, 'runs', name);
  const file = path.join(zoo, `${teacher}.safetensors`);
  const known = teacher ? [teacherFromCheckpoint(await readCheckpoint(file), `zoo:${teacher}`)] : [];
  const columns = metricColumns(config, known);
  const teachers = known.map(({ source, env, fingerprint }) => ({ source, env, fingerprint }));
  const writer = await createRun(
    run,
    {
      ...{ name, env, method, seed, teachers, config },
      ...{ algo: config.algo, steps: config.steps },
      createdAt: '2026-01-02T03:04:05.678Z',
      command: ['mikt', 'made', 'up'],
      status: 'finished',
      versions: { mikt: '0.0.0', node: process.versions.node, mujoco: '3.14.0', engine: 'none' },
      host: { platform: 'linux', arch: 'x64', cores: 2, cpu: 'made up' },
    },
    columns,
  );
  const rng = Rng.fromSeed(seed).fork(name);
  const rows = config.steps / 2048;
  const level = 800 + 700 * rng.uniform();
  let wander = 0;
  for (let row = 0; row < rows; row++) {
    const progress = (row + 1) / rows;
    wander = 0.97 * wander + 15 * rng.normal();
    const told = {
      update: row,
      steps: 2048 * (row + 1),
      seconds: 2.5 * (row + 1),
      return_100: level / (1 + Math.exp(-10 * (progress - 0.4))) - 50 + wander,
      phase: progress <= 0.45 ? 1 : progress <= 0.9 ? 2 : 3,
    };
    writer.appendMetrics(
      Object.fromEntries(
        columns.map((column) => [
          column,
          told[column] ?? (column.startsWith('mixing/') && progress > 0.9 ? undefined : rng.uniform()),
        ]),
      ),
    );
  }
  for (let episode = 1; episode <= EPISODES; episode++) {
    writer.appendEpisode({ steps: 400 * episode, return: 1000 * rng.uniform(), length: 400 });
  }
  writer.close();
  mkdirSync(path.join(run, 'checkpoints'), { recursive: true });
  cpSync(path.join(zoo, `${env}.safetensors`), path.join(run, 'checkpoints', '0002000896.safetensors'));
  return run;
}

/** Of five loads, each in a browser of its own. */
async function paint(index) {
  const loads = [];
  for (let i = 0; i < 5; i++) {
    const browser = await chromium.launch({
      executablePath: process.env.MIKT_CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu'],
    });
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.goto(pathToFileURL(index).href);
    loads.push(
      await page.evaluate(async () => {
        while (performance.getEntriesByName('first-contentful-paint').length === 0) {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        return {
          paint: performance.getEntriesByName('first-contentful-paint')[0].startTime,
          loaded: performance.getEntriesByType('navigation')[0].loadEventEnd,
          elements: document.querySelectorAll('*').length,
        };
      }),
    );
    await browser.close();
  }
  const middle = (key) => Math.round(loads.map((load) => load[key]).sort((a, b) => a - b)[2]);
  return {
    firstPaintMilliseconds: middle('paint'),
    loadedMilliseconds: middle('loaded'),
    slowestFirstPaint: Math.round(Math.max(...loads.map((load) => load.paint))),
    elements: loads[0].elements,
  };
}

async function timed(work) {
  const begun = performance.now();
  const value = await work();
  return { value, seconds: Math.round((performance.now() - begun) / 100) / 10 };
}

function sizeOf(where) {
  return readdirSync(where, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).size, 0);
}

function mega(bytes) {
  return Math.round(bytes / 1e4) / 100;
}
