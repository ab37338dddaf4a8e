import type { BoxSpace } from '@mikt/core';
import type { Simulation } from '../mujoco.js';
import type { RobotTask } from './task-keys.js';

/** How actions become controls. */
export interface RobotControls {
  /** Undefined where actions are the controls themselves, within their limits. */
  readonly actionSpace?: BoxSpace;
  /** [action size] to [controls] */
  controls?(action: ArrayLike<number>): Float64Array;
  /** The controls of an action of zeros. */
  readonly neutral: Float64Array;
}

/** @param simulation at the start of an episode, without noise */
export function robotControls(
  { rescaleActions }: Pick<RobotTask, 'rescaleActions'>,
  simulation: Simulation,
): RobotControls {
  const start = simulation.controls.slice();
  const scales = simulation.describe().controls.map(({ low, high }, i) => {
    const isLimited = Number.isFinite(low) && Number.isFinite(high);
    if (!rescaleActions || !isLimited) return undefined;
    const middle = start[i]! > low && start[i]! < high ? start[i]! : (low + high) / 2;
    // Not computed where it changes nothing but the last digit.
    return low === -1 && high === 1 && middle === 0 ? undefined : { low, middle, high };
  });
  const neutral = Float64Array.from(scales, (scale) => scale?.middle ?? 0);
  if (scales.every((scale) => scale === undefined)) return { neutral };
  const { controls } = simulation.describe();
  return {
    neutral,
    actionSpace: {
      size: controls.length,
      low: controls.map(({ low }, i) => (scales[i] ? -1 : low)),
      high: controls.map(({ high }, i) => (scales[i] ? 1 : high)),
      names: controls.map(({ name }) => name),
    },
    controls: (action) =>
      Float64Array.from(scales, (scale, i) => {
        const value = action[i]!;
        if (!scale) return value;
        const { low, middle, high } = scale;
        const control = middle + value * (value > 0 ? high - middle : middle - low);
        return Math.min(Math.max(control, low), high);
      }),
  };
}
