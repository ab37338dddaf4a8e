// The main job in one command: the zoo's CentipedeFour teacher helps a CentipedeSix, beside the same training from
// scratch and beside a teacher that knows nothing, same seed and steps, all at once; then the report.
//
//   npm start                       as below
//   npm start -- --steps 2_000_000  longer (any option of mikt train)
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const STEPS = '200_000';
const SEED = '1';
const EPISODES = '20';
const STUDENT = 'CentipedeSix';
const TEACHER = 'zoo:CentipedeFour';
// The two robots share parts, and training from scratch is given its best too: docs/results has what this gives.
const [SCRATCH, TRANSFER] = ['tuned', 'matched'];

const cli = fileURLToPath(new URL('../apps/cli/bin/mikt.js', import.meta.url));
const time = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
const given = process.argv.slice(2);
const has = (option) => given.some((word) => word === option || word.startsWith(`${option}=`));
const options = [
  ...(has('--steps') ? [] : ['--steps', STEPS]),
  ...(has('--seed') ? [] : ['--seed', SEED]),
  // A third of the cores each; how many does not change the result.
  ...(has('--threads') ? [] : ['--threads', String(Math.max(1, Math.floor(availableParallelism() / 3)))]),
  ...given,
];

const folder = `runs/start-${time}`;
const transfer = ['transfer', '--teacher', TEACHER, '--env', STUDENT, '--algo', 'mikt', '--preset', TRANSFER];
const runs = [
  { label: 'from scratch', out: `${folder}/scratch`, args: ['train', STUDENT, '--preset', SCRATCH] },
  { label: 'with teacher', out: `${folder}/mikt`, args: transfer },
  { label: 'random teacher', out: `${folder}/random`, args: [...transfer, '--set', 'teacherWeights=random'] },
];

const children = new Set();

/** Runs mikt, what it prints behind a label; resolves to its exit status. */
function mikt(args, label, { progress = true } = {}) {
  return new Promise((resolve, reject) => {
    const stdio = ['ignore', 'pipe', progress ? 'pipe' : 'ignore'];
    const child = spawn(process.execPath, [cli, ...args], { stdio });
    children.add(child);
    for (const stream of [child.stdout, child.stderr].filter(Boolean)) {
      createInterface({ input: stream }).on('line', (line) =>
        console.log(label ? `[${label}] ${line}` : line),
      );
    }
    child.on('error', reject);
    child.on('close', (status, signal) => {
      children.delete(child);
      resolve(signal ? 130 : status);
    });
  });
}

// Ctrl-C reaches the children through the terminal; where it does not (a supervisor), it is passed on.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    for (const child of children) child.kill(signal);
  });
}

console.log(
  `${STUDENT}: training from scratch (preset ${SCRATCH}) beside MIKT (preset ${TRANSFER}) with ${TEACHER}, and with a ` +
    `teacher of random weights, each with ${options.join(' ')}.`,
);
const statuses = await Promise.all(
  runs.map(({ args, out, label }) => mikt([...args, ...options, '--out', out], label)),
);
const failed = statuses.find((status) => status !== 0);
if (failed !== undefined) process.exit(failed);

// What was learned, without the noise it was learned with: returns in training are of actions with noise.
console.log(`Evaluating each on ${EPISODES} whole episodes …`);
await Promise.all(
  runs.map(({ out, label }) => mikt(['eval', out, '--episodes', EPISODES], label, { progress: false })),
);
process.exit(await mikt(['report', ...runs.map(({ out }) => out), '--out', `${folder}/report`]));
