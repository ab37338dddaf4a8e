/** Sum of `size` floats, in an order that depends on `size` alone. */
export function sum(from: usize, size: usize): f32 {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  let i: usize = 16;
  for (; i <= size; i += 16, from += 64) {
    s0 = f32x4.add(s0, v128.load(from));
    s1 = f32x4.add(s1, v128.load(from, 16));
    s2 = f32x4.add(s2, v128.load(from, 32));
    s3 = f32x4.add(s3, v128.load(from, 48));
  }
  let rest = size & 15;
  for (; rest >= 4; rest -= 4, from += 16) s0 = f32x4.add(s0, v128.load(from));
  const s = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
  let total =
    f32x4.extract_lane(s, 0) +
    f32x4.extract_lane(s, 1) +
    (f32x4.extract_lane(s, 2) + f32x4.extract_lane(s, 3));
  for (; rest > 0; rest--, from += 4) total += f32.load(from);
  return total;
}

/** to[i] += from[i] */
export function accumulate(to: usize, from: usize, size: usize): void {
  let i: usize = 4;
  for (; i <= size; i += 4, to += 16, from += 16) v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
  for (let rest = size & 3; rest > 0; rest--, to += 4, from += 4) f32.store(to, f32.load(to) + f32.load(from));
}
