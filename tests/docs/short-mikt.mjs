// `mikt` as the blocks of the pages get it when they are tested: the built command with the arguments that they give,
// and less to do. What is shorter is all here:
//
// - trainings take a 1,000th of their steps (512 at least), in updates of 128 steps with two minibatches and two
//   epochs, unless the block says otherwise by --set; MIKT's student is then set free whatever its mixing weights;
// - evaluations take one episode, recordings 40 steps at most;
// - reports leave out the line of doing nothing, which takes 30 episodes in each environment, and PNG files;
// - trainings stay on one thread, unless the block gives --threads;
// - what serves a page until Ctrl-C (watch, playground, report --live) is asked for the page, and then gets its Ctrl-C.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SHARE = 1000;
const FEWEST_STEPS = 512;
const SHORT_UPDATES = { stepsPerUpdate: 128, minibatches: 2, epochs: 2 };

const cli = fileURLToPath(new URL('../../apps/cli/bin/mikt.js', import.meta.url));
const given = process.argv.slice(2);
const [command] = given;
const has = (option) => given.includes(option);

/** The arguments with an option's value replaced, or added where it is not given and `missing` is. */
function withOption(args, option, change, missing) {
  const at = args.indexOf(option);
  if (at >= 0) return [...args.slice(0, at + 1), change(args[at + 1]), ...args.slice(at + 2)];
  return missing === undefined ? args : [...args, option, change(missing)];
}

const number = (text) => Number(text.replaceAll('_', ''));
const fewerSteps = (text) => String(Math.max(FEWEST_STEPS, Math.ceil(number(text) / SHARE)));
const atMost = (most) => (text) => String(Math.min(most, number(text)));

function shorten(args) {
  // A help text is a help text.
  if (has('--help')) return args;
  switch (command) {
    case 'train':
    case 'transfer': {
      const algo = args[args.indexOf('--algo') + 1];
      const isMikt = command === 'transfer' && (algo === 'mikt' || !has('--algo'));
      const keys = { ...SHORT_UPDATES, ...(isMikt ? { handOverThreshold: 0 } : {}) };
      const missing = Object.entries(keys).filter(
        ([key]) => !args.some((word) => word.startsWith(`${key}=`)),
      );
      const set = missing.flatMap(([key, value]) => ['--set', `${key}=${value}`]);
      return [...withOption(args, '--steps', fewerSteps, '1_000_000'), ...set];
    }
    case 'resume':
      return withOption(args, '--steps', fewerSteps);
    case 'eval':
      return withOption(args, '--episodes', atMost(1), '10');
    case 'watch':
      return has('--record') ? withOption(args, '--steps', atMost(40), '40') : args;
    case 'report':
      return [...new Set([...args, '--no-idle', '--no-png'])];
    default:
      return args;
  }
}

const serves =
  !has('--help') &&
  ((command === 'watch' && !has('--record')) ||
    (command === 'playground' && !has('--out')) ||
    (command === 'report' && has('--live')));
const child = spawn(process.execPath, [cli, ...shorten(given)], {
  stdio: ['inherit', serves ? 'pipe' : 'inherit', 'inherit'],
  env: { ...process.env, MIKT_NO_THREADS: has('--threads') ? '0' : '1' },
});
child.on('close', (status) => {
  process.exitCode = status ?? 1;
});

if (serves) {
  let printed = '';
  let asked = false;
  child.stdout.on('data', async (data) => {
    process.stdout.write(data);
    printed += data;
    const [address] = /http:\/\/[\w.:]+\/\S*/.exec(printed) ?? [];
    if (address === undefined || asked) return;
    asked = true;
    const { status } = await fetch(address);
    if (status !== 200) console.error(`${address} answered ${status}.`);
    // Ctrl-C ends it with status 0; anything else is its failure.
    child.kill(status === 200 ? 'SIGINT' : 'SIGKILL');
  });
}
