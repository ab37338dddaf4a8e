import { normaliseScores, type RunNames, type ScoreReference, type Scores } from '@mikt/eval';
import type { References } from './figures/learning-curves.js';
import { listOf } from './format.js';
import type { Method } from './methods.js';
import { distinct, type Pair, splitVariants } from './pairs.js';
import { finishedRuns, lengthOf } from './results.js';

/** A method's scores on the pairs that all methods of the table have. */
export interface ScoredMethod {
  /** Its method on the first of the pairs, for its label and look. */
  readonly method: Method;
  /** By pair, a run's normalised final return each. */
  readonly scores: Scores;
  /** Paths of the same runs. */
  readonly names: RunNames;
  /** Number of different runs. */
  readonly runs: number;
}

/** Final returns of several methods on one scale: 0 is doing nothing, 1 the baseline's mean final return. */
export interface ScoreTable {
  readonly pairs: readonly Pair[];
  readonly baseline: string;
  readonly references: Readonly<Record<string, ScoreReference>>;
  /** The baseline first. */
  readonly methods: readonly ScoredMethod[];
  /** Pairs that are not in it, and why, in sentences. */
  readonly remarks: readonly string[];
}

/** Runs of a method below which one number for all of them says no more than a mean. */
const FEWEST_RUNS = 4;

/**
 * Normalises the final returns of finished runs, for statistics over several pairs (Agarwal et al. 2021).
 * @returns why there are no scores, in sentences, where there are too few runs or no scale
 */
export function scoreTable(pairs: readonly Pair[], references: References): ScoreTable | string {
  const baselines = distinct(pairs.flatMap(({ baseline }) => baseline?.label ?? []));
  if (baselines.length === 0) return 'There is no baseline to scale them by.';
  if (baselines.length > 1) return `The baseline is not the same everywhere: ${listOf(baselines)}.`;
  const remarks: string[] = [];
  const scales: Record<string, ScoreReference> = {};
  const usable = pairs.filter((pair) => {
    const scale = scaleOf(pair, references);
    if (typeof scale === 'string') remarks.push(scale);
    else scales[pair.title] = scale;
    return typeof scale !== 'string';
  });
  const baseline = baselines[0]!;
  const labels = distinct(usable.flatMap((pair) => splitVariants(pair).main.map(({ label }) => label)));
  if (usable.length === 0) return remarks.join(' ');
  // A method of few pairs would take the others off the table.
  const onAll = labels.filter((label) => usable.every((pair) => comparable(pair, label) !== undefined));
  const candidates = [baseline, ...onAll.filter((label) => label !== baseline)].map((label) =>
    scored(usable, label, scales),
  );
  const methods = candidates.filter(({ runs }) => runs >= FEWEST_RUNS);
  if (methods.length < 2 || methods[0]!.method.label !== baseline) {
    const found = listOf(candidates.map(({ method, runs }) => `${method.label} ${runs}`));
    const wanted = `They need ${baseline} and another method with at least ${FEWEST_RUNS} finished runs each, of one length, on every pair`;
    return [`${wanted}; there are: ${found}.`, ...remarks].join(' ');
  }
  const left = labels.filter((label) => !onAll.includes(label));
  if (left.length > 0) remarks.push(`Without finished runs of one length on every pair: ${left.join(', ')}.`);
  return { pairs: usable, baseline, references: scales, methods, remarks };
}

/** A pair's scale, or why it has none. */
function scaleOf(pair: Pair, references: References): ScoreReference | string {
  const low = Object.hasOwn(references, pair.env) ? references[pair.env]![0]?.value : undefined;
  if (low === undefined) return `${pair.title} is left out: what doing nothing earns was not measured.`;
  const runs = pair.baseline ? finishedRuns(pair.baseline) : [];
  const finals = runs.flatMap((run) => run.finalReturn ?? []);
  if (finals.length === 0) return `${pair.title} is left out: no run of the baseline is finished.`;
  const high = finals.reduce((sum, value) => sum + value, 0) / finals.length;
  return high > low
    ? { low, high }
    : `${pair.title} is left out: its baseline ends no higher than doing nothing, so there is no scale.`;
}

/** A method's finished runs on a pair, where they are of the baseline's length. */
function comparable(pair: Pair, label: string): Method | undefined {
  const method = pair.methods.find((each) => each.label === label);
  if (method === undefined || lengthOf(method) !== lengthOf(pair.baseline!)) return undefined;
  return finishedRuns(method).some((run) => run.finalReturn !== undefined) ? method : undefined;
}

function scored(
  pairs: readonly Pair[],
  label: string,
  references: Readonly<Record<string, ScoreReference>>,
): ScoredMethod {
  const entries = pairs.map((pair) => {
    const runs = finishedRuns(comparable(pair, label)!).filter((run) => run.finalReturn !== undefined);
    return { title: pair.title, runs };
  });
  const returns = Object.fromEntries(
    entries.map(({ title, runs }) => [title, runs.map((run) => run.finalReturn!)]),
  );
  return {
    method: comparable(pairs[0]!, label)!,
    scores: normaliseScores(returns, references),
    names: Object.fromEntries(entries.map(({ title, runs }) => [title, runs.map((run) => run.path)])),
    runs: new Set(entries.flatMap(({ runs }) => runs.map((run) => run.path))).size,
  };
}
