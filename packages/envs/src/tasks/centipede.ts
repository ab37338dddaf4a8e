import { type CentipedeParameters, centipedeMjcf, centipedeSegments } from '../mjcf/centipede.js';
import type { Simulation } from '../mujoco.js';
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
const HEIGHTS = [0.35, 1.15] as const;
/** Sideways distance of neighbouring torsos at which the centipede counts as bent over. */
const LARGEST_BEND = 0.45;
const NOISE = 0.1;

/**
 * Run forward as a centipede (Wang et al. 2018, NerveNet): the last torso's speed along x, less the costs of
 * control and contact, which are scaled to those of four legs, plus 1 per step.
 */
export function centipedeTask(parameters: CentipedeParameters): Task {
  const { legs } = parameters;
  const segments = centipedeSegments(legs);
  const torsos = Array.from({ length: segments }, (_, i) => `torso_${i}`);
  const last = torsos[segments - 1]!;
  const costScale = 4 / legs;

  return {
    mjcf: centipedeMjcf(parameters),
    frameSkip: 5,
    maxEpisodeSteps: 1000,
    rewardParts: ['forward', 'control', 'contact', 'alive'],

    drawState(qpos, qvel, rng) {
      addUniform(qpos, NOISE, rng);
      const small = NOISE / (segments - 1);
      for (let i = 0; i < segments - 1; i++) qpos[12 + 6 * i] = rng.uniform(-small, small);
      qpos[5] = rng.uniform(-small, small);
      addNormal(qvel, NOISE, rng);
    },

    observe: observeWithContacts,
    observationNames: namesWithContacts,

    position: (simulation) => coordinate(simulation, last, 0),

    reward: ({ simulation, action, velocity }) => ({
      forward: velocity,
      control: -CONTROL_COST * costScale * squaredNorm(action),
      contact: -CONTACT_COST * costScale * squaredNorm(clippedContactForces(simulation)),
      alive: 1,
    }),

    isTerminated(simulation) {
      return torsos.some((torso, i) => {
        const height = coordinate(simulation, torso, 2);
        if (!(height > HEIGHTS[0] && height < HEIGHTS[1])) return true;
        const ahead = torsos[i + 1];
        if (ahead === undefined) return false;
        return Math.abs(coordinate(simulation, torso, 1) - coordinate(simulation, ahead, 1)) >= LARGEST_BEND;
      });
    },
  };
}

function coordinate(simulation: Simulation, body: string, axis: 0 | 1 | 2): number {
  return simulation.bodyPositions[3 * simulation.body(body) + axis]!;
}
