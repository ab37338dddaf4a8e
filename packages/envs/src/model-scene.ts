import type { MainModule, MjModel } from '@mujoco/mujoco';
import { jointType, namesOf } from './model-description.js';
import {
  type Quaternion,
  rotate,
  type Scene,
  type SceneBody,
  type SceneGeom,
  type SceneJoint,
  type Vector3,
} from './scene.js';

// MuJoCo's mjtGeom; 1 and 7 are height fields and meshes.
const GEOM_TYPES: readonly SceneGeom['type'][] = [
  ...(['plane', 'other', 'sphere', 'capsule'] as const),
  ...(['ellipsoid', 'cylinder', 'box'] as const),
];
const MESH = 7;

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
  const names = namesOf(model, model.name_bodyadr);
  return Array.from(parents, (parent, i) => ({
    name: names[i]!,
    parent,
    position: vector(positions, i),
    orientation: quaternion(orientations, i),
    joints: joints.filter(({ body }) => body === i).map(({ joint }) => joint),
  }));
}

function readJoints(mujoco: MainModule, model: MjModel): { body: number; joint: SceneJoint }[] {
  const types: Int32Array = model.jnt_type;
  const bodies: Int32Array = model.jnt_bodyid;
  const entries: Int32Array = model.jnt_qposadr;
  const positions: Float64Array = model.jnt_pos;
  const axes: Float64Array = model.jnt_axis;
  const references: Float64Array = model.qpos0;
  return Array.from(types, (type, i) => ({
    body: bodies[i]!,
    joint: {
      type: jointType(mujoco, type),
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
  const boxes: Float64Array = model.geom_aabb;
  // A mesh is drawn as the box around it, on bodies that are nothing but meshes: others have simpler shapes, as a rule
  // those that collide.
  const simple = new Set(Array.from(bodies).filter((_, i) => GEOM_TYPES[types[i]!] !== undefined));
  return Array.from(types, (type, i) => {
    const isBox = type === MESH && !simple.has(bodies[i]!);
    const orientation = quaternion(orientations, i);
    const centre: Vector3 = isBox ? vector(boxes, 2 * i) : [0, 0, 0];
    const offset = rotate(orientation, centre);
    const [x, y, z] = vector(positions, i);
    return {
      type: isBox ? 'box' : (GEOM_TYPES[type] ?? 'other'),
      size: isBox ? vector(boxes, 2 * i + 1) : vector(sizes, i),
      rgba: quaternion(colours, i),
      body: bodies[i]!,
      position: isBox ? [x + offset[0], y + offset[1], z + offset[2]] : [x, y, z],
      orientation,
    };
  });
}

function vector(values: Float64Array, i: number): Vector3 {
  return [values[3 * i]!, values[3 * i + 1]!, values[3 * i + 2]!];
}

function quaternion(values: Float64Array, i: number): Quaternion {
  return [values[4 * i]!, values[4 * i + 1]!, values[4 * i + 2]!, values[4 * i + 3]!];
}
