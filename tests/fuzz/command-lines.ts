import fc from 'fast-check';
// An application has no public entry: its own runs when it is loaded.
import { createProgram } from '../../apps/cli/src/program.js';
import { EXIT, reportError } from '../../apps/cli/src/report-error.js';
import { nastyValue } from './mutations.js';
import type { FuzzTarget } from './target.js';

/** Files of the folder that command lines are tried in, by what they are. */
export const FILES = { study: 'study.yaml', notes: 'notes.txt', folder: 'empty' } as const;

/** A file as a folder: whatever begins to train stops at its door, everything before having been checked. */
const NO_FOLDER = ['--out', `${FILES.notes}/run`];

/** Commands with the arguments that they take; none that would serve, measure or act for long. */
const COMMANDS: readonly (readonly string[])[] = [
  ['envs', 'Ant', 'Hopper', 'CentipedeThree', 'CpCentipede0', 'Centipede1e9'],
  ['train', 'Ant', 'CentipedeSix', 'Centipede-1', 'Walker'],
  ['transfer', '--teacher', 'zoo:Hopper', 'zoo:none', '--env', 'Ant', '--algo', 'mikt', 'mlpp', 'vpg', 'ppo'],
  ['resume', FILES.folder, FILES.notes, 'nowhere'],
  ['runs', FILES.folder, FILES.notes, '--sort', 'return', '--filter', 'env=Ant', 'compare'],
  ['eval', FILES.notes, FILES.folder, '--episodes', '--sample'],
  ['export', FILES.notes, FILES.folder, 'policy.onnx', '--format'],
  ['import', FILES.notes, 'policy.onnx', '--env', 'Hopper', '--normaliser'],
  ['report', FILES.folder, FILES.notes, FILES.study, '--no-idle', '--runs'],
  ['study', 'plan', 'status', 'measure', FILES.study, FILES.notes, '--at', '--threshold', '--baseline'],
  ['watch', FILES.folder, FILES.notes, '--port', '--record'],
];

const OPTIONS = [
  ...[
    '--steps',
    '--seed',
    '--envs',
    '--out',
    '--preset',
    '--set',
    '--engine',
    '--threads',
    '--json',
    '--help',
  ],
  ...['--teacher', '--env', '--algo', '--episodes', '--version', '-h', '-x', '--', '-', '--no', '--set='],
];
const VALUES = [
  ...['0', '-1', '1e999', '2_000', '2e6', '0x10', 'NaN', '1.5', '', ' ', 'paper', 'wasm', 'tfjs', 'cuda'],
  ...['learningRate=0', 'learningRate=1e-4', 'env=Ant', '__proto__=1', 'policyHidden=[64]', 'steps=5', '=1'],
  ...['../outside', '/outside', 'zoo:../x', 'zoo:', 'file:///outside', 'http://127.0.0.1/', '\u202e'],
];

function commandLine(): fc.Arbitrary<string[]> {
  const nasty = nastyValue.filter((value) => typeof value === 'string');
  return fc.constantFrom(...COMMANDS).chain(([command, ...own]) => {
    const word = fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...own) },
      { weight: 3, arbitrary: fc.constantFrom(...OPTIONS) },
      { weight: 3, arbitrary: fc.constantFrom(...VALUES) },
      { weight: 1, arbitrary: nasty },
    );
    const rest = command === 'train' || command === 'transfer' ? NO_FOLDER : [];
    return fc
      .array(word as fc.Arbitrary<string>, { maxLength: 8 })
      .map((words) => [command!, ...words, ...rest]);
  });
}

/** Runs in the current folder, which holds `FILES` and nothing else. */
export function commandLines(): FuzzTarget<string[]> {
  return {
    name: 'command lines',
    cases: commandLine(),
    async feed(words) {
      const { status, said } = await runQuietly(words);
      if (said.includes('no sentence for')) throw new Error(`${words.join(' ')}: ${said}`);
      if (status !== EXIT.done && !/^(mikt|error|Usage): .{10,}/m.test(said)) {
        throw new Error(`${words.join(' ')} ended with ${status} and without a sentence: ${said}`);
      }
      if (status !== EXIT.done && status !== EXIT.failed && status !== EXIT.usage) {
        throw new Error(`${words.join(' ')} ended with ${status}`);
      }
      return status === EXIT.done ? undefined : `status ${status}`;
    },
  };
}

async function runQuietly(words: readonly string[]): Promise<{ status: number; said: string }> {
  const { exitCode: before } = process;
  const streams = [process.stdout, process.stderr] as const;
  const writes = streams.map((stream) => stream.write);
  let said = '';
  for (const stream of streams) {
    stream.write = ((text: string | Uint8Array) => {
      said += String(text);
      return true;
    }) as typeof stream.write;
  }
  let status: number;
  try {
    process.exitCode = EXIT.done;
    await createProgram().parseAsync(['node', 'mikt', ...words]);
    status = Number(process.exitCode);
  } catch (error) {
    status = reportError(error);
  } finally {
    streams.forEach((stream, i) => {
      stream.write = writes[i]!;
    });
    process.exitCode = before;
  }
  return { status, said };
}
