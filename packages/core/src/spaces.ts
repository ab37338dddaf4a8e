/** A box of `size` real numbers. Bounds are per entry, or one number for all; infinite where there is none. */
export interface BoxSpace {
  readonly size: number;
  readonly low: number | readonly number[];
  readonly high: number | readonly number[];
}

/** Observation and action space of one environment. */
export interface EnvSpaces {
  readonly observation: BoxSpace;
  readonly action: BoxSpace;
}

/** An unbounded box of `size` entries. */
export function unbounded(size: number): BoxSpace {
  return { size, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
}
