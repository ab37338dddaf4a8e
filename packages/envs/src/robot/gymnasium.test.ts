import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Rng } from '@mikt/core';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { antMjcf, hopperMjcf, liveHandles, type MujocoEnv, makeEnv } from '../index.js';
import { loadRobot } from './load-robot.js';

afterEach(() => expect(liveHandles()).toBe(0));

/** The task files that the documentation names. */
const example = (name: string) =>
  fileURLToPath(new URL(`../../../../examples/gymnasium/${name}.yaml`, import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'mikt-gymnasium-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe.each([
  ['Ant', antMjcf()],
  ['Hopper', hopperMjcf()],
] as const)('Gymnasium’s %s as a task file', (name, mjcf) => {
  it('is the built-in environment, bit for bit', async () => {
    const model = path.join(folder, `${name}.xml`);
    writeFileSync(model, mjcf);
    const { definition } = await loadRobot(model, { task: example(name.toLowerCase()) });
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
