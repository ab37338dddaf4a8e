/** A box of `size` real numbers. Bounds are per entry, or one number for all; infinite where there is none. */
export interface BoxSpace {
  readonly size: number;
  readonly low: number | readonly number[];
  readonly high: number | readonly number[];
  /** What each entry is, where it is known; the same in another space that has the same part. [size] */
  readonly names?: readonly string[];
}

/** Observation and action space of one environment. */
export interface EnvSpaces {
  readonly observation: BoxSpace;
  readonly action: BoxSpace;
}

/** An unbounded box of `size` entries. */
export function unbounded(size: number, names?: readonly string[]): BoxSpace {
  const space = { size, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  return names === undefined ? space : { ...space, names };
}
