
/** Rows that one step computes. */
const ROWS: usize = 4;
/** Columns that one step computes. */
const COLUMNS: usize = 8;
/** Bytes of a row of a packed panel. */
const PANEL: usize = COLUMNS * 4;

/** Bytes of four floats side by side. */
const VECTOR: usize = 16;

/**
 * out = a b, for a [rows, inner] and b [inner, columns], either given transposed. `scratch` holds what
 * `matmulScratch` says.
 *
 * Every entry is one sum over the inner index, in order, in one lane: its bits depend neither on how many rows or
 * columns there are nor on its place among them.
 */
export function matmul(
  a: usize,
  b: usize,
  out: usize,
  rows: usize,
  columns: usize,
  inner: usize,
  transposeA: bool,
  transposeB: bool,
  scratch: usize,
): void {
  const rowStep: usize = transposeA ? 4 : inner << 2;
  const innerStep: usize = transposeA ? rows << 2 : 4;
  const outStep = columns << 2;
  const partial = scratch + inner * PANEL;
  const blockedRows = rows & ~(ROWS - 1);

  // Blocks of four rows, an inner index after the other. Transposed, that is how the matrix lies.
  let blocks = a;
  let blockStep: usize = VECTOR;
  let blockInnerStep = innerStep;
  if (!transposeA) {
    blocks = partial + ROWS * PANEL;
    blockStep = inner * VECTOR;
    blockInnerStep = VECTOR;
    for (let row: usize = 0; row < blockedRows; row += ROWS) packRows(blocks + row * rowStep, a + row * rowStep, inner);
  }

  for (let column: usize = 0; column < columns; column += COLUMNS) {
    const width = min(COLUMNS, columns - column);
    // A whole panel is read where it lies; a transposed or narrow one is packed first, filled up with zeros.
    let panel = b + (column << 2);
    let panelStep = outStep;
    if (transposeB) {
      packTransposed(scratch, b + ((column * inner) << 2), inner, width);
      panel = scratch;
      panelStep = PANEL;
    } else if (width < COLUMNS) {
      packNarrow(scratch, panel, inner, width, outStep);
      panel = scratch;
      panelStep = PANEL;
    }
    const isWhole = width == COLUMNS;
    let to = out + (column << 2);
    let block = blocks;
    let row: usize = 0;
    for (; row < blockedRows; row += ROWS, block += blockStep) {
      if (isWhole) {
        fourRows(block, blockInnerStep, panel, panelStep, inner, to, outStep);
        to += ROWS * outStep;
      } else {
        fourRows(block, blockInnerStep, panel, panelStep, inner, partial, PANEL);
        for (let i: usize = 0; i < ROWS; i++, to += outStep) copyFloats(to, partial + i * PANEL, width);
      }
    }
    for (; row < rows; row++, to += outStep) {
      oneRow(a + row * rowStep, innerStep, panel, panelStep, inner, isWhole ? to : partial);
      if (!isWhole) copyFloats(to, partial, width);
    }
  }
}

/** Bytes of scratch memory that products of these sizes need: a panel, four rows of one, and all rows packed. */
export function matmulScratch(rows: usize, inner: usize): usize {
  return (inner + ROWS) * PANEL + ((rows * inner) << 2);
}

/** a · b + c; rounded once where the host has relaxed SIMD and a fused multiply-add, else twice. */
@inline
function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/**
 * Four rows of eight columns; a's four entries of an inner index lie side by side. Compilers load all of a turn's
 * operands before they multiply: two rows more, four columns more or two turns at once would not fit the registers.
 */
function fourRows(
  a: usize,
  innerStep: usize,
  b: usize,
  panelStep: usize,
  inner: usize,
  out: usize,
  outStep: usize,
): void {
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  const end = a + inner * innerStep;
  do {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = v128.load32_splat(a, 4);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = v128.load32_splat(a, 8);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = v128.load32_splat(a, 12);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    b += panelStep;
    a += innerStep;
  } while (a < end);
  v128.store(out, c00);
  v128.store(out, c01, 16);
  out += outStep;
  v128.store(out, c10);
  v128.store(out, c11, 16);
  out += outStep;
  v128.store(out, c20);
  v128.store(out, c21, 16);
  out += outStep;
  v128.store(out, c30);
  v128.store(out, c31, 16);
}

function oneRow(a: usize, innerStep: usize, b: usize, panelStep: usize, inner: usize, out: usize): void {
  let c0 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  for (let k: usize = 0; k < inner; k++, a += innerStep, b += panelStep) {
    const x = v128.load32_splat(a);
    c0 = madd(x, v128.load(b), c0);
    c1 = madd(x, v128.load(b, 16), c1);
  }
  v128.store(out, c0);
  v128.store(out, c1, 16);
}

function copyFloats(to: usize, from: usize, count: usize): void {
  for (let i: usize = 0; i < count; i++) f32.store(to + (i << 2), f32.load(from + (i << 2)));
}

/** The first `width` columns of `inner` rows, and zeros beside them. */
function packNarrow(to: usize, from: usize, inner: usize, width: usize, step: usize): void {
  memory.fill(to, 0, inner * PANEL);
  for (let k: usize = 0; k < inner; k++, to += PANEL, from += step) copyFloats(to, from, width);
}

/** `width` rows of `inner` floats as columns, and zeros beside them. */
function packTransposed(to: usize, from: usize, inner: usize, width: usize): void {
  const step = inner << 2;
  let k: usize = 0;
  if (width == COLUMNS) {
    for (; k + 4 <= inner; k += 4) {
      const block = from + (k << 2);
      transposeFour(block, step, to + k * PANEL, PANEL);
      transposeFour(block + 4 * step, step, to + k * PANEL + 16, PANEL);
    }
  } else {
    memory.fill(to, 0, inner * PANEL);
  }
  for (; k < inner; k++) {
    for (let i: usize = 0; i < width; i++)
      f32.store(to + k * PANEL + (i << 2), f32.load(from + i * step + (k << 2)));
  }
}

/** Four floats of each of four rows, transposed. */
function transposeFour(from: usize, step: usize, to: usize, toStep: usize): void {
  const r0 = v128.load(from);
  const r1 = v128.load(from + step);
  const r2 = v128.load(from + 2 * step);
  const r3 = v128.load(from + 3 * step);
  const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
  v128.store(to + toStep, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
  v128.store(to + 2 * toStep, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
  v128.store(to + 3 * toStep, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
}

/** Four rows of `inner` floats as columns. */
function packRows(to: usize, from: usize, inner: usize): void {
  const step = inner << 2;
  let k: usize = 0;
  for (; k + 4 <= inner; k += 4) transposeFour(from + (k << 2), step, to + k * VECTOR, VECTOR);
  for (; k < inner; k++) {
    for (let i: usize = 0; i < ROWS; i++) f32.store(to + k * VECTOR + (i << 2), f32.load(from + i * step + (k << 2)));
  }
}
