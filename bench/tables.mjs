// The tables of README.md from a result of `mikt bench --json`:
//
//   node bench/tables.mjs bench/results/DATE-machine.json
import { readFileSync } from 'node:fs';

const result = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const number = (value, digits) =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
const spread = ({ median, low, high }, digits = 0, scale = 1) =>
  `${number(median * scale, digits)} (${number(low * scale, digits)} to ${number(high * scale, digits)})`;
const percent = (value, digits = 0) => (value === undefined ? '–' : `${number(100 * value, digits)}%`);

function table(title, header, rows) {
  console.log(`\n${title}\n`);
  console.log(`| ${header.join(' | ')} |`);
  console.log(`|${header.map((_, i) => (i < 2 ? '---' : '---:')).join('|')}|`);
  for (const row of rows) console.log(`| ${row.join(' | ')} |`);
}

const { machine, kernel = [], minibatches = [], physics = [], training = [] } = result;
console.log(
  `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, load average ${number(machine.loadAverage, 1)} at the end.`,
);
table(
  'Matrix kernel, one thread',
  ['kernel', 'product', 'GFLOP/s'],
  kernel.map(({ form, product, gflops }) => [`wasm ${form}`, product, spread(gflops, 1)]),
);
table(
  'Minibatch',
  ['engine', 'algorithm', 'threads', 'shards', 'ms', 'GFLOP/s', 'of the bare kernel'],
  minibatches.map((row) => [
    row.engine,
    row.algo,
    row.threads,
    row.gradientShards,
    spread(row.milliseconds, 2),
    number(row.gflops, 1),
    percent(row.ofKernel),
  ]),
);
table(
  'Physics',
  ['environment', 'threads', 'steps/s'],
  physics.map(({ env, threads, stepsPerSecond }) => [env, threads, spread(stepsPerSecond)]),
);
table(
  'Training',
  [
    'environment',
    'algorithm',
    'threads',
    'steps/s',
    'its bare physics, steps/s',
    "physics' share of the time",
    'garbage collection',
  ],
  training.map((row) => [
    row.env,
    row.algo,
    row.threads,
    spread(row.stepsPerSecond),
    spread(row.physicsStepsPerSecond),
    `${spread(row.ofPhysics, 0, 100)}%`,
    percent(row.garbage, 2),
  ]),
);
if (result.startUpSeconds !== undefined)
  console.log(`\nStart-up to the first environment step: ${number(result.startUpSeconds, 2)} s.`);
console.log(
  `Peak memory: ${Object.entries(result.peakMegabytes)
    .map(([part, megabytes]) => `${number(megabytes, 0)} MB after ${part}`)
    .join(', ')}.`,
);
