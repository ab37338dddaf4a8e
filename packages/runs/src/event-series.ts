import type { EventRecord } from './event-records.js';

/** The points of one tag, in the order of their steps. */
export interface ScalarSeries {
  /** Environment steps, [points]. */
  readonly steps: Float64Array;
  /** Values as the 32-bit floats they are stored as, [points]. */
  readonly values: Float64Array;
  /** Seconds since 1970 when each was written, [points]. */
  readonly wallTimes: Float64Array;
}

/**
 * The scalars of a run by tag, as TensorBoard shows them: where a later session starts, what earlier ones say of its
 * first step and later ones is dropped.
 * @param files the records of a run's event files (`decodeEvents`), in the order of the files' names
 */
export function scalarSeries(files: readonly (readonly EventRecord[])[]): Record<string, ScalarSeries> {
  const byTag = new Map<string, { step: number; value: number; wallTime: number }[]>();
  for (const { step, wallTime, scalars = {}, sessionStart } of files.flat()) {
    if (sessionStart) {
      for (const [tag, points] of byTag) {
        byTag.set(
          tag,
          points.filter((point) => point.step < step),
        );
      }
    }
    for (const [tag, value] of Object.entries(scalars)) {
      const points = byTag.get(tag) ?? [];
      byTag.set(tag, points);
      points.push({ step, value, wallTime });
    }
  }
  const series = [...byTag].map(([tag, points]): [string, ScalarSeries] => [
    tag,
    {
      steps: Float64Array.from(points, ({ step }) => step),
      values: Float64Array.from(points, ({ value }) => value),
      wallTimes: Float64Array.from(points, ({ wallTime }) => wallTime),
    },
  ]);
  return Object.fromEntries(series);
}
