import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { readRun } from '@mikt/runs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { scoreTable } from '../aggregates.js';
import { groupRuns } from '../methods.js';
import { type Pair, pairsOf } from '../pairs.js';
import { compareMethodsOfPairs } from '../results.js';
import { describeRuns } from '../runs.js';
import { type SampleRun, writeSampleRun } from '../sample-runs.js';
import { aggregateFigures } from './aggregates.js';
import { drawFigure, type FigurePlan } from './figure.js';
import { ablations, learningCurves, type References, teacherComparison } from './learning-curves.js';
import { mixingWeights, weightsByTeacher } from './mixing.js';
import { toPng } from './png.js';
import { transferMeasures } from './transfer.js';

// Pictures as they were looked at: `UPDATE_PNG=1 npx vitest run apps/report/src/figures -u` draws them again, to be
// looked at again. The runs are made up, from seeds.
const GOLDEN = path.join(import.meta.dirname, '../testdata');

let parent: string;
let pairs: Pair[];
const references: References = {
  CentipedeSix: [{ label: 'doing nothing', value: 170 }],
  Ant: [{ label: 'doing nothing', value: 990 }],
};

beforeAll(async () => {
  parent = await fs.mkdtemp(path.join(os.tmpdir(), 'mikt-golden-'));
  const base = { env: 'CentipedeSix', steps: 200_000 };
  const samples: Omit<SampleRun, 'seed'>[] = [
    { ...base, algo: 'ppo', final: 1000 },
    { ...base, algo: 'mikt', teacher: 'CentipedeFour', final: 1500 },
    { ...base, algo: 'mlpp', teacher: 'CentipedeFour', final: 1050 },
    { ...base, algo: 'mikt', teacher: 'Hopper', final: 1100 },
    { ...base, env: 'Ant', algo: 'ppo', final: 1200 },
    { ...base, env: 'Ant', algo: 'mikt', teacher: 'CentipedeFour', final: 1300 },
  ];
  const made: SampleRun[] = samples.flatMap((sample) =>
    [1, 2, 3].map((seed) => ({
      ...sample,
      seed,
      changes: { name: `${sample.env}-${sample.algo}-${sample.teacher}-s${seed}` },
    })),
  );
  // One that is still going on, and one of a variant.
  made.push({ ...made[3]!, seed: 4, updates: 40, changes: { name: 'unfinished' } });
  made.push({ ...made[3]!, changes: { name: 'ablation', method: 'MIKT, w/o MI', config: { mi: 0 } } });
  const read = [];
  for (const sample of made) {
    const folder = await writeSampleRun(parent, sample);
    read.push({ run: await readRun(folder), input: { folder } });
  }
  pairs = pairsOf(groupRuns(describeRuns(read)));
});
afterAll(() => fs.rm(parent, { recursive: true }));

const pairOf = (title: string) => pairs.find((pair) => pair.title === title)!;
const four = 'CentipedeFour to CentipedeSix';

const FIGURES: readonly [string, () => FigurePlan | undefined][] = [
  ['learning-curves', () => learningCurves(pairs, references)],
  ['learning-curves-single', () => learningCurves([pairOf(four)], references)],
  ['variants', () => ablations(pairs, references)[0]],
  ['teachers', () => teacherComparison(pairs, references)[0]],
  ['weights-by-teacher', () => weightsByTeacher(pairs)[0]],
  ['mixing-weights', () => mixingWeights(pairOf(four))],
  [
    'transfer',
    () => transferMeasures(pairOf(four), compareMethodsOfPairs(pairs).byPair.get(pairOf(four)) ?? []),
  ],
  ['aggregate-scores', () => aggregateFigures(scoreTable(pairs, references))[0]],
  ['improvement', () => aggregateFigures(scoreTable(pairs, references))[1]],
  ['profiles', () => aggregateFigures(scoreTable(pairs, references))[2]],
  ['sample-efficiency', () => aggregateFigures(scoreTable(pairs, references))[3]],
];

it.each(FIGURES)('%s is as it was', async (name, plan) => {
  const { file, drawn } = await drawFigure(plan()!);
  await expect(file).toMatchFileSnapshot(path.join(GOLDEN, `${name}.svg`));
  // What the page shows is drawn from the same, without title and legend.
  expect(drawn.length).toBeGreaterThan(0);
});

it('PNG has the same pixels as the SVG that was looked at', async () => {
  const svg = await fs.readFile(path.join(GOLDEN, 'learning-curves-single.svg'), 'utf8');
  const golden = path.join(GOLDEN, 'learning-curves-single.png');
  const png = await toPng(svg, 1);
  if (process.env.UPDATE_PNG) await fs.writeFile(golden, png);
  expect(Buffer.from(png).equals(await fs.readFile(golden))).toBe(true);
});
