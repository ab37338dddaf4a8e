import { policyFromCheckpoint, resolveConfig, toCheckpoint, train } from '@mikt/algos';
import { liveHandles } from '@mikt/envs';
import { evaluatePolicy } from '@mikt/eval';
import { createEngine, type Engine } from '@mikt/graph';
import { decodeCheckpoint, encodeCheckpoint } from '@mikt/runs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LiveRobot } from './live-robot.js';

let engine: Engine;
let robot: LiveRobot;
beforeAll(async () => {
  const config = resolveConfig({
    ...{
      env: 'Hopper',
      algo: 'ppo',
      seed: 1,
      steps: 512,
      stepsPerUpdate: 512,
      minibatches: 2,
      epochs: 1,
      envs: 2,
    },
    ...{ policyHidden: [8, 8], valueHidden: [8, 8] },
  });
  const { state } = await train(config, { threads: 1 });
  const checkpoint = decodeCheckpoint(encodeCheckpoint(toCheckpoint(state)), 'test');
  engine = await createEngine('wasm');
  robot = await LiveRobot.create(policyFromCheckpoint(checkpoint, engine, 'test'));
});
afterAll(() => {
  robot.dispose();
  engine.dispose();
  expect(liveHandles()).toBe(0);
});

function runEpisode(sample = false): void {
  while (!robot.ending) robot.step(sample);
}

describe('LiveRobot', () => {
  it('runs the episodes of an evaluation with the same seed', async () => {
    for (const sample of [false, true]) {
      robot.restart(5);
      runEpisode(sample);
      robot.next();
      runEpisode(sample);
      const { episodes } = await evaluatePolicy(robot.policy, 'Hopper', { seed: 5, episodes: 2, sample });
      expect(robot.finished.map((episode) => [episode.return, episode.steps])).toEqual(
        episodes.map((episode) => [episode.return, episode.length]),
      );
      expect(robot.ending).toBe(episodes[1]!.terminated ? 'terminated' : 'truncated');
    }
  });

  it('stands still once the episode is over', () => {
    robot.restart(1);
    runEpisode();
    const [steps, total] = [robot.steps, robot.return];
    robot.step(false);
    expect([robot.steps, robot.return]).toEqual([steps, total]);
  });

  it('shows positions between two steps', () => {
    robot.restart(1);
    const start = robot.env.qpos;
    robot.step(false);
    const end = robot.env.qpos;
    expect(robot.positions(0)).toEqual(start);
    expect([...robot.positions(1)]).toEqual([...end].map((x) => expect.closeTo(x, 12)));
    expect(robot.positions(0.25)[0]).toBeCloseTo(0.75 * start[0]! + 0.25 * end[0]!, 12);
  });

  it('is pushed: the whole robot gets faster by about what was asked, for that episode only', () => {
    const speedAfter = (push: number) => {
      robot.restart(2);
      if (push !== 0) robot.push([1, 0, 0], push);
      // Thirteen steps of 0.008 s: the tenth of a second that the push lasts.
      for (let i = 0; i < 13; i++) robot.step(false);
      expect(robot.isPushed).toBe(false);
      return robot.env.qvel[0]!;
    };
    const still = speedAfter(0);
    expect(speedAfter(0)).toBe(still);
    expect(speedAfter(0.5) - still).toBeGreaterThan(0.2);
    expect(speedAfter(-0.5) - still).toBeLessThan(-0.2);
    expect(speedAfter(0)).toBe(still);
  });
});
