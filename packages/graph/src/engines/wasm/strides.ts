import { rowMajorStrides, type Shape, sizeOf } from '../../tensor.js';
import type { Axis, Part, View } from './values.js';

/**
 * The part by which a block of shape `block` is copied from, or to, its place at `begin` in a tensor of shape
 * `whole`. Axes that lie one after the other in memory are joined.
 */
export function blockPart(
  source: View,
  block: Shape,
  whole: Shape,
  begin: readonly number[],
  side: 'from' | 'to',
): Part {
  const inside = rowMajorStrides(whole);
  const alone = rowMajorStrides(block);
  const start = begin.reduce((total, position, axis) => total + position * inside[axis]!, 0);
  const axes = joinAxes(
    block.map((size, axis) => ({
      size,
      fromStride: side === 'from' ? inside[axis]! : alone[axis]!,
      toStride: side === 'from' ? alone[axis]! : inside[axis]!,
    })),
  );
  if (side === 'to') return { source, offset: start, axes };
  // For a contiguous block this is exactly the view of it.
  return {
    source: { value: source.value, offset: source.offset + start, size: sizeOf(block) },
    offset: 0,
    axes,
  };
}

/** The parts of tensors joined along an axis into a tensor of shape `whole`. */
export function concatenation(
  tensors: readonly { readonly view: View; readonly shape: Shape }[],
  whole: Shape,
  axis: number,
): Part[] {
  let position = 0;
  return tensors.map(({ view, shape }) => {
    const begin = whole.map((_, index) => (index === axis ? position : 0));
    position += shape[axis]!;
    return blockPart(view, shape, whole, begin, 'to');
  });
}

function joinAxes(axes: readonly Axis[]): Axis[] {
  const joined: Axis[] = [];
  for (const axis of axes) {
    if (axis.size === 1) continue;
    const outer = joined.at(-1);
    const follows =
      outer &&
      outer.fromStride === axis.size * axis.fromStride &&
      outer.toStride === axis.size * axis.toStride;
    if (follows) joined[joined.length - 1] = { ...axis, size: outer.size * axis.size };
    else joined.push(axis);
  }
  return joined;
}
