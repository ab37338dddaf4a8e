// Outlines of shapes in a picture: where they are seen, and where their shadow falls.
import { type Pose, rotate, type SceneGeom, type Vector3 } from '@mikt/envs/scene';
import { axisEnds, dot, type Projection } from './camera.js';
import { LIGHT } from './palette.js';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Points around a circle; more are not seen. */
const AROUND = 20;

/** Outline of a shape in the picture. */
export function outlineOf(geom: SceneGeom, pose: Pose, projection: Projection): Point[] {
  const towards: Vector3 = [
    projection.eye[0] - pose.position[0],
    projection.eye[1] - pose.position[1],
    projection.eye[2] - pose.position[2],
  ];
  return convexHull(surfacePoints(geom, pose, towards).map((point) => projection.project(point)));
}

/** Outline of a shape's shadow in the picture. @param ground height at which it falls */
export function shadowOf(geom: SceneGeom, pose: Pose, ground: number, projection: Projection): Point[] {
  const points = surfacePoints(geom, pose, LIGHT).map(([x, y, z]): Vector3 => {
    const along = (z - ground) / LIGHT[2];
    return [x - LIGHT[0] * along, y - LIGHT[1] * along, ground];
  });
  return convexHull(points.map((point) => projection.project(point)));
}

/** Points of a shape whose hull is the shape as it is seen along a direction. */
function surfacePoints(geom: SceneGeom, pose: Pose, direction: Vector3): Vector3[] {
  const [a, b, c] = geom.size;
  switch (geom.type) {
    case 'sphere':
      return ring(pose.position, a, direction);
    case 'capsule':
      return axisEnds(geom, pose).flatMap((end) => ring(end, a, direction));
    case 'cylinder': {
      const axis = rotate(pose.orientation, [0, 0, 1]);
      return axisEnds(geom, pose).flatMap((end) => ring(end, a, axis));
    }
    case 'ellipsoid':
      return UNIT_SPHERE.map(([x, y, z]) => place([a * x, b * y, c * z], pose));
    case 'box':
      return CORNERS.map(([x, y, z]) => place([a * x, b * y, c * z], pose));
    default:
      return [];
  }
}

const CORNERS: readonly Vector3[] = [-1, 1].flatMap((x) =>
  [-1, 1].flatMap((y) => [-1, 1].map((z): Vector3 => [x, y, z])),
);

const UNIT_SPHERE: readonly Vector3[] = Array.from({ length: AROUND / 2 + 1 }, (_, i) => {
  const polar = (Math.PI * i) / (AROUND / 2);
  return ring([0, 0, Math.cos(polar)], Math.sin(polar), [0, 0, 1]);
}).flat();

/** The six faces of a box by its corners, each in turning order, with the direction that it looks in. */
export function boxFaces({ size }: SceneGeom, pose: Pose): { normal: Vector3; corners: Vector3[] }[] {
  return [0, 1, 2].flatMap((axis) =>
    [-1, 1].map((side) => {
      const around = [
        [-1, -1],
        [1, -1],
        [1, 1],
        [-1, 1],
      ].map(([p, q]) => {
        const corner = [0, 0, 0];
        corner[axis] = side * size[axis]!;
        corner[(axis + 1) % 3] = p! * size[(axis + 1) % 3]!;
        corner[(axis + 2) % 3] = q! * size[(axis + 2) % 3]!;
        return place(corner as unknown as Vector3, pose);
      });
      const normal = [0, 0, 0];
      normal[axis] = side;
      return { normal: rotate(pose.orientation, normal as unknown as Vector3), corners: around };
    }),
  );
}

/** Smallest convex polygon around the points (Andrew's monotone chain). */
export function convexHull(points: readonly Point[]): Point[] {
  const sorted = [...points].sort((a, b) => a.x - b.x || a.y - b.y);
  const half = (ordered: readonly Point[]) => {
    const chain: Point[] = [];
    for (const point of ordered) {
      while (chain.length > 1 && turn(chain.at(-2)!, chain.at(-1)!, point) <= 0) chain.pop();
      chain.push(point);
    }
    return chain.slice(0, -1);
  };
  return [...half(sorted), ...half(sorted.toReversed())];
}

function turn(a: Point, b: Point, c: Point): number {
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

/** A circle in the plane that `normal` stands on. */
function ring(centre: Vector3, radius: number, normal: Vector3): Vector3[] {
  const n = unit(normal);
  const u = unit(cross(n, Math.abs(n[2]) < 0.9 ? [0, 0, 1] : [1, 0, 0]));
  const v = cross(n, u);
  return Array.from({ length: AROUND }, (_, i) => {
    const angle = (2 * Math.PI * i) / AROUND;
    const [p, q] = [radius * Math.cos(angle), radius * Math.sin(angle)];
    return [0, 1, 2].map((k) => centre[k]! + p * u[k]! + q * v[k]!) as unknown as Vector3;
  });
}

function place(point: Vector3, { position, orientation }: Pose): Vector3 {
  const [x, y, z] = rotate(orientation, point);
  return [position[0] + x, position[1] + y, position[2] + z];
}

export function cross(a: Vector3, b: Vector3): Vector3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

export function unit(vector: Vector3): Vector3 {
  const length = Math.sqrt(dot(vector, vector));
  return [vector[0] / length, vector[1] / length, vector[2] / length];
}
