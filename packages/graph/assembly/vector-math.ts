// Elementary functions of four floats at once, to one or two units in the last place. Polynomials are those of
// the Cephes library's single-precision functions (S. L. Moshier), whose error bounds are published with it.

/** a · b + c; rounded once where the host has relaxed SIMD and a fused multiply-add, else twice. */
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

@inline
function splat(x: f32): v128 {
  return f32x4.splat(x);
}

/** 2ⁿ for integers n within a float's normal exponents. */
@inline
function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/** eʳ for r = x − n log 2, where n is x / log 2 rounded to an integer. */
@inline
function expRemainder(x: v128, n: v128): v128 {
  // log 2 in two parts, so that the first product is exact.
  let r = f32x4.sub(x, f32x4.mul(n, splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, splat(-2.12194440e-4)));
  let p = splat(1.9875691500e-4);
  p = madd(p, r, splat(1.3981999507e-3));
  p = madd(p, r, splat(8.3334519073e-3));
  p = madd(p, r, splat(4.1665795894e-2));
  p = madd(p, r, splat(1.6666665459e-1));
  p = madd(p, r, splat(5.0000001201e-1));
  return f32x4.add(madd(p, f32x4.mul(r, r), r), splat(1));
}

@inline
function exponentOf(x: v128): v128 {
  return f32x4.nearest(f32x4.mul(x, splat(1.44269504088896341)));
}

@inline
export function exp(x: v128): v128 {
  // Beyond these limits the result is infinite or zero anyway. pmin and pmax keep a NaN in their first operand.
  const limited = f32x4.pmax(f32x4.pmin(x, splat(89)), splat(-104.5));
  const n = exponentOf(limited);
  // 2ⁿ in two factors: it may itself lie outside the normal numbers.
  const exponent = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(exponent, 1);
  const p = expRemainder(limited, n);
  return f32x4.mul(f32x4.mul(p, powerOfTwo(half)), powerOfTwo(i32x4.sub(exponent, half)));
}

@inline
export function log(x: v128): v128 {
  // Denormal numbers are scaled into the normal range first.
  const small = f32x4.lt(x, splat(1.17549435e-38));
  const scaled = v128.bitselect(f32x4.mul(x, splat(8388608)), x, small);
  // x = m · 2ᵉ with m in [√½, √2)
  const bits = i32x4.sub(scaled, i32x4.splat(0x3f3504f3));
  let e = f32x4.convert_i32x4_s(i32x4.shr_s(bits, 23));
  e = f32x4.sub(e, v128.and(small, splat(23)));
  const m = i32x4.add(v128.and(bits, i32x4.splat(0x007fffff)), i32x4.splat(0x3f3504f3));
  const f = f32x4.sub(m, splat(1));
  const square = f32x4.mul(f, f);
  let p = splat(7.0376836292e-2);
  p = madd(p, f, splat(-1.1514610310e-1));
  p = madd(p, f, splat(1.1676998740e-1));
  p = madd(p, f, splat(-1.2420140846e-1));
  p = madd(p, f, splat(1.4249322787e-1));
  p = madd(p, f, splat(-1.6668057665e-1));
  p = madd(p, f, splat(2.0000714765e-1));
  p = madd(p, f, splat(-2.4999993993e-1));
  p = madd(p, f, splat(3.3333331174e-1));
  let tail = f32x4.mul(f32x4.mul(p, f), square);
  tail = madd(e, splat(-2.12194440e-4), tail);
  tail = madd(square, splat(-0.5), tail);
  const result = madd(e, splat(0.693359375), f32x4.add(f, tail));
  // log ∞ = ∞ and NaN stays; log 0 = −∞; below 0 it is not a number.
  const finite = v128.bitselect(result, x, f32x4.lt(x, splat(f32.MAX_VALUE + f32.MAX_VALUE)));
  const positive = v128.bitselect(splat(-Infinity), finite, f32x4.eq(x, splat(0)));
  return v128.bitselect(splat(NaN), positive, f32x4.lt(x, splat(0)));
}

@inline
export function tanh(x: v128): v128 {
  const magnitude = f32x4.abs(x);
  // Near 0: x + x³ P(x²), which keeps the relative accuracy of small x.
  const square = f32x4.mul(x, x);
  let p = splat(-5.70498872745e-3);
  p = madd(p, square, splat(2.06390887954e-2));
  p = madd(p, square, splat(-5.37397155531e-2));
  p = madd(p, square, splat(1.33314422036e-1));
  p = madd(p, square, splat(-3.33332819422e-1));
  const near = madd(f32x4.mul(p, square), x, x);
  // Elsewhere: 1 − 2 / (e^{2|x|} + 1), with the sign of x. It is 1 from |x| = 10 on.
  const twice = f32x4.pmin(f32x4.add(magnitude, magnitude), splat(20));
  const n = exponentOf(twice);
  const e = f32x4.mul(expRemainder(twice, n), powerOfTwo(i32x4.trunc_sat_f32x4_s(n)));
  const far = f32x4.sub(splat(1), f32x4.div(splat(2), f32x4.add(e, splat(1))));
  const signed = v128.or(far, v128.and(x, splat(-0.0)));
  return v128.bitselect(near, signed, f32x4.lt(magnitude, splat(0.625)));
}

/** With e = e^{−|x|}: 1 / (1 + e) for positive x, e / (1 + e) for negative. */
@inline
export function sigmoid(x: v128): v128 {
  const e = exp(f32x4.neg(f32x4.abs(x)));
  const numerator = v128.bitselect(e, splat(1), f32x4.lt(x, splat(0)));
  return f32x4.div(numerator, f32x4.add(e, splat(1)));
}

/** log(1 + eˣ) = max(x, 0) + log(1 + y) with y = e^{−|x|}. */
@inline
export function softplus(x: v128): v128 {
  const y = exp(f32x4.neg(f32x4.abs(x)));
  const u = f32x4.add(y, splat(1));
  // What rounding 1 + y lost, over u, is what its logarithm lacks.
  const lost = f32x4.sub(y, f32x4.sub(u, splat(1)));
  return f32x4.add(f32x4.max(x, splat(0)), f32x4.add(log(u), f32x4.div(lost, u)));
}
