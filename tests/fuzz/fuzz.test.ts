import { readFileSync } from 'node:fs';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../cli.js';
import { commandLines, FILES } from './command-lines.js';
import { type ByteTarget, fuzzGuided } from './guided.js';
import { robotBytes, robots } from './robots.js';
import { makeSamples } from './samples.js';
import { type FuzzResult, fuzz } from './target.js';
import { type AnyTarget, byteTargets, targets } from './targets.js';

// A campaign (bench/fuzz) asks for more cases, another seed and some of the targets, and reads the results.
const CASES = Number(process.env.MIKT_FUZZ_CASES ?? 200);
const SEED = Number(process.env.MIKT_FUZZ_SEED ?? 1);
/** Fewer, for asking V8 what was covered takes longer than most cases do. */
const GUIDED_CASES = Math.ceil(CASES / 5);
const RESULTS = process.env.MIKT_FUZZ_RESULTS;
/** Names of targets, after the way they are changed. */
const WANTED: readonly string[] | undefined =
  process.env.MIKT_FUZZ_TARGETS === undefined ? undefined : JSON.parse(process.env.MIKT_FUZZ_TARGETS);

/**
 * MiB that the heap and buffers may have grown by after a case, garbage that was not collected included. MuJoCo has up to
 * 2,048 by itself, and a copy that has crashed is garbage.
 */
const LARGEST_GROWTH = { usual: 1024, mujoco: 5120 };
/** Milliseconds of a target, by far. */
const TIMEOUT = 60_000 + 300 * CASES;

/** In order; the campaign (bench/fuzz) runs them by these names. */
const { random: RANDOM, guided: GUIDED }: Readonly<Record<'random' | 'guided', readonly string[]>> =
  JSON.parse(readFileSync(new URL('./target-names.json', import.meta.url), 'utf8'));
const IN_MUJOCO = ['robots and tasks', 'model files', 'task files'];

const home = process.cwd();
const { folder, remove } = temporaryFolder();
let random: AnyTarget[];
let guided: ByteTarget[];
beforeAll(async () => {
  const samples = await makeSamples();
  random = [...targets(samples), robots(), commandLines()];
  guided = [...byteTargets(samples), ...robotBytes()];
  // Command lines are tried here, where there is nothing to lose.
  process.chdir(folder);
  await mkdir(FILES.folder);
  await writeFile(FILES.notes, 'Nothing of ours.');
  await writeFile(FILES.study, samples.studies[0]!);
});
afterAll(async () => {
  process.chdir(home);
  remove();
});

it('tries every target', () => {
  expect(random.map(({ name }) => name)).toEqual(RANDOM);
  expect(guided.map(({ name }) => name)).toEqual(GUIDED);
});

const isWanted = (name: string) => WANTED === undefined || WANTED.includes(name);

async function check(kind: string, result: FuzzResult): Promise<void> {
  // At once, for a campaign may be ended before the last target is.
  if (RESULTS) await appendFile(RESULTS, `${JSON.stringify({ kind, seed: SEED, ...result })}\n`);
  expect(result.crash).toBeUndefined();
  const growth = IN_MUJOCO.includes(result.target) ? LARGEST_GROWTH.mujoco : LARGEST_GROWTH.usual;
  expect(result.memoryGrowth).toBeLessThan(growth);
  // A target that takes everything, or nothing, is not tried at all.
  expect(result.accepted).toBeGreaterThan(0);
  expect(result.refused).toBeGreaterThan(0);
}

describe('random changes are taken or refused in a sentence', () => {
  it.for(RANDOM)('%s', { timeout: TIMEOUT }, async (name, { skip }) => {
    skip(!isWanted(`random: ${name}`));
    const result = await fuzz(random.find((target) => target.name === name)!, { cases: CASES, seed: SEED });
    await check('random', result);
  });
});

describe('changes that reach new code are taken or refused in a sentence', () => {
  it.for(GUIDED)('%s', { timeout: TIMEOUT }, async (name, { skip }) => {
    skip(!isWanted(`guided: ${name}`));
    const target = guided.find((each) => each.name === name)!;
    const result = await fuzzGuided(target, { cases: GUIDED_CASES, seed: SEED });
    await check('guided', result);
  });
});
