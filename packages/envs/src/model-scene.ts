import type { MainModule, MjModel } from '@mujoco/mujoco';
import type { Quaternion, Scene, SceneBody, SceneGeom, SceneJoint, Vector3 } from './scene.js';

// MuJoCo's mjtGeom, whose numbers 1 and 7 are height fields and meshes.
const GEOM_TYPES: readonly SceneGeom['type'][] = [
  ...(['plane', 'other', 'sphere', 'capsule'] as const),
  ...(['ellipsoid', 'cylinder', 'box'] as const),
];

/** Reads bodies and shapes of a compiled model. Views only, whose entries need no freeing, and copies of them. */
export function modelScene(mujoco: MainModule, model: MjModel): Scene {
  return {
    bodies: readBodies(mujoco, model),
    geoms: readGeoms(model),
    positionSize: model.nq,
  };
}

function readBodies(mujoco: MainModule, model: MjModel): SceneBody[] {
  const parents: Int32Array = model.body_parentid;
  const positions: Float64Array = model.body_pos;
  const orientations: Float64Array = model.body_quat;
  const joints = readJoints(mujoco, model);
  return Array.from(parents, (parent, i) => ({
    name: mujoco.mj_id2name(model, mujoco.mjtObj.mjOBJ_BODY.value, i) || String(i),
    parent,
    position: vector(positions, i),
    orientation: quaternion(orientations, i),
    joints: joints.filter(({ body }) => body === i).map(({ joint }) => joint),
  }));
}

function readJoints({ mjtJoint }: MainModule, model: MjModel): { body: number; joint: SceneJoint }[] {
  const kinds = new Map<number, SceneJoint['type']>([
    [mjtJoint.mjJNT_FREE.value, 'free'],
    [mjtJoint.mjJNT_BALL.value, 'ball'],
    [mjtJoint.mjJNT_SLIDE.value, 'slide'],
    [mjtJoint.mjJNT_HINGE.value, 'hinge'],
  ]);
  const types: Int32Array = model.jnt_type;
  const bodies: Int32Array = model.jnt_bodyid;
  const entries: Int32Array = model.jnt_qposadr;
  const positions: Float64Array = model.jnt_pos;
  const axes: Float64Array = model.jnt_axis;
  const references: Float64Array = model.qpos0;
  return Array.from(types, (type, i) => ({
    body: bodies[i]!,
    joint: {
      type: kinds.get(type)!,
      position: vector(positions, i),
      axis: vector(axes, i),
      entry: entries[i]!,
      reference: references[entries[i]!]!,
    },
  }));
}

function readGeoms(model: MjModel): SceneGeom[] {
  const types: Int32Array = model.geom_type;
  const bodies: Int32Array = model.geom_bodyid;
  const sizes: Float64Array = model.geom_size;
  const positions: Float64Array = model.geom_pos;
  const orientations: Float64Array = model.geom_quat;
  // Stored in single precision: rounded, so that 0.1 reads 0.1.
  const colours = Float64Array.from(model.geom_rgba as Float32Array, (value) => Number(value.toFixed(4)));
  return Array.from(types, (type, i) => ({
    type: GEOM_TYPES[type] ?? 'other',
    size: vector(sizes, i),
    rgba: quaternion(colours, i),
    body: bodies[i]!,
    position: vector(positions, i),
    orientation: quaternion(orientations, i),
  }));
}

function vector(values: Float64Array, i: number): Vector3 {
  return [values[3 * i]!, values[3 * i + 1]!, values[3 * i + 2]!];
}

function quaternion(values: Float64Array, i: number): Quaternion {
  return [values[4 * i]!, values[4 * i + 1]!, values[4 * i + 2]!, values[4 * i + 3]!];
}
