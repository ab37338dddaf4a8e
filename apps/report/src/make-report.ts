import { readRobot } from '@mikt/algos';
import type { Run } from '@mikt/runs';
import { scoreTable } from './aggregates.js';
import { aggregateFigures, scoresText } from './figures/aggregates.js';
import { drawFigure, type Figure, type FigurePlan } from './figures/figure.js';
import { ablations, learningCurves, type References, teacherComparison } from './figures/learning-curves.js';
import { mixingWeights, teacherWeights, weightsByTeacher } from './figures/mixing.js';
import { transferMeasures } from './figures/transfer.js';
import { listOf } from './format.js';
import { groupRuns } from './methods.js';
import { distinct, type Pair, pairsOf } from './pairs.js';
import type { Report, StudyInput } from './report.js';
import { compareMethodsOfPairs, methodResults } from './results.js';
import { type CreateEnv, describeRobots, type OwnRobots, type Robot } from './robots.js';
import { recordRollouts } from './rollouts.js';
import { describeRuns, type ReportedRun, type RunInput } from './runs.js';
import { verdictOf } from './verdict.js';

export interface MakeReportOptions {
  /** Studies that the runs are of, to say what is missing. */
  readonly studies?: readonly StudyInput[];
  /** Values to draw into an environment's learning curves, e.g. what doing nothing earns. */
  readonly references?: References;
  /** Records policies walking, up to so many bytes of the page together; false for none. Default 4 million. */
  readonly rollouts?: number | false;
  /** Default: by name from @mikt/envs. */
  readonly createEnv?: CreateEnv;
  /** Told what is being done, in a few words. */
  onProgress?(words: string): void;
  /** What earlier reports have drawn, for whoever makes one after the other: what is still the same is not drawn again. */
  readonly cache?: ReportCache;
}

/** What one report leaves for the next. */
export class ReportCache {
  readonly figures = new Map<string, Figure>();
  readonly robots = new Map<string, Robot[]>();
}

const ROLLOUT_BYTES = 4_000_000;

/** Everything that the page shows of these runs, computed and drawn. */
export async function makeReport(
  read: readonly { readonly run: Run; readonly input: RunInput }[],
  options: MakeReportOptions = {},
): Promise<Report> {
  const { studies = [], references = {}, rollouts = ROLLOUT_BYTES, createEnv, onProgress } = options;
  const { cache = new ReportCache() } = options;
  const runs = describeRuns(read).sort((a, b) => (a.name < b.name ? -1 : 1));
  const methods = groupRuns(runs);
  const pairs = pairsOf(methods);
  const comparisons = compareMethodsOfPairs(pairs);
  const draw = drawer(cache, onProgress);
  const curves = await draw([
    learningCurves(pairs, references),
    ...ablations(pairs, references),
    ...teacherComparison(pairs, references),
    ...weightsByTeacher(pairs),
  ]);
  const table = scoreTable(pairs, references);
  const aggregates = await draw(aggregateFigures(table));
  const sections = [];
  for (const pair of pairs) {
    const own = comparisons.byPair.get(pair) ?? [];
    sections.push({
      pair,
      verdict: verdictOf(pair, comparisons),
      results: methodResults(pair.methods),
      figures: await draw([transferMeasures(pair, own), mixingWeights(pair), teacherWeights(pair)]),
    });
  }
  onProgress?.('the robots');
  const names = distinct(pairs.flatMap(({ env, teachers }) => [env, ...teachers])).sort();
  const robots =
    cache.robots.get(names.join()) ?? (await describeRobots(names, createEnv, await ownRobots(runs)));
  cache.robots.set(names.join(), robots);
  return {
    title: titleOf(studies, pairs),
    studies,
    runs,
    methods,
    references,
    comparisons,
    curves,
    aggregates,
    scoresText: scoresText(table),
    pairs: sections,
    robots,
    rollouts:
      rollouts === false
        ? undefined
        : await recordRollouts(pairs, {
            mostBytes: rollouts,
            ...(createEnv && { createEnv }),
            onRollout: (run: ReportedRun) => onProgress?.(`a rollout of ${run.name}`),
          }),
  };
}

/** The users' own robots that runs were made on. */
async function ownRobots(runs: readonly ReportedRun[]): Promise<OwnRobots> {
  const robots = new Map<string, Awaited<ReturnType<typeof readRobot>>>();
  for (const { env, path, manifest } of runs) {
    if (!robots.get(env)) robots.set(env, await readRobot(path, manifest));
  }
  return new Map([...robots].flatMap(([env, robot]) => (robot ? [[env, robot] as const] : [])));
}

/** Draws figures, each under an id of its own, and keeps those that are needed in the cache. */
function drawer(cache: ReportCache, onProgress?: (words: string) => void) {
  const earlier = new Map(cache.figures);
  cache.figures.clear();
  const taken = new Set<string>();
  return async (plans: readonly (FigurePlan | undefined)[]): Promise<Figure[]> => {
    const figures: Figure[] = [];
    for (const plan of plans) {
      if (plan === undefined) continue;
      let { id } = plan;
      for (let number = 2; taken.has(id); number++) id = `${plan.id}-${number}`;
      taken.add(id);
      const key = JSON.stringify({ ...plan, id });
      let figure = earlier.get(key);
      if (figure === undefined) {
        onProgress?.(`the figure ${id}`);
        figure = await drawFigure({ ...plan, id });
      }
      cache.figures.set(key, figure);
      figures.push(figure);
    }
    return figures;
  };
}

function titleOf(studies: readonly StudyInput[], pairs: readonly Pair[]): string {
  if (studies.length > 0) return `Study ${listOf(studies.map(({ name }) => name))}`;
  const titles = pairs.map(({ title }) => title);
  return titles.length > 3 ? `Report: ${titles.length} pairs` : `Report: ${listOf(titles)}`;
}
