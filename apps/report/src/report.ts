import type { Figure } from './figures/figure.js';
import type { References } from './figures/learning-curves.js';
import type { Method } from './methods.js';
import type { Pair } from './pairs.js';
import type { Comparisons, MethodResult } from './results.js';
import type { Robot } from './robots.js';
import type { Rollouts } from './rollouts.js';
import type { ReportedRun } from './runs.js';
import type { Verdict } from './verdict.js';

/** A study whose runs are reported, finished or not. */
export interface StudyInput {
  readonly name: string;
  readonly description?: string;
  /** Its file, as it was given. */
  readonly file: string;
  /** Every run that it asks for. */
  readonly runs: readonly {
    /** What the study calls its method. */
    readonly method: string;
    /** The pair that it belongs to, or its environment. */
    readonly group: string;
    readonly seed: number;
    readonly status: 'planned' | 'running' | 'interrupted' | 'failed' | 'finished';
  }[];
}

/** What a report says about one pair. */
export interface PairSection {
  readonly pair: Pair;
  readonly verdict: Verdict;
  readonly results: readonly MethodResult[];
  readonly figures: readonly Figure[];
}

/** Everything that is on the page. */
export interface Report {
  readonly title: string;
  readonly studies: readonly StudyInput[];
  readonly runs: readonly ReportedRun[];
  readonly methods: readonly Method[];
  readonly references: References;
  readonly comparisons: Comparisons;
  /** Learning curves, variants, teachers: all pairs side by side. */
  readonly curves: readonly Figure[];
  /** Scores of several pairs in one number, and their distribution. */
  readonly aggregates: readonly Figure[];
  /** What those scores are, or why there are none, in sentences. */
  readonly scoresText: string;
  readonly pairs: readonly PairSection[];
  readonly robots: readonly Robot[];
  /** Undefined where none were asked for. */
  readonly rollouts: Rollouts | undefined;
}

/** Every figure of a report, in the order of the page. */
export function figuresOf({ curves, aggregates, pairs }: Report): Figure[] {
  return [...curves, ...aggregates, ...pairs.flatMap(({ figures }) => figures)];
}
