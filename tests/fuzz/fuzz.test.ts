import { mkdir, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../cli.js';
import { commandLines, FILES } from './command-lines.js';
import { type ByteTarget, fuzzGuided } from './guided.js';
import { makeSamples } from './samples.js';
import { type FuzzResult, fuzz } from './target.js';
import { type AnyTarget, byteTargets, targets } from './targets.js';

// A campaign (bench/fuzz) asks for more cases and another seed, and reads the results.
const CASES = Number(process.env.MIKT_FUZZ_CASES ?? 200);
const SEED = Number(process.env.MIKT_FUZZ_SEED ?? 1);
/** Fewer, for asking V8 what was covered takes longer than most cases do. */
const GUIDED_CASES = Math.ceil(CASES / 5);
const RESULTS = process.env.MIKT_FUZZ_RESULTS;

/** MiB that the heap and buffers may have grown by after a case, garbage that was not collected included. */
const LARGEST_GROWTH = 1024;
/** Milliseconds of a target, by far. */
const TIMEOUT = 60_000 + 30 * CASES;

const RANDOM = [
  ...[
    'safetensors',
    'checkpoint files',
    'checkpoint contents',
    'configurations',
    '--set words',
    'study files',
  ],
  ...['run.json', 'metrics.csv and episodes.csv', 'TensorBoard events', 'ONNX policies'],
  ...['Stable-Baselines3 policies', 'recordings', 'command lines'],
];
const GUIDED = [
  ...['safetensors', 'TensorBoard events', 'ONNX policies', 'Stable-Baselines3 policies', 'study files'],
  ...['run.json', 'metrics.csv', 'recordings'],
];

const home = process.cwd();
const { folder, remove } = temporaryFolder();
let random: AnyTarget[];
let guided: ByteTarget[];
const results: (FuzzResult & { readonly kind: string })[] = [];
beforeAll(async () => {
  const samples = await makeSamples();
  random = [...targets(samples), commandLines()];
  guided = byteTargets(samples);
  // Command lines are tried here, where there is nothing to lose.
  process.chdir(folder);
  await mkdir(FILES.folder);
  await writeFile(FILES.notes, 'Nothing of ours.');
  await writeFile(FILES.study, samples.studies[0]!);
});
afterAll(async () => {
  process.chdir(home);
  remove();
  if (RESULTS) await writeFile(RESULTS, `${JSON.stringify(results, undefined, 2)}\n`);
});

it('tries every target', () => {
  expect(random.map(({ name }) => name)).toEqual(RANDOM);
  expect(guided.map(({ name }) => name)).toEqual(GUIDED);
});

function check(result: FuzzResult): void {
  expect(result.crash).toBeUndefined();
  expect(result.memoryGrowth).toBeLessThan(LARGEST_GROWTH);
  // A target that takes everything, or nothing, is not tried at all.
  expect(result.accepted).toBeGreaterThan(0);
  expect(result.refused).toBeGreaterThan(0);
}

describe('random changes are taken or refused in a sentence', () => {
  it.each(RANDOM)(
    '%s',
    async (name) => {
      const result = await fuzz(random.find((target) => target.name === name)!, { cases: CASES, seed: SEED });
      results.push({ kind: 'random', ...result });
      check(result);
    },
    TIMEOUT,
  );
});

describe('changes that reach new code are taken or refused in a sentence', () => {
  it.each(GUIDED)(
    '%s',
    async (name) => {
      const target = guided.find((each) => each.name === name)!;
      const result = await fuzzGuided(target, { cases: GUIDED_CASES, seed: SEED });
      results.push({ kind: 'guided by coverage', ...result });
      check(result);
    },
    TIMEOUT,
  );
});
