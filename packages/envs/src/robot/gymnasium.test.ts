import { Rng } from '@mikt/core';
import { afterEach, describe, expect, it } from 'vitest';
import { antMjcf, hopperMjcf, liveHandles, type MujocoEnv, makeEnv } from '../index.js';
import { defineRobot } from './load-robot.js';
import type { TaskFile } from './task-keys.js';

afterEach(() => expect(liveHandles()).toBe(0));

const ant: TaskFile = {
  body: 'torso',
  ctrlCostWeight: 0.5,
  contactCostWeight: 5e-4,
  healthyZRange: [0.2, 1],
  frameSkip: 5,
  resetNoiseScale: 0.1,
  resetVelocityNoise: 'normal',
  observation: ['positions', 'velocities', 'contact/world', 'contactForces'],
};

const hopper: TaskFile = {
  ctrlCostWeight: 1e-3,
  healthyZRange: [0.7, null],
  healthyAngleRange: [-0.2, 0.2],
  healthyStateRange: [-100, 100],
  frameSkip: 4,
  resetNoiseScale: 5e-3,
  velocityRange: [-10, 10],
};

describe.each([
  ['Ant', antMjcf(), ant],
  ['Hopper', hopperMjcf(), hopper],
] as const)('Gymnasium’s %s as a task file', (name, mjcf, task) => {
  it('is the built-in environment, bit for bit', async () => {
    const files = { 'robot.xml': new TextEncoder().encode(mjcf) };
    const { definition } = await defineRobot({ model: 'robot.xml', files }, task);
    const [own, builtIn] = [await makeEnv(definition), await makeEnv(name)];
    try {
      expect(own.spaces).toEqual(builtIn.spaces);
      expect(own.dt).toBe(builtIn.dt);
      expect(own.maxEpisodeSteps).toBe(builtIn.maxEpisodeSteps);
      const ends = { fallen: 0, cut: 0 };
      // Small actions keep an Ant alive to its time limit, large ones throw it over.
      for (const [episode, scale] of [0, 0.3, 1, 1.5].entries()) {
        const rng = Rng.fromSeed(episode);
        const run = (env: MujocoEnv) => env.reset({ seed: episode });
        expect(run(own)).toEqual(run(builtIn));
        for (;;) {
          const action = rng.fillNormal(new Float64Array(own.spaces.action.size)).map((x) => scale * x);
          const [step, expected] = [own.step(action), builtIn.step(action)];
          expect(step).toEqual(expected);
          if (step.terminated) ends.fallen++;
          if (step.truncated) ends.cut++;
          if (step.terminated || step.truncated) break;
        }
      }
      expect(ends.fallen).toBeGreaterThan(0);
      if (name === 'Ant') expect(ends.cut).toBeGreaterThan(0);
    } finally {
      own.dispose();
      builtIn.dispose();
    }
  });
});
