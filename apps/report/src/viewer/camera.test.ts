import { bodyPoses, geomPose, makeEnv, poseOf, type Vector3 } from '@mikt/envs';
import { describe, expect, it } from 'vitest';
import { centreOf, FIELD_OF_VIEW, firstView, Projection, reachOf, type View } from './camera.js';

const [WIDTH, HEIGHT] = [400, 200];
/** From 10 m away along −y, level: x is to the right, z is up. */
const level: View = { azimuth: -Math.PI / 2, elevation: 0, distance: 10, target: [1, 2, 3] };

describe('Projection', () => {
  const projection = new Projection(level, WIDTH, HEIGHT);
  // Half the height is seen at 10 m · tan(half the opening).
  const scale = HEIGHT / 2 / (10 * Math.tan(FIELD_OF_VIEW / 2));

  it('puts the target into the middle, x to the right and z upwards', () => {
    expect(projection.eye).toEqual([1, -8, 3].map((x) => expect.closeTo(x, 12)));
    expect(projection.project([1, 2, 3])).toEqual({
      ...{ x: expect.closeTo(200, 9), y: expect.closeTo(100, 9) },
      ...{ depth: expect.closeTo(10, 12), scale: expect.closeTo(scale, 9) },
    });
    const moved = projection.project([1.5, 2, 3.25]);
    expect(moved.x - 200).toBeCloseTo(0.5 * scale, 9);
    expect(100 - moved.y).toBeCloseTo(0.25 * scale, 9);
  });

  it('shows what is twice as far at half the size', () => {
    expect(projection.project([1, 12, 3]).scale).toBeCloseTo(scale / 2, 9);
  });

  it('looks down from above', () => {
    const above = new Projection({ ...level, elevation: Math.PI / 2 - 1e-9 }, WIDTH, HEIGHT);
    expect(above.eye).toEqual([1, 2, 13].map((x) => expect.closeTo(x, 6)));
    expect(above.project([1, 2.5, 3]).y).toBeLessThan(100);
  });
});

describe('firstView', () => {
  it('has the whole robot in the picture, wide or tall', async () => {
    for (const name of ['Ant', 'Hopper', 'CentipedeEight', 'Centipede20'] as const) {
      const env = await makeEnv(name);
      env.reset({ seed: 1 });
      const scene = env.simulation.scene();
      for (const [width, height] of [
        [480, 300],
        [300, 480],
      ] as const) {
        const projection = new Projection(firstView(scene, env.qpos, width / height), width, height);
        const poses = bodyPoses(scene, env.qpos);
        for (const geom of scene.geoms.filter(({ body }) => body > 0)) {
          const { x, y } = projection.project(geomPose(geom, poseOf(poses, geom.body)).position);
          expect(x, name).toBeGreaterThan(0.02 * width);
          expect(x, name).toBeLessThan(0.98 * width);
          expect(y, name).toBeGreaterThan(0.02 * height);
          expect(y, name).toBeLessThan(0.98 * height);
        }
      }
      env.dispose();
    }
  });
});

it('follows the mean place of the bodies, the world aside', () => {
  const pose = ([x, y, z]: Vector3) => [x, y, z, 1, 0, 0, 0];
  expect(centreOf([...pose([9, 9, 9]), ...pose([1, 2, 3]), ...pose([3, 2, 1])])).toEqual([2, 2, 2]);
});

it('knows how far a shape reaches', () => {
  const geom = { rgba: [1, 1, 1, 1], body: 1, position: [0, 0, 0], orientation: [1, 0, 0, 0] } as const;
  expect(reachOf({ ...geom, type: 'capsule', size: [0.1, 0.4, 0] })).toBeCloseTo(0.5, 12);
  expect(reachOf({ ...geom, type: 'cylinder', size: [3, 4, 0] })).toBe(5);
  expect(reachOf({ ...geom, type: 'box', size: [2, 3, 6] })).toBe(7);
});
