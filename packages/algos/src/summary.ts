import type { Rollout } from './rollout.js';

/** Undefined for no values. */
export function mean(values: ArrayLike<number>): number | undefined {
  if (values.length === 0) return undefined;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/** Of the population (divisor n); undefined for no values. */
export function standardDeviation(values: ArrayLike<number>): number | undefined {
  const centre = mean(values);
  if (centre === undefined) return undefined;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i]! - centre) ** 2;
  return Math.sqrt(squares / values.length);
}

/** 1 − Var(R − V) / Var(R): 1 where the value function predicts its targets, 0 where it is no better than a constant. */
export function explainedVariance({ returns, values }: Pick<Rollout, 'returns' | 'values'>): number {
  const spread = standardDeviation(returns) ?? 0;
  const error = standardDeviation(returns.map((value, i) => value - values[i]!)) ?? 0;
  return spread === 0 ? Number.NaN : 1 - error ** 2 / spread ** 2;
}

/** Sums of counts by kind, the kinds in alphabetical order. */
export function addCounts(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Record<string, number> {
  const kinds = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  return Object.fromEntries(kinds.map((kind) => [kind, (a[kind] ?? 0) + (b[kind] ?? 0)]));
}
