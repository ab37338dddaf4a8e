import path from 'node:path';
import { InvalidInputError } from '@mikt/core';
import type { PlannedRun } from '@mikt/eval';
import picomatch from 'picomatch';

/**
 * The runs whose folder below the study's one of the patterns matches, in their order; all where there is no pattern. A
 * pattern without `/` is compared with the last part, so that `*-s1` is every run with seed 1.
 * @throws InvalidInputError where a pattern matches none: it is a mistake rather than a wish
 */
export function selectRuns(runs: readonly PlannedRun[], patterns: readonly string[] = []): PlannedRun[] {
  if (patterns.length === 0) return [...runs];
  const selected = new Set<PlannedRun>();
  for (const pattern of patterns) {
    const matches = picomatch(pattern);
    const isWhole = pattern.includes('/');
    const found = runs.filter(({ folder }) => matches(isWhole ? folder : path.posix.basename(folder)));
    if (found.length === 0) {
      throw new InvalidInputError(
        `--only "${pattern}" matches no run of this study; they are called ${runs[0]!.folder} and so on: mikt study plan.`,
      );
    }
    for (const run of found) selected.add(run);
  }
  return runs.filter((run) => selected.has(run));
}
