import { antMjcf } from '../mjcf/ant.js';
import {
  addNormal,
  addUniform,
  clippedContactForces,
  namesWithContacts,
  observeWithContacts,
  squaredNorm,
} from './locomotion.js';
import type { Task } from './task.js';

const CONTROL_COST = 0.5;
const CONTACT_COST = 0.5e-3;
const HEIGHTS = [0.2, 1] as const;
const NOISE = 0.1;

/** Run forward on four legs: OpenAI Gym's Ant-v2, with contact forces that are not zero. */
export function antTask(): Task {
  return {
    mjcf: antMjcf(),
    frameSkip: 5,
    maxEpisodeSteps: 1000,
    rewardParts: ['forward', 'control', 'contact', 'alive'],

    drawState(qpos, qvel, rng) {
      addUniform(qpos, NOISE, rng);
      addNormal(qvel, NOISE, rng);
    },

    observe: observeWithContacts,
    observationNames: namesWithContacts,

    position: (simulation) => simulation.bodyPositions[3 * simulation.body('torso')]!,

    reward: ({ simulation, action, velocity }) => ({
      forward: velocity,
      control: -CONTROL_COST * squaredNorm(action),
      contact: -CONTACT_COST * squaredNorm(clippedContactForces(simulation)),
      alive: 1,
    }),

    isTerminated(simulation) {
      const height = simulation.qpos[2]!;
      return !(height >= HEIGHTS[0] && height <= HEIGHTS[1]);
    },
  };
}
