import type { FunctionCode } from './function-code.js';
import { type Code, f32x4, i32x4, v128 } from './instructions.js';
import { type ElementwiseOp, FLUSHED_BELOW } from './values.js';

/*
 * Elementary functions of four floats at once, to a few units in the last place. Where nothing else is said,
 * polynomials are those of the Cephes library's single-precision functions (S. L. Moshier), whose error bounds are
 * published with it.
 */

/** The result of an operation on vectors that are read from locals. */
type VectorFunction = (f: FunctionCode, a: Code, b: Code) => Code;

export const VECTOR_FUNCTIONS: Readonly<Record<ElementwiseOp, VectorFunction>> = {
  copy: (_, a) => a,
  neg: (_, a) => f32x4.neg(a),
  exp,
  log,
  sqrt: (_, a) => f32x4.sqrt(a),
  square: (_, a) => f32x4.mul(a, a),
  tanh,
  sigmoid,
  softplus,
  relu: (f, a) => f32x4.max(a, f.splat(0)),
  add: (_, a, b) => f32x4.add(a, b),
  sub: (_, a, b) => f32x4.sub(a, b),
  mul: (_, a, b) => f32x4.mul(a, b),
  div: (_, a, b) => f32x4.div(a, b),
  maximum: (_, a, b) => f32x4.max(a, b),
  minimum: (_, a, b) => f32x4.min(a, b),
  // The number comes second: a NaN in a stays.
  atLeast: (_, a, b) => f32x4.pmax(a, b),
  atMost: (_, a, b) => f32x4.pmin(a, b),
  // A NaN is not smaller and stays.
  flush: (f, a) => v128.bitselect(f.splat(0), a, f32x4.lt(f32x4.abs(a), f.splat(FLUSHED_BELOW))),
  greaterEqual: (f, a, b) => v128.and(f32x4.ge(a, b), f.splat(1)),
};

/** c₀ xⁿ + c₁ xⁿ⁻¹ + … + cₙ */
function polynomial(f: FunctionCode, x: Code, [first, ...others]: readonly number[]): Code {
  return others.reduce((sum, coefficient) => f.madd(sum, x, f.splat(coefficient)), f.splat(first!));
}

/** From 9.01 on tanh rounds to 1; here its approximation, whichever way it is rounded, has passed 1. */
const TANH_LIMIT = 9.2;

/** 2ⁿ for integers n within a float's normal exponents. */
function powerOfTwo(f: FunctionCode, n: Code): Code {
  return i32x4.shl(i32x4.add(n, f.splatInteger(127)), 23);
}

/** eʳ for r = x − n log 2, where n is x / log 2 rounded to an integer. */
function expRemainder(f: FunctionCode, x: Code, n: Code): Code {
  // log 2 in two parts, so that the first product is exact.
  const most = f32x4.sub(x, f32x4.mul(n, f.splat(0.693359375)));
  const r = f.keep(f32x4.sub(most, f32x4.mul(n, f.splat(-2.1219444e-4))));
  const p = polynomial(
    f,
    r,
    [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1],
  );
  return f32x4.add(f.madd(p, f32x4.mul(r, r), r), f.splat(1));
}

function exponentOf(f: FunctionCode, x: Code): Code {
  return f.keep(f32x4.nearest(f32x4.mul(x, f.splat(Math.LOG2E))));
}

function exp(f: FunctionCode, x: Code): Code {
  // Beyond these limits the result is infinite or zero anyway. pmin and pmax keep a NaN in their first operand.
  const limited = f.keep(f32x4.pmax(f32x4.pmin(x, f.splat(89)), f.splat(-104.5)));
  const n = exponentOf(f, limited);
  // 2ⁿ in two factors: it may itself lie outside the normal numbers.
  const exponent = f.keep(i32x4.truncSatF32x4(n));
  const half = f.keep(i32x4.shrS(exponent, 1));
  const p = expRemainder(f, limited, n);
  return f32x4.mul(f32x4.mul(p, powerOfTwo(f, half)), powerOfTwo(f, i32x4.sub(exponent, half)));
}

function log(f: FunctionCode, x: Code): Code {
  // Denormal numbers are scaled into the normal range first.
  const small = f.keep(f32x4.lt(x, f.splat(2 ** -126)));
  const scaled = v128.bitselect(f32x4.mul(x, f.splat(2 ** 23)), x, small);
  // x = m · 2ᵉ with m in [√½, √2)
  const bits = f.keep(i32x4.sub(scaled, f.splatInteger(0x3f3504f3)));
  const shifted = f32x4.convertI32x4(i32x4.shrS(bits, 23));
  const e = f.keep(f32x4.sub(shifted, v128.and(small, f.splat(23))));
  const m = i32x4.add(v128.and(bits, f.splatInteger(0x007fffff)), f.splatInteger(0x3f3504f3));
  const r = f.keep(f32x4.sub(m, f.splat(1)));
  const square = f.keep(f32x4.mul(r, r));
  const p = polynomial(f, r, [
    ...[7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1],
    ...[-1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1],
  ]);
  const cubic = f32x4.mul(f32x4.mul(p, r), square);
  const tail = f.madd(square, f.splat(-0.5), f.madd(e, f.splat(-2.1219444e-4), cubic));
  const result = f.madd(e, f.splat(0.693359375), f32x4.add(r, tail));
  // log ∞ = ∞ and NaN stays; log 0 = −∞; below 0 it is not a number.
  const finite = v128.bitselect(result, x, f32x4.lt(x, f.splat(Number.POSITIVE_INFINITY)));
  const positive = v128.bitselect(f.splat(Number.NEGATIVE_INFINITY), finite, f32x4.eq(x, f.splat(0)));
  return v128.bitselect(f.splat(Number.NaN), positive, f32x4.lt(x, f.splat(0)));
}

/**
 * x P(x²) / Q(x²), limited to ±1. The polynomials of degree 4 are those whose quotient's largest relative error up to
 * 9.01 is least (2e-8, found by reweighted least squares); rounding adds up to five units in the last place.
 */
function tanh(f: FunctionCode, x: Code): Code {
  const limited = f.keep(f32x4.pmax(f32x4.pmin(x, f.splat(TANH_LIMIT)), f.splat(-TANH_LIMIT)));
  const square = f.keep(f32x4.mul(limited, limited));
  const p = polynomial(
    f,
    square,
    [1.34155768e-8, 2.06529021461e-5, 3.49824819335e-3, 1.33832652489e-1, 0.999999980384],
  );
  const q = polynomial(
    f,
    square,
    [7.80144166223e-7, 3.28998647896e-4, 2.58871012754e-2, 4.67165815051e-1, 1],
  );
  const y = f32x4.div(f32x4.mul(limited, p), q);
  return f32x4.pmax(f32x4.pmin(y, f.splat(1)), f.splat(-1));
}

/** With e = e^{−|x|}: 1 / (1 + e) for positive x, e / (1 + e) for negative. */
function sigmoid(f: FunctionCode, x: Code): Code {
  const e = f.keep(exp(f, f.keep(f32x4.neg(f32x4.abs(x)))));
  const numerator = v128.bitselect(e, f.splat(1), f32x4.lt(x, f.splat(0)));
  return f32x4.div(numerator, f32x4.add(e, f.splat(1)));
}

/** log(1 + eˣ) = max(x, 0) + log(1 + y) with y = e^{−|x|}. */
function softplus(f: FunctionCode, x: Code): Code {
  const y = f.keep(exp(f, f.keep(f32x4.neg(f32x4.abs(x)))));
  const u = f.keep(f32x4.add(y, f.splat(1)));
  // What rounding 1 + y lost, over u, is what its logarithm lacks.
  const lost = f32x4.sub(y, f32x4.sub(u, f.splat(1)));
  return f32x4.add(f32x4.max(x, f.splat(0)), f32x4.add(log(f, u), f32x4.div(lost, u)));
}
