import type { Rng } from '@mikt/core';
import type { Simulation } from '../mujoco.js';

/** Sum of squares. */
export function squaredNorm(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! ** 2;
  return sum;
}

/** Contact forces and torques on every body, the world included, clipped to [-1, 1]. [6 * bodies] */
export function clippedContactForces(simulation: Simulation): Float64Array {
  return simulation.contactForces.map((force) => Math.min(Math.max(force, -1), 1));
}

/** Positions without the horizontal ones of the root, velocities, clipped contact forces: Gym's Ant-v2. */
export function observeWithContacts(simulation: Simulation): Float64Array {
  const forces = clippedContactForces(simulation);
  const { qpos, qvel } = simulation;
  const observation = new Float64Array(qpos.length - 2 + qvel.length + forces.length);
  observation.set(qpos.subarray(2));
  observation.set(qvel, qpos.length - 2);
  observation.set(forces, qpos.length - 2 + qvel.length);
  return observation;
}

/** Names of `observeWithContacts`' entries. */
export function namesWithContacts(simulation: Simulation): string[] {
  const { qpos, qvel, contact } = simulation.names();
  return [...qpos.slice(2), ...qvel, ...contact];
}

/** Adds uniform noise on [-scale, scale) to every entry. */
export function addUniform(values: Float64Array, scale: number, rng: Rng): void {
  for (let i = 0; i < values.length; i++) values[i]! += rng.uniform(-scale, scale);
}

/** Adds normal noise of standard deviation `scale` to every entry. */
export function addNormal(values: Float64Array, scale: number, rng: Rng): void {
  for (let i = 0; i < values.length; i++) values[i]! += scale * rng.normal();
}
