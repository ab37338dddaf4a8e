import { InvalidInputError, RunError } from '@mikt/core';
import type { MainModule, MjData, MjModel } from '@mujoco/mujoco';
import { inOneLine } from './compile-problem.js';
import { acquireModel, countHandle, free, type ModelSource, releaseModel } from './compiled-model.js';
import { describeModel, type ModelDescription } from './model-description.js';
import { modelScene } from './model-scene.js';
import { WarningCounts } from './mujoco-warnings.js';
import { physics, physicsError } from './physics.js';
import type { Scene, Vector3 } from './scene.js';

interface Views {
  readonly qpos: Float64Array;
  readonly qvel: Float64Array;
  readonly qacc: Float64Array;
  readonly ctrl: Float64Array;
  readonly act: Float64Array;
  readonly sensordata: Float64Array;
  readonly xpos: Float64Array;
  readonly xmat: Float64Array;
  readonly cfrcExt: Float64Array;
  readonly xfrcApplied: Float64Array;
  readonly geomXpos: Float64Array;
  readonly geomXmat: Float64Array;
}

/**
 * A model and its state in MuJoCo. Call `dispose()` when done: WASM memory is not garbage-collected.
 *
 * The arrays are live views of MuJoCo's memory: read them at once and keep copies, since loading another
 * model may move that memory.
 */
export class Simulation {
  readonly source: ModelSource;
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
  #description: ModelDescription | undefined;
  #views: Views;
  readonly #warnings: WarningCounts;
  #disposed = false;

  /**
   * Compiles a model, or reuses the compiled one while another simulation of the same text (or of the same object) is
   * alive.
   * @param source MJCF or URDF text, or a model with the files that it names
   * @throws InvalidInputError when MuJoCo refuses the model, with its reason
   */
  static async create(source: ModelSource): Promise<Simulation> {
    return new Simulation(await physics(), source);
  }

  private constructor(mujoco: MainModule, source: ModelSource) {
    this.source = source;
    this.#mujoco = mujoco;
    this.#model = acquireModel(mujoco, source);
    try {
      this.#data = new mujoco.MjData(this.#model);
      countHandle(1);
    } catch (cause) {
      const fails = (why: string) =>
        new RunError(`MuJoCo could not allocate a simulation: ${why}.`, { cause });
      const error = physicsError(mujoco, cause, { refused: fails, crashed: fails });
      releaseModel(mujoco, source);
      throw error;
    }
    this.#warnings = new WarningCounts(this.#data);
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

  /** Controls as they were set last; those of the keyframe after a reset to one. [controlSize] */
  get controls(): Float64Array {
    return this.#current().ctrl;
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

  /** Readings of the model's sensors as of the last physics step began, in the order of `describe().sensors`. */
  get sensorReadings(): Float64Array {
    return this.#current().sensordata;
  }

  /** States of the actuators that have one, in the order of `describe().activations`. */
  get activations(): Float64Array {
    return this.#current().act;
  }

  /** Rotation matrices of the body frames, row-major. [bodyCount, 9] */
  get bodyRotations(): Float64Array {
    return this.#current().xmat;
  }

  /** Axis of a slide or hinge in the world, as of the last `step` or `forward`. */
  jointAxis(joint: number): Vector3 {
    this.#current();
    const axes: Float64Array = this.#data.xaxis;
    return [axes[3 * joint]!, axes[3 * joint + 1]!, axes[3 * joint + 2]!];
  }

  /** Number of contacts as of the last `step` or `forward`. */
  get contactCount(): number {
    this.#current();
    return this.#data.ncon;
  }

  /** How far the shapes that touch overlap at most, in metres, as of the last `step` or `forward`. */
  deepestOverlap(): number {
    this.#current();
    const contacts = this.#data.contact;
    let deepest = 0;
    for (let i = 0; i < contacts.size(); i++) {
      const contact = contacts.get(i)!;
      deepest = Math.max(deepest, -contact.dist);
      contact.delete();
    }
    contacts.delete();
    return deepest;
  }

  /** Limits of every control, infinite where there is none. [controlSize] each */
  controlLimits(): { low: number[]; high: number[] } {
    const { controls } = this.describe();
    return { low: controls.map(({ low }) => low), high: controls.map(({ high }) => high) };
  }

  /** Bodies, joints, controls, sensors and keyframes of the model. */
  describe(): ModelDescription {
    this.#current();
    this.#description ??= describeModel(this.#mujoco, this.#model);
    return this.#description;
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
   * controls by the joint that they drive: `motor/lefthip_0`.
   * [positionSize], [velocitySize], [6 * bodyCount], [controlSize]
   */
  names(): { qpos: string[]; qvel: string[]; contact: string[]; control: string[] } {
    const { joints, bodies, controls } = this.describe();
    return {
      qpos: joints.flatMap(({ name, position }) => entryNames(`qpos/${name}`, position.size)),
      qvel: joints.flatMap(({ name, velocity }) => entryNames(`qvel/${name}`, velocity.size)),
      contact: bodies.flatMap(({ name }) => entryNames(`contact/${name}`, 6)),
      control: controls.map(({ name }) => name),
    };
  }

  /**
   * Puts everything back to the model's initial state, or to one of its keyframes, what the solver remembers included.
   * @param keyframe index of the keyframe
   */
  reset(keyframe?: number): void {
    this.#current();
    this.#warnings.keep();
    if (keyframe === undefined) this.#mujoco.mj_resetData(this.#model, this.#data);
    else this.#mujoco.mj_resetDataKeyframe(this.#model, this.#data, keyframe);
  }

  /** Computes positions of bodies and forces from `qpos` and `qvel`. */
  forward(): void {
    this.#current();
    this.#compute(() => {
      this.#mujoco.mj_forward(this.#model, this.#data);
      this.#mujoco.mj_rnePostConstraint(this.#model, this.#data);
    });
  }

  /**
   * Advances by `count` physics steps under constant controls, then computes the contact forces.
   * Body positions and forces are those of the integrator's last stage, as in Gym.
   * @param controls [controlSize]
   * @returns false when the state diverged, at which it stops
   */
  step(controls: ArrayLike<number>, count: number): boolean {
    this.#current().ctrl.set(controls);
    return this.#compute(() => {
      for (let i = 0; i < count; i++) {
        this.#mujoco.mj_step(this.#model, this.#data);
        if (!this.isFinite()) return false;
      }
      // MuJoCo fills cfrc_ext only on demand.
      this.#mujoco.mj_rnePostConstraint(this.#model, this.#data);
      return true;
    });
  }

  /** Whether no position, velocity or acceleration is beyond what MuJoCo takes for a diverged state. */
  isFinite(): boolean {
    const { qpos, qvel, qacc } = this.#current();
    return bounded(qpos) && bounded(qvel) && bounded(qacc);
  }

  /**
   * How often MuJoCo has warned since the simulation was made, by kind in words, such as `contact buffer full`; kinds
   * that it has not warned of are left out. One step may count several times.
   */
  warnings(): Record<string, number> {
    this.#current();
    return this.#warnings.total();
  }

  /** Everything that later steps depend on, the solver's warm start included. */
  state(): Float64Array {
    this.#current();
    const buffer = new this.#mujoco.DoubleBuffer(this.#stateSize());
    countHandle(1);
    try {
      this.#mujoco.mj_getState(this.#model, this.#data, buffer, this.#stateParts());
      const view: Float64Array = buffer.GetView();
      return view.slice();
    } finally {
      free(this.#mujoco, buffer);
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
    free(this.#mujoco, this.#data);
    releaseModel(this.#mujoco, this.source);
  }

  /** @throws RunError where MuJoCo gives up */
  #compute<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      throw physicsError(this.#mujoco, cause, {
        refused: (message) => new RunError(`MuJoCo could not go on: ${inOneLine(message)}.`, { cause }),
        crashed: (why) => new RunError(`MuJoCo crashed in a step: ${why}.`, { cause }),
      });
    }
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
      act: data.act,
      sensordata: data.sensordata,
      xpos: data.xpos,
      xmat: data.xmat,
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

/** One name, or numbered ones where there are several entries. */
export function entryNames(name: string, count: number): string[] {
  return count === 1 ? [name] : Array.from({ length: count }, (_, i) => `${name}/${i}`);
}
