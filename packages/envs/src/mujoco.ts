import { InvalidInputError, MiktError, RunError } from '@mikt/core';
import loadMujoco, { type MainModule, type MjData, type MjModel } from '@mujoco/mujoco';
import { modelScene } from './model-scene.js';
import type { Scene } from './scene.js';

/** How to load MuJoCo's WASM build. */
export interface PhysicsOptions {
  /** Where `mujoco.wasm` is, when a bundler has moved it away from the script that loads it. */
  readonly wasmUrl?: string;
}

interface SharedModel {
  readonly model: MjModel;
  users: number;
}

interface Views {
  readonly qpos: Float64Array;
  readonly qvel: Float64Array;
  readonly qacc: Float64Array;
  readonly ctrl: Float64Array;
  readonly xpos: Float64Array;
  readonly cfrcExt: Float64Array;
  readonly xfrcApplied: Float64Array;
  readonly geomXpos: Float64Array;
  readonly geomXmat: Float64Array;
}

let loading: Promise<MainModule> | undefined;
let handles = 0;
const models = new Map<string, SharedModel>();

/** Number of MuJoCo objects (models, simulations, buffers) of this thread that were not yet freed. */
export function liveHandles(): number {
  return handles;
}

/**
 * Loads MuJoCo's WASM build, once per thread. `makeEnv` does it by itself: call it only to pass options, before.
 * @throws MiktError with code `physics` when the WASM file cannot be loaded
 */
export async function loadPhysics(options: PhysicsOptions = {}): Promise<void> {
  await physics(options);
}

/** Version of the physics engine that this package depends on; a test holds it against the engine's own word. */
export const MUJOCO_VERSION = '3.14.0';

/** The version that the loaded engine says it is. */
export async function loadedVersion(): Promise<string> {
  return (await physics()).mj_versionString();
}

/** The file of MuJoCo's WASM build on this computer, e.g. for a server that gives it to pages. Node only. */
export function physicsFile(): string {
  const { createRequire } = process.getBuiltinModule('node:module');
  return createRequire(import.meta.url).resolve('@mujoco/mujoco/mujoco.wasm');
}

function physics({ wasmUrl }: PhysicsOptions = {}): Promise<MainModule> {
  loading ??= loadMujoco(wasmUrl === undefined ? {} : { locateFile: () => wasmUrl }).catch(
    (cause: unknown) => {
      loading = undefined;
      throw new MiktError(
        'physics',
        `MuJoCo's WASM build could not be loaded (${messageOf(cause)}); in a browser, pass the address of mujoco.wasm to loadPhysics.`,
        { cause },
      );
    },
  );
  return loading;
}

/**
 * A model and its state in MuJoCo: the only owner of WASM objects in this package. Call `dispose()` when done.
 *
 * The arrays are live views of MuJoCo's memory: read them at once and keep copies, since loading another
 * model may move that memory.
 */
export class Simulation {
  readonly mjcf: string;
  readonly positionSize: number;
  readonly velocitySize: number;
  readonly controlSize: number;
  readonly bodyCount: number;
  /** Seconds of one physics step. */
  readonly timestep: number;
  readonly #mujoco: MainModule;
  readonly #model: MjModel;
  readonly #data: MjData;
  readonly #bodies = new Map<string, number>();
  #views: Views;
  #disposed = false;

  /**
   * Compiles a model, or reuses the compiled one while another simulation of the same text is alive.
   * @throws InvalidInputError when MuJoCo refuses the model, with its reason
   */
  static async create(mjcf: string): Promise<Simulation> {
    return new Simulation(await physics(), mjcf);
  }

  private constructor(mujoco: MainModule, mjcf: string) {
    this.mjcf = mjcf;
    this.#mujoco = mujoco;
    this.#model = acquireModel(mujoco, mjcf);
    try {
      this.#data = new mujoco.MjData(this.#model);
      handles++;
    } catch (cause) {
      releaseModel(mjcf);
      throw new RunError(`MuJoCo could not allocate a simulation: ${messageOf(cause)}.`, { cause });
    }
    this.positionSize = this.#model.nq;
    this.velocitySize = this.#model.nv;
    this.controlSize = this.#model.nu;
    this.bodyCount = this.#model.nbody;
    const option = this.#model.opt;
    this.timestep = option.timestep;
    option.delete();
    this.#views = this.#takeViews();
  }

  /** Generalised positions. [positionSize] */
  get qpos(): Float64Array {
    return this.#current().qpos;
  }

  /** Generalised velocities. [velocitySize] */
  get qvel(): Float64Array {
    return this.#current().qvel;
  }

  /** Origins of the body frames, in metres. [bodyCount, 3] */
  get bodyPositions(): Float64Array {
    return this.#current().xpos;
  }

  /** External force on each body, torque then force, as of the last `step` or `forward`. [bodyCount, 6] */
  get contactForces(): Float64Array {
    return this.#current().cfrcExt;
  }

  /**
   * Force and torque on each body at its centre of mass, in newtons and newton metres, world axes; zero at first and
   * after a reset, to be set by whoever pushes the robot. [bodyCount, 6]
   */
  get appliedForces(): Float64Array {
    return this.#current().xfrcApplied;
  }

  /** Centres of the shapes, in metres. [geoms, 3] */
  get geomPositions(): Float64Array {
    return this.#current().geomXpos;
  }

  /** Rotation matrices of the shapes, row-major. [geoms, 9] */
  get geomRotations(): Float64Array {
    return this.#current().geomXmat;
  }

  /** Limits of every control, infinite where there is none. [controlSize] each */
  controlLimits(): { low: number[]; high: number[] } {
    this.#current();
    const range: Float64Array = this.#model.actuator_ctrlrange;
    // A range of zero width is how MuJoCo writes "no limit"; actuator_ctrllimited is not readable in this build.
    const limit = (side: 0 | 1, none: number) =>
      Array.from({ length: this.controlSize }, (_, i) =>
        range[2 * i]! < range[2 * i + 1]! ? range[2 * i + side]! : none,
      );
    return { low: limit(0, Number.NEGATIVE_INFINITY), high: limit(1, Number.POSITIVE_INFINITY) };
  }

  /** Bodies and shapes for drawing, as plain data; the shapes in the order of `geomPositions`. */
  scene(): Scene {
    this.#current();
    return modelScene(this.#mujoco, this.#model);
  }

  /** Mass of all bodies, in kilograms. */
  totalMass(): number {
    this.#current();
    const masses: Float64Array = this.#model.body_mass;
    return masses.reduce((sum, mass) => sum + mass, 0);
  }

  /**
   * Index of a body by its name in the model.
   * @throws InvalidInputError when there is none
   */
  body(name: string): number {
    this.#current();
    let index = this.#bodies.get(name);
    if (index === undefined) {
      index = this.#mujoco.mj_name2id(this.#model, this.#mujoco.mjtObj.mjOBJ_BODY.value, name);
      if (index < 0) throw new InvalidInputError(`the model has no body named "${name}".`);
      this.#bodies.set(name, index);
    }
    return index;
  }

  /**
   * Names of the state's entries, by joint or body: `qpos/root/0`, `qvel/lefthip_0`, `contact/torso_0/5`; of the
   * controls by the joint that they drive: `motor/lefthip_0`. Motors on joints are the only kind that is known.
   * [positionSize], [velocitySize], [6 * bodyCount], [controlSize]
   */
  names(): { qpos: string[]; qvel: string[]; contact: string[]; control: string[] } {
    this.#current();
    const { mjtObj, mjtJoint } = this.#mujoco;
    const name = (kind: { value: number }, i: number) =>
      this.#mujoco.mj_id2name(this.#model, kind.value, i) ?? String(i);
    const entries = (prefix: string, count: number) =>
      count === 1 ? [prefix] : Array.from({ length: count }, (_, i) => `${prefix}/${i}`);
    const joints = Array.from({ length: this.#model.njnt }, (_, i) => ({
      name: name(mjtObj.mjOBJ_JOINT, i),
      sizes: jointSizes(this.#model.jnt_type[i]!, mjtJoint),
    }));
    return {
      qpos: joints.flatMap((joint) => entries(`qpos/${joint.name}`, joint.sizes.qpos)),
      qvel: joints.flatMap((joint) => entries(`qvel/${joint.name}`, joint.sizes.qvel)),
      contact: Array.from({ length: this.bodyCount }, (_, i) => name(mjtObj.mjOBJ_BODY, i)).flatMap((body) =>
        entries(`contact/${body}`, 6),
      ),
      control: Array.from({ length: this.controlSize }, (_, i) => {
        const joint: number = this.#model.actuator_trnid[2 * i];
        return `motor/${joints[joint]?.name ?? i}`;
      }),
    };
  }

  /** Puts everything back to the model's initial state, what the solver remembers included. */
  reset(): void {
    this.#current();
    this.#mujoco.mj_resetData(this.#model, this.#data);
  }

  /** Computes positions of bodies and forces from `qpos` and `qvel`. */
  forward(): void {
    this.#current();
    this.#mujoco.mj_forward(this.#model, this.#data);
    this.#mujoco.mj_rnePostConstraint(this.#model, this.#data);
  }

  /**
   * Advances by `count` physics steps under constant controls, then computes the contact forces.
   * Body positions and forces are those of the integrator's last stage, as in Gym.
   * @param controls [controlSize]
   * @returns false when the state diverged, at which it stops
   */
  step(controls: ArrayLike<number>, count: number): boolean {
    this.#current().ctrl.set(controls);
    for (let i = 0; i < count; i++) {
      this.#mujoco.mj_step(this.#model, this.#data);
      if (!this.isFinite()) return false;
    }
    // MuJoCo fills cfrc_ext only on demand.
    this.#mujoco.mj_rnePostConstraint(this.#model, this.#data);
    return true;
  }

  /** Whether no position, velocity or acceleration is beyond what MuJoCo takes for a diverged state. */
  isFinite(): boolean {
    const { qpos, qvel, qacc } = this.#current();
    return bounded(qpos) && bounded(qvel) && bounded(qacc);
  }

  /** Everything that later steps depend on, the solver's warm start included. */
  state(): Float64Array {
    this.#current();
    const buffer = new this.#mujoco.DoubleBuffer(this.#stateSize());
    handles++;
    try {
      this.#mujoco.mj_getState(this.#model, this.#data, buffer, this.#stateParts());
      const view: Float64Array = buffer.GetView();
      return view.slice();
    } finally {
      buffer.delete();
      handles--;
    }
  }

  /**
   * Continues from `state()`: the physics steps that follow are the same, bit for bit. Body positions and
   * forces are computed anew and may differ in the last digits from those the state was taken with.
   * @throws InvalidInputError when the state is that of another model
   */
  setState(state: Float64Array): void {
    this.#current();
    if (state.length !== this.#stateSize()) {
      throw new InvalidInputError(
        `the state has ${state.length} numbers, this model's has ${this.#stateSize()}; restore it in the environment it was taken from.`,
      );
    }
    // The binding takes a plain array only.
    this.#mujoco.mj_setState(this.#model, this.#data, Array.from(state), this.#stateParts());
    this.forward();
  }

  /** Frees the WASM memory. A second call does nothing. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#data.delete();
    handles--;
    releaseModel(this.mjcf);
  }

  #stateParts(): number {
    return this.#mujoco.mjtState.mjSTATE_INTEGRATION.value;
  }

  #stateSize(): number {
    return this.#mujoco.mj_stateSize(this.#model, this.#stateParts());
  }

  /** The views, taken again when the memory they looked at has grown, which detaches them. */
  #current(): Views {
    if (this.#disposed) {
      throw new InvalidInputError('the simulation was disposed; make a new environment.');
    }
    if (this.#views.xpos.length === 0) this.#views = this.#takeViews();
    return this.#views;
  }

  #takeViews(): Views {
    const data = this.#data;
    return {
      qpos: data.qpos,
      qvel: data.qvel,
      qacc: data.qacc,
      ctrl: data.ctrl,
      xpos: data.xpos,
      cfrcExt: data.cfrc_ext,
      xfrcApplied: data.xfrc_applied,
      geomXpos: data.geom_xpos,
      geomXmat: data.geom_xmat,
    };
  }
}

/** Beyond this magnitude MuJoCo takes a number for a divergence (mjMAXVAL), and ignores it as a control. */
export const LARGEST_VALUE = 1e10;

function bounded(values: Float64Array): boolean {
  for (const value of values) {
    if (!(Math.abs(value) <= LARGEST_VALUE)) return false;
  }
  return true;
}

/** Entries of a joint in qpos and qvel. */
function jointSizes(type: number, joints: MainModule['mjtJoint']): { qpos: number; qvel: number } {
  if (type === joints.mjJNT_FREE.value) return { qpos: 7, qvel: 6 };
  if (type === joints.mjJNT_BALL.value) return { qpos: 4, qvel: 3 };
  return { qpos: 1, qvel: 1 };
}

function acquireModel(mujoco: MainModule, mjcf: string): MjModel {
  let shared = models.get(mjcf);
  if (!shared) {
    let model: MjModel;
    try {
      model = mujoco.MjModel.from_xml_string(mjcf);
    } catch (cause) {
      throw new InvalidInputError(`MuJoCo refuses the model: ${messageOf(cause)}`, { cause });
    }
    // By default MuJoCo puts a diverged state back to the initial one and goes on, which would hide it.
    const option = model.opt;
    option.disableflags |= mujoco.mjtDisableBit.mjDSBL_AUTORESET.value;
    option.delete();
    shared = { model, users: 0 };
    models.set(mjcf, shared);
    handles++;
  }
  shared.users++;
  return shared.model;
}

function releaseModel(mjcf: string): void {
  const shared = models.get(mjcf);
  if (!shared) return;
  shared.users--;
  if (shared.users > 0) return;
  models.delete(mjcf);
  shared.model.delete();
  handles--;
}

function messageOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).trim();
}
