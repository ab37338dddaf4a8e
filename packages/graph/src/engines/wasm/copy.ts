import type { FunctionCode } from './function-code.js';
import { control, f32, i32, memory } from './instructions.js';
import type { Axis } from './values.js';

const BYTES = Float32Array.BYTES_PER_ELEMENT;

/**
 * Writes a copy of a block between two arrays with strides.
 * @param from address of the block's first entry
 * @param axes outermost first
 */
export function writeCopy(f: FunctionCode, from: number, to: number, axes: readonly Axis[]): void {
  const [source, target] = [f.local('i32'), f.local('i32')];
  f.set(source, i32.const(from));
  f.set(target, i32.const(to));
  copyAxes(f, source, target, axes);
}

function copyAxes(f: FunctionCode, source: number, target: number, [axis, ...inner]: readonly Axis[]): void {
  if (!axis) {
    f.emit(f32.store(f.get(target), 0, f32.load(f.get(source), 0)));
    return;
  }
  const { size, fromStride, toStride } = axis;
  if (size === 0) return;
  if (inner.length === 0 && fromStride === 1 && toStride === 1) {
    f.emit(memory.copy(f.get(target), f.get(source), size * BYTES));
    return;
  }
  const [innerSource, innerTarget, count] = [f.local('i32'), f.local('i32'), f.local('i32')];
  f.set(innerSource, f.get(source));
  f.set(innerTarget, f.get(target));
  f.set(count, i32.const(0));
  const body = f.capture(() => {
    copyAxes(f, innerSource, innerTarget, inner);
    f.advance(innerSource, fromStride * BYTES);
    f.advance(innerTarget, toStride * BYTES);
    f.advance(count, 1);
  });
  f.emit(control.doWhile(body, i32.ltU(f.get(count), i32.const(size))));
}
