import { InvalidInputError } from '@mikt/core';

export type Vector3 = readonly [number, number, number];
/** w, x, y, z. */
export type Quaternion = readonly [number, number, number, number];

/** What moves a body against its parent. */
export interface SceneJoint {
  readonly type: 'free' | 'ball' | 'slide' | 'hinge';
  /** Where it is, in the body's frame. */
  readonly position: Vector3;
  /** Axis of a slide or hinge, in the body's frame. */
  readonly axis: Vector3;
  /** Its first entry in the generalised positions. */
  readonly entry: number;
  /** Value of that entry at which the body is where its frame says; slides and hinges only. */
  readonly reference: number;
}

/** A rigid part of a robot. */
export interface SceneBody {
  readonly name: string;
  /** Index of the body it hangs on; the world, which comes first, is its own. */
  readonly parent: number;
  /** Its frame in the parent's, without joints. */
  readonly position: Vector3;
  readonly orientation: Quaternion;
  readonly joints: readonly SceneJoint[];
}

/** One shape, for drawing. */
export interface SceneGeom {
  readonly type: 'plane' | 'sphere' | 'capsule' | 'ellipsoid' | 'cylinder' | 'box' | 'other';
  /** MuJoCo's three size numbers: radius and half-length (along z) of a capsule, half-sizes of a box. */
  readonly size: Vector3;
  /** Red, green, blue and opacity from 0 to 1; `[0.5, 0.5, 0.5, 1]` where the model names none. */
  readonly rgba: readonly [number, number, number, number];
  /** Index of the body it belongs to; 0 is the world. */
  readonly body: number;
  /** Its frame in the body's. */
  readonly position: Vector3;
  readonly orientation: Quaternion;
}

/** What there is to draw of a model, as plain data: with generalised positions it gives a picture. Metres. */
export interface Scene {
  /** Parents come before their children; the world is the first. */
  readonly bodies: readonly SceneBody[];
  readonly geoms: readonly SceneGeom[];
  /** Number of generalised positions, MuJoCo's nq. */
  readonly positionSize: number;
}

/** What can be drawn: an environment on MuJoCo, or another one that has a scene. */
export interface Drawable {
  readonly name: string;
  /** Seconds of one step. */
  readonly dt: number;
  readonly simulation: {
    /** Generalised positions. [scene.positionSize] */
    readonly qpos: Float64Array;
    scene(): Scene;
  };
}

/** Whether an environment has a scene to draw. */
export function isDrawable(env: { readonly name: string }): env is Drawable {
  const { simulation, dt } = env as Partial<Drawable>;
  return typeof simulation?.scene === 'function' && typeof dt === 'number';
}

/**
 * The bodies and shapes of an environment's model.
 * @throws InvalidInputError where it is not on MuJoCo and has no scene of its own
 */
export function describeScene(env: { readonly name: string }): Scene {
  if (!isDrawable(env)) {
    throw new InvalidInputError(
      `${env.name} has nothing to draw: it is not on MuJoCo; give it dt, and a simulation with qpos and scene().`,
    );
  }
  return env.simulation.scene();
}

/** Numbers of a body's pose in `bodyPoses`: position, then orientation. */
export const POSE_SIZE = 7;

/**
 * Where the bodies are for these generalised positions, in the world's frame: MuJoCo's forward kinematics.
 * @param positions [scene.positionSize]
 * @param poses filled and returned: x, y, z and the quaternion w, x, y, z of every body. [bodies, 7]
 */
export function bodyPoses(
  scene: Scene,
  positions: ArrayLike<number>,
  poses: Float64Array = new Float64Array(scene.bodies.length * POSE_SIZE),
): Float64Array {
  for (const [i, body] of scene.bodies.entries()) {
    const parent = poseOf(poses, body.parent);
    const pose =
      i === 0
        ? { position: body.position, orientation: body.orientation }
        : body.joints.reduce((at, joint) => applyJoint(at, joint, positions), {
            position: add(parent.position, rotate(parent.orientation, body.position)),
            orientation: multiply(parent.orientation, body.orientation),
          });
    poses.set(pose.position, i * POSE_SIZE);
    poses.set(normalise(pose.orientation), i * POSE_SIZE + 3);
  }
  return poses;
}

/** A place and an orientation. */
export interface Pose {
  readonly position: Vector3;
  readonly orientation: Quaternion;
}

/** Pose of a body out of `bodyPoses`. */
export function poseOf(poses: ArrayLike<number>, body: number): Pose {
  const at = (k: number) => poses[body * POSE_SIZE + k]!;
  return { position: [at(0), at(1), at(2)], orientation: [at(3), at(4), at(5), at(6)] };
}

/** Pose of a shape in the world, from the pose of its body. */
export function geomPose(geom: SceneGeom, body: Pose): Pose {
  return {
    position: add(body.position, rotate(body.orientation, geom.position)),
    orientation: multiply(body.orientation, geom.orientation),
  };
}

function applyJoint(pose: Pose, joint: SceneJoint, positions: ArrayLike<number>): Pose {
  const { type, entry, reference, axis } = joint;
  const value = (k: number) => positions[entry + k]!;
  switch (type) {
    case 'free':
      return {
        position: [value(0), value(1), value(2)],
        orientation: normalise([value(3), value(4), value(5), value(6)]),
      };
    case 'slide': {
      const distance = value(0) - reference;
      const direction = rotate(pose.orientation, axis);
      return { ...pose, position: add(pose.position, scale(direction, distance)) };
    }
    case 'hinge':
    case 'ball': {
      const turn: Quaternion =
        type === 'ball'
          ? normalise([value(0), value(1), value(2), value(3)])
          : aroundAxis(axis, value(0) - reference);
      // The body turns about the joint's place, which stays where it is.
      const anchor = add(pose.position, rotate(pose.orientation, joint.position));
      const orientation = multiply(pose.orientation, turn);
      return { position: add(anchor, scale(rotate(orientation, joint.position), -1)), orientation };
    }
  }
}

function aroundAxis([x, y, z]: Vector3, angle: number): Quaternion {
  const sine = Math.sin(angle / 2);
  return [Math.cos(angle / 2), x * sine, y * sine, z * sine];
}

/** A vector turned by a unit quaternion. */
export function rotate([w, x, y, z]: Quaternion, [a, b, c]: Vector3): Vector3 {
  const [tx, ty, tz] = [2 * (y * c - z * b), 2 * (z * a - x * c), 2 * (x * b - y * a)];
  return [a + w * tx + y * tz - z * ty, b + w * ty + z * tx - x * tz, c + w * tz + x * ty - y * tx];
}

function multiply([a, b, c, d]: Quaternion, [e, f, g, h]: Quaternion): Quaternion {
  return [
    a * e - b * f - c * g - d * h,
    a * f + b * e + c * h - d * g,
    a * g - b * h + c * e + d * f,
    a * h + b * g - c * f + d * e,
  ];
}

function normalise(q: Quaternion): Quaternion {
  const length = Math.hypot(...q);
  // As MuJoCo does with a quaternion of no length.
  return length > 0 ? [q[0] / length, q[1] / length, q[2] / length, q[3] / length] : [1, 0, 0, 0];
}

function add(a: Vector3, b: Vector3): Vector3 {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

function scale(a: Vector3, factor: number): Vector3 {
  return [a[0] * factor, a[1] * factor, a[2] * factor];
}
