/** Bytes of the description of an axis: size, strides of source and destination. */
const AXIS: usize = 12;

/** Copies a block of `rank` axes, described outermost first from `axes` on, between two arrays with strides. */
export function copyStrided(from: usize, to: usize, rank: usize, axes: usize): void {
  const size: usize = load<u32>(axes);
  const fromStride = (<usize>load<u32>(axes, 4)) << 2;
  const toStride = (<usize>load<u32>(axes, 8)) << 2;
  if (rank > 1) {
    for (let i: usize = 0; i < size; i++, from += fromStride, to += toStride)
      copyStrided(from, to, rank - 1, axes + AXIS);
  } else if (fromStride == 4 && toStride == 4) {
    memory.copy(to, from, size << 2);
  } else {
    for (let i: usize = 0; i < size; i++, from += fromStride, to += toStride) f32.store(to, f32.load(from));
  }
}
