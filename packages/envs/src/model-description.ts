import type { MainModule, MjModel } from '@mujoco/mujoco';
import type { SceneJoint, Vector3 } from './scene.js';

/** A rigid part of a model. */
export interface DescribedBody {
  /** As the model names it, or else its index. */
  readonly name: string;
  /** Index of the body it hangs on; the world, which comes first, is its own. */
  readonly parent: number;
  /** In its parent's frame, without joints; metres. */
  readonly position: Vector3;
  /** Kilograms. */
  readonly mass: number;
}

export interface DescribedJoint {
  /** As the model names it, or else its index. */
  readonly name: string;
  readonly isNamed: boolean;
  readonly type: SceneJoint['type'];
  /** Index of the body that it moves. */
  readonly body: number;
  /** Its first entry in the generalised positions, and how many there are. */
  readonly position: { readonly entry: number; readonly size: number };
  /** The same in the generalised velocities. */
  readonly velocity: { readonly entry: number; readonly size: number };
  /** Value of its position at which the body is where its frame says; slides and hinges only. */
  readonly reference: number;
}

/** A number that the policy sets. */
export interface DescribedControl {
  /** `motor/<joint>`, `position/<joint>` or `velocity/<joint>` of a servo; `actuator/<name>` of all others. */
  readonly name: string;
  /** Infinite where there is no limit. */
  readonly low: number;
  readonly high: number;
}

export interface DescribedSensor {
  readonly name: string;
  /** Its first entry in the sensors' readings, and how many there are. */
  readonly entry: number;
  readonly size: number;
}

/** What a compiled model consists of, as plain data. */
export interface ModelDescription {
  /** The model's own name; MuJoCo's default where it has none. */
  readonly name: string;
  readonly bodies: readonly DescribedBody[];
  readonly joints: readonly DescribedJoint[];
  readonly controls: readonly DescribedControl[];
  readonly sensors: readonly DescribedSensor[];
  /** Names of the keyframes, in order; the index where one has none. */
  readonly keyframes: readonly string[];
  /** Names of the actuators' states (`act/<name>`), of those that have one. */
  readonly activations: readonly string[];
  /** Seconds of one physics step. */
  readonly timestep: number;
  /** m/s². */
  readonly gravity: Vector3;
}

/** Reads what a compiled model consists of. Copies only. */
export function describeModel(mujoco: MainModule, model: MjModel): ModelDescription {
  const { timestep, gravity } = readOption(model);
  const joints = readJoints(mujoco, model);
  return {
    name: nameAt(model, 0) ?? '',
    bodies: readBodies(model),
    joints,
    controls: readControls(mujoco, model, joints),
    sensors: readSensors(model),
    keyframes: namesOf(model, model.name_keyadr),
    activations: readActivations(model),
    timestep,
    gravity,
  };
}

/** Names of the parts whose places in the model's list of names are these; its index for one without a name. */
export function namesOf(model: MjModel, places: Int32Array): string[] {
  // mj_id2name cannot be used: for a part without a name this build gives what happens to be at address 0.
  return Array.from(places, (place, i) => nameAt(model, place) ?? String(i));
}

function nameAt(model: MjModel, place: number): string | undefined {
  const names: Int8Array = model.names;
  const end = names.indexOf(0, place);
  return end === place ? undefined : new TextDecoder().decode(Uint8Array.from(names.subarray(place, end)));
}

function readOption(model: MjModel): { timestep: number; gravity: Vector3 } {
  const option = model.opt;
  const [x, y, z] = option.gravity as Float64Array;
  const { timestep } = option;
  option.delete();
  return { timestep, gravity: [x!, y!, z!] };
}

function readBodies(model: MjModel): DescribedBody[] {
  const names = namesOf(model, model.name_bodyadr);
  const parents: Int32Array = model.body_parentid;
  const positions: Float64Array = model.body_pos;
  const masses: Float64Array = model.body_mass;
  return names.map((name, i) => ({
    name,
    parent: parents[i]!,
    position: [positions[3 * i]!, positions[3 * i + 1]!, positions[3 * i + 2]!],
    mass: masses[i]!,
  }));
}

/** Entries of a joint in the generalised positions and velocities. */
const SIZES = {
  free: { position: 7, velocity: 6 },
  ball: { position: 4, velocity: 3 },
  slide: { position: 1, velocity: 1 },
  hinge: { position: 1, velocity: 1 },
} as const;

function readJoints(mujoco: MainModule, model: MjModel): DescribedJoint[] {
  const names = namesOf(model, model.name_jntadr);
  const places: Int32Array = model.name_jntadr;
  const types: Int32Array = model.jnt_type;
  const bodies: Int32Array = model.jnt_bodyid;
  const positions: Int32Array = model.jnt_qposadr;
  const velocities: Int32Array = model.jnt_dofadr;
  const references: Float64Array = model.qpos0;
  return names.map((name, i) => {
    const type = jointType(mujoco, types[i]!);
    return {
      name,
      isNamed: nameAt(model, places[i]!) !== undefined,
      type,
      body: bodies[i]!,
      position: { entry: positions[i]!, size: SIZES[type].position },
      velocity: { entry: velocities[i]!, size: SIZES[type].velocity },
      reference: references[positions[i]!]!,
    };
  });
}

/** What MuJoCo's number for a kind of joint stands for. */
export function jointType({ mjtJoint }: MainModule, type: number): SceneJoint['type'] {
  if (type === mjtJoint.mjJNT_FREE.value) return 'free';
  if (type === mjtJoint.mjJNT_BALL.value) return 'ball';
  return type === mjtJoint.mjJNT_SLIDE.value ? 'slide' : 'hinge';
}

function readControls(
  mujoco: MainModule,
  model: MjModel,
  joints: readonly DescribedJoint[],
): DescribedControl[] {
  const actuators = namesOf(model, model.name_actuatoradr);
  const firsts: Int32Array = model.actuator_ctrladr;
  const counts: Int32Array = model.actuator_ctrlnum;
  const ranges: Float64Array = model.actuator_ctrlrange;
  const names = actuators.flatMap((actuator, i) => {
    const name = controlName(mujoco, model, i, actuator, joints);
    const count = counts[i]!;
    return count === 1 ? [name] : Array.from({ length: count }, (_, k) => `${name}/${k}`);
  });
  const unique = distinct(names);
  const places = actuators.flatMap((_, i) => Array.from({ length: counts[i]! }, (_, k) => firsts[i]! + k));
  const byPlace = new Map(places.map((place, i) => [place, unique[i]!]));
  return Array.from({ length: model.nu }, (_, control): DescribedControl => {
    const [low, high] = [ranges[2 * control]!, ranges[2 * control + 1]!];
    // A range of zero width is how MuJoCo writes "no limit"; actuator_ctrllimited is not readable in this build.
    const isLimited = low < high;
    return {
      name: byPlace.get(control) ?? `actuator/${control}`,
      low: isLimited ? low : Number.NEGATIVE_INFINITY,
      high: isLimited ? high : Number.POSITIVE_INFINITY,
    };
  });
}

function controlName(
  { mjtTrn, mjtGain, mjtBias, mjtDyn }: MainModule,
  model: MjModel,
  i: number,
  actuator: string,
  joints: readonly DescribedJoint[],
): string {
  const transmission = model.actuator_trntype[i];
  const joint = joints[model.actuator_trnid[2 * i]];
  const isOnJoint =
    transmission === mjtTrn.mjTRN_JOINT.value || transmission === mjtTrn.mjTRN_JOINTINPARENT.value;
  const isPlain =
    model.actuator_gaintype[i] === mjtGain.mjGAIN_FIXED.value &&
    model.actuator_dyntype[i] === mjtDyn.mjDYN_NONE.value;
  if (!isOnJoint || !joint || !isPlain) return `actuator/${actuator}`;
  if (model.actuator_biastype[i] === mjtBias.mjBIAS_NONE.value) return `motor/${joint.name}`;
  if (model.actuator_biastype[i] !== mjtBias.mjBIAS_AFFINE.value) return `actuator/${actuator}`;
  // The force is gain·control + bias0 + bias1·position + bias2·velocity.
  const perActuator = model.actuator_biasprm.length / model.nactuator;
  return `${model.actuator_biasprm[perActuator * i + 1] === 0 ? 'velocity' : 'position'}/${joint.name}`;
}

function readSensors(model: MjModel): DescribedSensor[] {
  const entries: Int32Array = model.sensor_adr;
  const sizes: Int32Array = model.sensor_dim;
  const names = distinct(namesOf(model, model.name_sensoradr));
  return names.map((name, i) => ({ name, entry: entries[i]!, size: sizes[i]! }));
}

function readActivations(model: MjModel): string[] {
  const counts: Int32Array = model.actuator_actnum;
  return namesOf(model, model.name_actuatoradr).flatMap((name, i) =>
    counts[i] === 1
      ? [`act/${name}`]
      : Array.from({ length: Math.max(counts[i]!, 0) }, (_, k) => `act/${name}/${k}`),
  );
}

/** The names, the second of one name with `/2` behind it, and so on. */
function distinct(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  return names.map((name) => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count === 1 ? name : `${name}/${count}`;
  });
}
