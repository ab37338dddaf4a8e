/** Lower and upper end. */
export type Range = readonly [number, number];

/** Round values within a range, about `count` of them. */
export function ticks([low, high]: Range, count: number): number[] {
  const rough = (high - low) / Math.max(2, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const values: number[] = [];
  for (let k = Math.ceil(low / step); k * step <= high; k++) values.push(Number((k * step).toPrecision(12)));
  return values;
}

/** 500, 250k, 1.5M. */
export function shortNumber(value: number): string {
  if (Math.abs(value) >= 1e6) return `${Number((value / 1e6).toPrecision(4))}M`;
  return Math.abs(value) >= 1e3 ? `${Number((value / 1e3).toPrecision(4))}k` : String(value);
}
