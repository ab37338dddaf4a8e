// Ours and the peers in turn on one machine, round after round: environment steps per second as Markdown tables.
//
//     npm run setup
//     node bench/peers/run.mjs --python venv/bin/python --rounds 3 --json result.json
//
// README.md says what to install. --only training,physics names parts; --peers mikt,cleanrl takes only these of
// the training; --steps and --physics-steps are those of one measurement. Tables go to standard output.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';

const HERE = import.meta.dirname;
const ENVS = ['CentipedeFour', 'CentipedeSix', 'CentipedeEight', 'Ant', 'Hopper'];

const { values: options } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    rounds: { type: 'string', default: '3' },
    steps: { type: 'string', default: '61440' },
    'physics-steps': { type: 'string', default: '10000' },
    only: { type: 'string', default: 'training,physics' },
    peers: { type: 'string', default: 'mikt,stable-baselines3,cleanrl' },
    json: { type: 'string' },
  },
});
const parts = chosen('only', ['training', 'physics']);
const peers = chosen('peers', ['mikt', 'stable-baselines3', 'cleanrl']);
const rounds = wholeNumber('rounds', 1);
// A whole number of updates.
const steps = 2048 * Math.ceil(wholeNumber('steps', 1) / 2048);
const physicsSteps = wholeNumber('physics-steps', 1);

/** Every training: who, its arguments, and what the table calls its settings. */
const TRAININGS = [
  ...[
    [1, 1],
    [2, 2],
    [8, 1],
    [8, 2],
  ].map(([envs, threads]) => ({
    peer: 'mikt',
    command: ['node', 'mikt_ppo.mjs', '--envs', envs, '--threads', threads],
    settings: `${count(envs, 'environment')}, ${count(threads, 'thread')}`,
  })),
  ...[
    [1, false, 1],
    [1, false, 2],
    [2, false, 1],
    [2, true, 1],
    [2, true, 2],
  ].map(([envs, processes, threads]) => ({
    peer: 'stable-baselines3',
    command: [
      ...[options.python, 'stable_baselines3_ppo.py', '--envs', envs, '--torch-threads', threads],
      ...(processes ? ['--processes'] : []),
    ],
    settings: `${count(envs, 'environment')}${processes ? ' in their own processes' : ''}, ${count(threads, 'torch thread')}`,
  })),
  ...[
    [1, 1],
    [1, 2],
    [2, 1],
  ].map(([envs, threads]) => ({
    peer: 'cleanrl',
    command: [options.python, 'cleanrl_ppo.py', '--envs', envs, '--torch-threads', threads],
    settings: `${count(envs, 'environment')}, ${count(threads, 'torch thread')}`,
  })),
].filter(({ peer }) => peers.includes(peer));

const training = TRAININGS.map(({ peer, settings }) => ({ peer, settings, steps, stepsPerSecond: [] }));
const physics = ENVS.map((env) => ({
  env,
  steps: physicsSteps,
  environment: [],
  physics: [],
  native: [],
}));
const versions = {};
const folder = mkdtempSync(join(os.tmpdir(), 'mikt-peers-'));
try {
  for (let round = 1; round <= rounds; round++) {
    if (parts.includes('training')) {
      for (const [i, { peer, command, settings }] of TRAININGS.entries()) {
        const result = await run(`round ${round}: ${peer}, ${settings}`, [...command, '--steps', steps]);
        training[i].stepsPerSecond.push(result.steps / result.seconds);
        versions[peer] = result.versions;
      }
    }
    if (parts.includes('physics')) {
      for (const row of physics) {
        const recording = join(folder, `${row.env}.json`);
        const ours = ['node', 'mikt_physics.mjs', '--env', row.env, '--steps', physicsSteps];
        const wasm = await run(`round ${round}: physics of ${row.env}, WASM`, [
          ...ours,
          '--record',
          recording,
        ]);
        const native = await run(`round ${round}: physics of ${row.env}, native`, [
          options.python,
          'native_physics.py',
          recording,
        ]);
        row.environment.push(wasm.steps / wasm.seconds);
        row.physics.push(wasm.steps / wasm.physicsSeconds);
        row.native.push(native.steps / native.seconds);
        versions['native MuJoCo'] = native.versions;
        versions['WASM MuJoCo'] = wasm.versions;
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const machine = {
  cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
  cores: os.availableParallelism(),
  loadAverage: os.loadavg()[0],
};
if (options.json) {
  const result = {
    machine,
    rounds,
    versions,
    ...(parts.includes('training') ? { training } : {}),
    ...(parts.includes('physics') ? { physics } : {}),
  };
  writeFileSync(options.json, `${JSON.stringify(result, undefined, 2)}\n`);
}
console.log(
  `${machine.cpu}, ${machine.cores} cores, load average ${machine.loadAverage.toFixed(1)} at the end; ${count(rounds, 'round')} in turn: medians, lowest to highest in brackets.`,
);
for (const [name, found] of Object.entries(versions)) {
  const list = Object.entries(found).map(([what, version]) => `${what} ${version}`);
  console.log(`- ${name}: ${list.join(', ')}`);
}
if (parts.includes('training')) printTraining();
if (parts.includes('physics')) printPhysics();

function printTraining() {
  const best = Math.max(
    ...training.filter(({ peer }) => peer === 'mikt').map(({ stepsPerSecond }) => median(stepsPerSecond)),
  );
  printTable(
    ['PPO on Ant', 'settings', 'steps/s', "of mikt's best"],
    training.map(({ peer, settings, stepsPerSecond }) => [
      peer,
      settings,
      cell(stepsPerSecond),
      Number.isFinite(best) ? (median(stepsPerSecond) / best).toFixed(2) : '–',
    ]),
  );
}

/** The ratio is taken within each round: both were measured in the same minute. */
function printPhysics() {
  const ratio = (ours, native) => {
    const values = ours.map((speed, i) => speed / native[i]);
    return `${median(values).toFixed(2)} (${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)})`;
  };
  printTable(
    [
      ...['environment, one thread', 'native physics, steps/s', 'WASM physics, steps/s', 'WASM / native'],
      ...['whole environment steps/s', 'whole / native'],
    ],
    physics.map((row) => [
      ...[row.env, cell(row.native), cell(row.physics), ratio(row.physics, row.native)],
      ...[cell(row.environment), ratio(row.environment, row.native)],
    ]),
  );
}

/** Runs a script of this folder to its end and returns the JSON object that it printed last. */
async function run(what, [program, script, ...given]) {
  process.stderr.write(`${what}\n`);
  const file = program === 'node' ? process.execPath : program;
  const { stdout } = await promisify(execFile)(file, [join(HERE, script), ...given.map(String)], {
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

function printTable(header, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  console.log(['', line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n'));
}

function cell(values) {
  const show = (value) => Math.round(value).toLocaleString('en-US');
  return `${show(median(values))} (${show(Math.min(...values))} to ${show(Math.max(...values))})`;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function count(number, what) {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

function chosen(option, known) {
  const names = options[option].split(',');
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) stop(`--${option} takes ${known.join(', ')}, not "${unknown}".`);
  return names;
}

function wholeNumber(option, minimum) {
  const value = Number(options[option]);
  if (!Number.isSafeInteger(value) || value < minimum)
    stop(`--${option} takes a whole number from ${minimum}, not "${options[option]}".`);
  return value;
}

function stop(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(2);
}
