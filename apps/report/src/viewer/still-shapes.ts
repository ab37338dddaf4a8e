import { type Pose, rotate, type SceneGeom, type Vector3 } from '@mikt/envs/scene';
import { dot } from './camera.js';
import type { Colour } from './palette.js';

/** A shape of a scene where it stands, with its colour. */
export interface Shape {
  readonly geom: SceneGeom;
  readonly pose: Pose;
  readonly colour: Colour;
}

/**
 * The shapes with capsules cut off where they are inside a ball: painted from back to front, the part that is inside
 * would lie on top of the ball.
 */
export function withoutBuriedEnds(shapes: readonly Shape[]): Shape[] {
  const balls = shapes.filter(({ geom }) => geom.type === 'sphere');
  return shapes.map((shape) => {
    const { geom, pose } = shape;
    if (geom.type !== 'capsule') return shape;
    const axis = rotate(pose.orientation, [0, 0, 1]);
    let [low, high] = [-geom.size[1], geom.size[1]];
    for (const ball of balls) {
      const offset = minus(ball.pose.position, pose.position);
      const along = dot(offset, axis);
      // Half the chord that the ball cuts out of the axis.
      const half = Math.sqrt(Math.max(0, ball.geom.size[0] ** 2 - dot(offset, offset) + along ** 2));
      const [from, to] = [along - half, along + half];
      if (from <= low && low < to) low = Math.min(to, high);
      else if (from < high && high <= to) high = Math.max(from, low);
    }
    const [x, y, z] = pose.position;
    const middle = (low + high) / 2;
    return {
      ...shape,
      geom: { ...geom, size: [geom.size[0], (high - low) / 2, geom.size[2]] },
      pose: {
        ...pose,
        position: [x + middle * axis[0], y + middle * axis[1], z + middle * axis[2]],
      },
    };
  });
}

export function minus(a: Vector3, b: Vector3): Vector3 {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}
