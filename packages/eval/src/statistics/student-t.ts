import { InvalidInputError } from '@mikt/core';

/**
 * Distribution function of Student's t, P(T ≤ t).
 * @param degrees of freedom, above 0, not necessarily whole
 */
export function tCdf(t: number, degrees: number): number {
  checkDegrees(degrees);
  // DLMF 8.17 with x = ν / (ν + t²): both tails together are I_x(ν/2, 1/2).
  const tail = regularisedBeta(degrees / (degrees + t * t), degrees / 2, 0.5) / 2;
  return t > 0 ? 1 - tail : tail;
}

/**
 * Quantile of Student's t: the t with P(T ≤ t) = `probability`, to about 12 digits.
 * @param probability in (0, 1)
 * @param degrees of freedom, above 0, not necessarily whole
 */
export function tQuantile(probability: number, degrees: number): number {
  checkDegrees(degrees);
  if (!(probability > 0 && probability < 1)) {
    throw new InvalidInputError(`a quantile is taken at a probability between 0 and 1, got ${probability}.`);
  }
  if (probability === 0.5) return 0;
  if (probability < 0.5) return -tQuantile(1 - probability, degrees);
  let [low, high] = [0, 1];
  while (tCdf(high, degrees) < probability) [low, high] = [high, 2 * high];
  // Bisection: slow and sure, and nobody waits for it.
  for (let i = 0; i < 100 && high - low > 1e-14 * high; i++) {
    const middle = (low + high) / 2;
    if (tCdf(middle, degrees) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Regularised incomplete beta function I_x(a, b) by its continued fraction (DLMF 8.17.22), for 0 ≤ x ≤ 1. */
function regularisedBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast below its mean; beyond it the other side does (DLMF 8.17.4).
  if (x > (a + 1) / (a + b + 2)) return 1 - regularisedBeta(1 - x, b, a);
  const logFactor = a * Math.log(x) + b * Math.log1p(-x) - logBeta(a, b) - Math.log(a);
  return Math.exp(logFactor) * betaFraction(x, a, b);
}

/** 1 / (1 + d₁/(1 + d₂/(1 + …))) of DLMF 8.17.22, evaluated forwards by Lentz's method. */
function betaFraction(x: number, a: number, b: number): number {
  const TINY = 1e-300;
  let value = 1;
  let c = 1;
  let d = 0;
  for (let n = 0; n < 1000; n++) {
    const m = Math.floor(n / 2);
    const coefficient =
      n === 0
        ? 1
        : n % 2 === 0
          ? (m * (b - m) * x) / ((a + n - 1) * (a + n))
          : -((a + m) * (a + b + m) * x) / ((a + n - 1) * (a + n));
    d = 1 + coefficient * d;
    d = 1 / (Math.abs(d) < TINY ? TINY : d);
    c = n === 0 ? 1 / TINY : 1 + coefficient / c;
    if (Math.abs(c) < TINY) c = TINY;
    value = n === 0 ? d : value * c * d;
    if (n > 0 && Math.abs(c * d - 1) < 1e-16) break;
  }
  return value;
}

function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

/** ln Γ(x) for x > 0: Stirling's series (DLMF 5.11.1) where it is exact to double precision, x ≥ 12, and Γ(x+1) = xΓ(x). */
function logGamma(x: number): number {
  let [argument, product] = [x, 1];
  for (; argument < 12; argument++) product *= argument;
  const inverse = 1 / argument;
  const square = inverse * inverse;
  const series =
    inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188))));
  return (
    (argument - 0.5) * Math.log(argument) -
    argument +
    0.5 * Math.log(2 * Math.PI) +
    series -
    Math.log(product)
  );
}

function checkDegrees(degrees: number): void {
  if (degrees > 0) return;
  throw new InvalidInputError(`Student's t has degrees of freedom above 0, got ${degrees}.`);
}
