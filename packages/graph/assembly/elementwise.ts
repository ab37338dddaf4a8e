import { MicroOp } from '../src/engines/wasm/instruction-set';
import { exp, log, sigmoid, softplus, tanh } from './vector-math';

/**
 * destination[i] = f(a[i], b[i]) for `size` floats. A step is 16 where the operand is an array, 0 where it is one
 * value four times. Reads up to three floats beyond the end of an operand; writes exactly `size`.
 */
export function elementwise(
  op: MicroOp,
  destination: usize,
  a: usize,
  stepA: usize,
  b: usize,
  stepB: usize,
  size: usize,
  scratch: usize,
): void {
  const count = size >> 2;
  vectorwise(op, destination, a, stepA, b, stepB, count);
  const rest = size & 3;
  if (rest == 0) return;
  // The same instructions on the last lanes, so that an entry's bits do not depend on its place.
  vectorwise(op, scratch, a + count * stepA, stepA, b + count * stepB, stepB, 1);
  destination += count << 4;
  for (let i: usize = 0; i < rest; i++) f32.store(destination + (i << 2), f32.load(scratch + (i << 2)));
}

function vectorwise(
  op: MicroOp,
  out: usize,
  a: usize,
  stepA: usize,
  b: usize,
  stepB: usize,
  count: usize,
): void {
  const end = out + (count << 4);
  switch (op) {
    case MicroOp.Copy:
      return vectors<Copy>(out, a, stepA, b, stepB, end);
    case MicroOp.Neg:
      return vectors<Neg>(out, a, stepA, b, stepB, end);
    case MicroOp.Exp:
      return vectors<Exp>(out, a, stepA, b, stepB, end);
    case MicroOp.Log:
      return vectors<Log>(out, a, stepA, b, stepB, end);
    case MicroOp.Sqrt:
      return vectors<Sqrt>(out, a, stepA, b, stepB, end);
    case MicroOp.Square:
      return vectors<Square>(out, a, stepA, b, stepB, end);
    case MicroOp.Tanh:
      return vectors<Tanh>(out, a, stepA, b, stepB, end);
    case MicroOp.Sigmoid:
      return vectors<Sigmoid>(out, a, stepA, b, stepB, end);
    case MicroOp.Softplus:
      return vectors<Softplus>(out, a, stepA, b, stepB, end);
    case MicroOp.Relu:
      return vectors<Relu>(out, a, stepA, b, stepB, end);
    case MicroOp.Add:
      return vectors<Add>(out, a, stepA, b, stepB, end);
    case MicroOp.Sub:
      return vectors<Sub>(out, a, stepA, b, stepB, end);
    case MicroOp.Mul:
      return vectors<Mul>(out, a, stepA, b, stepB, end);
    case MicroOp.Div:
      return vectors<Div>(out, a, stepA, b, stepB, end);
    case MicroOp.Maximum:
      return vectors<Maximum>(out, a, stepA, b, stepB, end);
    case MicroOp.Minimum:
      return vectors<Minimum>(out, a, stepA, b, stepB, end);
    case MicroOp.GreaterEqual:
      return vectors<GreaterEqual>(out, a, stepA, b, stepB, end);
    default:
      unreachable();
  }
}

/** f of vectors, two at a time: a loop over single ones would spend half of its time on counting. */
function vectors<F>(out: usize, a: usize, stepA: usize, b: usize, stepB: usize, end: usize): void {
  // Never allocated: the class only names the function to inline.
  const f = changetype<F>(0);
  for (; out + 16 < end; out += 32, a += 2 * stepA, b += 2 * stepB) {
    v128.store(out, f.of(v128.load(a), v128.load(b)));
    v128.store(out, f.of(v128.load(a + stepA), v128.load(b + stepB)), 16);
  }
  if (out < end) v128.store(out, f.of(v128.load(a), v128.load(b)));
}

@unmanaged
class Copy {
  @inline
  of(a: v128, b: v128): v128 {
    return a;
  }
}

@unmanaged
class Neg {
  @inline
  of(a: v128, b: v128): v128 {
    return f32x4.neg(a);
  }
}

@unmanaged
class Exp {
  @inline
  of(a: v128, b: v128): v128 {
    return exp(a);
  }
}

@unmanaged
class Log {
  @inline
  of(a: v128, b: v128): v128 {
    return log(a);
  }
}

@unmanaged
class Sqrt {
  @inline
  of(a: v128, b: v128): v128 {
    return f32x4.sqrt(a);
  }
}

@unmanaged
class Square {
  @inline
  of(a: v128, b: v128): v128 {
    return f32x4.mul(a, a);
  }
}

@unmanaged
class Tanh {
  @inline
  of(a: v128, b: v128): v128 {
    return tanh(a);
  }
}

@unmanaged
class Sigmoid {
  @inline
  of(a: v128, b: v128): v128 {
    return sigmoid(a);
  }
}

@unmanaged
class Softplus {
  @inline
  of(a: v128, b: v128): v128 {
    return softplus(a);
  }
}

@unmanaged
class Relu {
  @inline
  of(a: v128, b: v128): v128 {
    return f32x4.max(a, f32x4.splat(0));
  }
}

@unmanaged
class Add {
  @inline
  of(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
}

@unmanaged
class Sub {
  @inline
  of(a: v128, b: v128): v128 {
    return f32x4.sub(a, b);
  }
}

@unmanaged
class Mul {
  @inline
  of(a: v128, b: v128): v128 {
    return f32x4.mul(a, b);
  }
}

@unmanaged
class Div {
  @inline
  of(a: v128, b: v128): v128 {
    return f32x4.div(a, b);
  }
}

@unmanaged
class Maximum {
  @inline
  of(a: v128, b: v128): v128 {
    return f32x4.max(a, b);
  }
}

@unmanaged
class Minimum {
  @inline
  of(a: v128, b: v128): v128 {
    return f32x4.min(a, b);
  }
}

@unmanaged
class GreaterEqual {
  @inline
  of(a: v128, b: v128): v128 {
    return v128.and(f32x4.ge(a, b), f32x4.splat(1));
  }
}
