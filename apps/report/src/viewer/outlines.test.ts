import type { Pose, SceneGeom } from '@mikt/envs/scene';
import { describe, expect, it } from 'vitest';
import { Projection } from './camera.js';
import { boxFaces, convexHull, outlineOf, shadowOf } from './outlines.js';
import { LIGHT } from './palette.js';

const pose: Pose = { position: [0, 0, 2], orientation: [1, 0, 0, 0] };
const geom = (type: SceneGeom['type'], size: SceneGeom['size']): SceneGeom => ({
  ...{ type, size, body: 1, position: [0, 0, 0], orientation: [1, 0, 0, 0], rgba: [1, 1, 1, 1] },
});
/** From far away along −y: nearly parallel, x to the right, z upwards. */
const far = new Projection(
  { azimuth: -Math.PI / 2, elevation: 0, distance: 1e4, target: [0, 0, 2] },
  1000,
  1000,
);
const { scale } = far.project([0, 0, 2]);

/** Half the width and half the height of an outline, in metres. */
function extent(points: readonly { x: number; y: number }[]): [number, number] {
  const half = (values: number[]) => (Math.max(...values) - Math.min(...values)) / 2 / scale;
  return [half(points.map(({ x }) => x)), half(points.map(({ y }) => y))];
}

describe('convexHull', () => {
  it('keeps the corners only', () => {
    const corners = [
      { x: 0, y: 0 },
      { x: 2, y: 0 },
      { x: 2, y: 2 },
      { x: 0, y: 2 },
    ];
    const hull = convexHull([...corners, { x: 1, y: 1 }, { x: 1, y: 0 }, { x: 0.5, y: 1.9 }]);
    expect(hull).toHaveLength(4);
    expect(hull).toEqual(expect.arrayContaining(corners));
  });
});

describe('outlineOf', () => {
  it('is as large as the shape', () => {
    const expected: [SceneGeom, [number, number]][] = [
      [geom('sphere', [0.3, 0, 0]), [0.3, 0.3]],
      [geom('capsule', [0.1, 0.4, 0]), [0.1, 0.5]],
      [geom('cylinder', [0.2, 0.4, 0]), [0.2, 0.4]],
      [geom('ellipsoid', [0.4, 0.2, 0.3]), [0.4, 0.3]],
      [geom('box', [0.4, 0.2, 0.3]), [0.4, 0.3]],
    ];
    for (const [shape, size] of expected) {
      const [width, height] = extent(outlineOf(shape, pose, far));
      expect(width / size[0], shape.type).toBeCloseTo(1, 1);
      expect(height / size[1], shape.type).toBeCloseTo(1, 1);
    }
  });
});

describe('shadowOf', () => {
  it('lies on the ground where the light goes on through the shape', () => {
    const points = shadowOf(geom('sphere', [0.3, 0, 0]), pose, 0, far);
    const middle = points.reduce((sum, { x }) => sum + x, 0) / points.length;
    // 2 m above the ground, along the light.
    const expected = far.project([(-2 * LIGHT[0]) / LIGHT[2], 0, 0]);
    expect(middle).toBeCloseTo(expected.x, 1);
    expect(points.every(({ y }) => Math.abs(y - expected.y) < 1e-3)).toBe(true);
  });
});

describe('boxFaces', () => {
  it('has six faces at right angles to where they look', () => {
    const faces = boxFaces(geom('box', [1, 2, 3]), pose);
    expect(faces).toHaveLength(6);
    for (const { normal, corners } of faces) {
      const along = corners.map((corner) => corner.reduce((sum, part, k) => sum + part * normal[k]!, 0));
      expect(Math.max(...along) - Math.min(...along)).toBeCloseTo(0, 12);
      expect(new Set(corners.map((corner) => corner.join())).size).toBe(4);
    }
  });
});
