import {
  bodyPoses,
  geomPose,
  POSE_SIZE,
  poseOf,
  rotate,
  type Scene,
  type SceneGeom,
  type Vector3,
} from '@mikt/envs/scene';

/** From where a robot is looked at. Angles in radians, lengths in metres. */
export interface View {
  /** Direction from the target to the eye in the ground plane, from the x axis towards y. */
  readonly azimuth: number;
  /** Of the eye above the ground plane. */
  readonly elevation: number;
  readonly distance: number;
  readonly target: Vector3;
}

/** Vertical opening of every camera here, in radians. */
export const FIELD_OF_VIEW = (36 * Math.PI) / 180;

/** From the side and a little from ahead: robots walk along x, to the right. */
export const FIRST_AZIMUTH = (-62 * Math.PI) / 180;
export const FIRST_ELEVATION = (24 * Math.PI) / 180;

/** Mean place of the bodies, the world aside: what a camera follows. */
export function centreOf(poses: ArrayLike<number>): Vector3 {
  const count = poses.length / POSE_SIZE - 1;
  const sum = [0, 0, 0];
  for (let body = 1; body <= count; body++) {
    for (let k = 0; k < 3; k++) sum[k]! += poses[body * POSE_SIZE + k]!;
  }
  const share = 1 / Math.max(1, count);
  return [sum[0]! * share, sum[1]! * share, sum[2]! * share];
}

/** Distance from `centre` to the farthest point of the robot, at most. */
export function radiusOf(scene: Scene, poses: ArrayLike<number>, centre: Vector3): number {
  let radius = 0.1;
  for (const geom of scene.geoms) {
    if (geom.body === 0) continue;
    const { position } = geomPose(geom, poseOf(poses, geom.body));
    const away = Math.hypot(position[0] - centre[0], position[1] - centre[1], position[2] - centre[2]);
    radius = Math.max(radius, away + reachOf(geom));
  }
  return radius;
}

/** Distance from a shape's centre to its farthest point. */
export function reachOf({ type, size: [a, b, c] }: SceneGeom): number {
  switch (type) {
    case 'sphere':
      return a;
    case 'capsule':
      return a + b;
    case 'cylinder':
      return Math.hypot(a, b);
    case 'ellipsoid':
      return Math.max(a, b, c);
    case 'box':
      return Math.hypot(a, b, c);
    default:
      return 0;
  }
}

/** The first view of a robot: the whole of it is in the picture, of this width over height. */
export function firstView(scene: Scene, positions: ArrayLike<number>, aspect: number): View {
  const poses = bodyPoses(scene, positions);
  const centre = centreOf(poses);
  return {
    azimuth: FIRST_AZIMUTH,
    elevation: FIRST_ELEVATION,
    distance: distanceFor(radiusOf(scene, poses, centre), aspect),
    target: centre,
  };
}

/** From how far away a ball of this radius fills the picture. */
export function distanceFor(radius: number, aspect: number): number {
  const half = Math.min(FIELD_OF_VIEW / 2, Math.atan(aspect * Math.tan(FIELD_OF_VIEW / 2)));
  return radius / Math.sin(half);
}

/** A point in a picture. */
export interface Projected {
  /** Pixels from the left. */
  readonly x: number;
  /** Pixels from the top. */
  readonly y: number;
  /** Metres along the line of sight. */
  readonly depth: number;
  /** Pixels per metre at that depth. */
  readonly scale: number;
}

/** Projects points into a picture by a view. */
export class Projection {
  readonly eye: Vector3;
  /** Unit vectors to the right, up and ahead. */
  readonly right: Vector3;
  readonly up: Vector3;
  readonly ahead: Vector3;
  readonly #width: number;
  readonly #height: number;
  readonly #focal: number;

  /** @param width of the picture in pixels */
  constructor({ azimuth, elevation, distance, target }: View, width: number, height: number) {
    const [sinA, cosA] = [Math.sin(azimuth), Math.cos(azimuth)];
    const [sinE, cosE] = [Math.sin(elevation), Math.cos(elevation)];
    this.ahead = [-cosE * cosA, -cosE * sinA, -sinE];
    this.right = [-sinA, cosA, 0];
    this.up = [-sinE * cosA, -sinE * sinA, cosE];
    this.eye = [
      target[0] - distance * this.ahead[0],
      target[1] - distance * this.ahead[1],
      target[2] - distance * this.ahead[2],
    ];
    this.#width = width;
    this.#height = height;
    this.#focal = height / 2 / Math.tan(FIELD_OF_VIEW / 2);
  }

  project(point: Vector3): Projected {
    const offset: Vector3 = [point[0] - this.eye[0], point[1] - this.eye[1], point[2] - this.eye[2]];
    const depth = dot(offset, this.ahead);
    const scale = this.#focal / depth;
    return {
      x: this.#width / 2 + dot(offset, this.right) * scale,
      y: this.#height / 2 - dot(offset, this.up) * scale,
      depth,
      scale,
    };
  }
}

/** The two ends of a capsule's or cylinder's axis in the world. */
export function axisEnds(
  { size }: SceneGeom,
  { position, orientation }: ReturnType<typeof geomPose>,
): [Vector3, Vector3] {
  const [x, y, z] = rotate(orientation, [0, 0, size[1]]);
  return [
    [position[0] - x, position[1] - y, position[2] - z],
    [position[0] + x, position[1] + y, position[2] + z],
  ];
}

export function dot(a: Vector3, b: Vector3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
