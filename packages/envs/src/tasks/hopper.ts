import { hopperMjcf } from '../mjcf/hopper.js';
import { addUniform, squaredNorm } from './locomotion.js';
import type { Task } from './task.js';

const CONTROL_COST = 1e-3;
const LOWEST_HEIGHT = 0.7;
const LARGEST_PITCH = 0.2;
const LARGEST_STATE = 100;
const LARGEST_SEEN_VELOCITY = 10;
const NOISE = 5e-3;

/** Hop forward on one leg: OpenAI Gym's Hopper-v2. */
export function hopperTask(): Task {
  return {
    mjcf: hopperMjcf(),
    frameSkip: 4,
    maxEpisodeSteps: 1000,
    rewardParts: ['forward', 'control', 'alive'],

    drawState(qpos, qvel, rng) {
      addUniform(qpos, NOISE, rng);
      addUniform(qvel, NOISE, rng);
    },

    observe({ qpos, qvel }) {
      const observation = new Float64Array(qpos.length - 1 + qvel.length);
      observation.set(qpos.subarray(1));
      for (const [i, velocity] of qvel.entries()) {
        observation[qpos.length - 1 + i] = Math.min(
          Math.max(velocity, -LARGEST_SEEN_VELOCITY),
          LARGEST_SEEN_VELOCITY,
        );
      }
      return observation;
    },

    observationNames(simulation) {
      const { qpos, qvel } = simulation.names();
      return [...qpos.slice(1), ...qvel];
    },

    position: (simulation) => simulation.qpos[0]!,

    reward: ({ action, velocity }) => ({
      forward: velocity,
      control: -CONTROL_COST * squaredNorm(action),
      alive: 1,
    }),

    isTerminated({ qpos, qvel }) {
      const height = qpos[1]!;
      const pitch = qpos[2]!;
      const within = (value: number) => Math.abs(value) < LARGEST_STATE;
      const healthy =
        height > LOWEST_HEIGHT &&
        Math.abs(pitch) < LARGEST_PITCH &&
        qpos.subarray(2).every(within) &&
        qvel.every(within);
      return !healthy;
    },
  };
}
