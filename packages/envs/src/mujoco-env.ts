import { type BoxSpace, type EnvSpaces, InvalidInputError, Rng, RunError, unbounded } from '@mikt/core';
import type { Env, EnvSnapshot, Step } from './env.js';
import { LARGEST_VALUE, Simulation } from './mujoco.js';
import type { Task } from './tasks/task.js';

/** What may differ from a task's own settings. */
export interface MujocoEnvOptions {
  /** Steps after which an episode is truncated, at least 1; the task's own without it. */
  readonly maxEpisodeSteps?: number;
}

const MOST_DRAWS = 1000;

/** Any task on MuJoCo as an environment. Its generator starts from seed 0 until `reset` is given another. */
export class MujocoEnv implements Env {
  readonly name: string;
  readonly spaces: EnvSpaces;
  readonly maxEpisodeSteps: number;
  /** The model, as MJCF text. */
  readonly mjcf: string;
  /** Seconds of one step. */
  readonly dt: number;
  /** Names of the reward's parts. */
  readonly rewardParts: readonly string[];
  /** The physics, e.g. to draw the shapes. Changing its state makes the next step's reward meaningless. */
  readonly simulation: Simulation;
  readonly #task: Task;
  #rng = Rng.fromSeed(0);
  #observation: Float64Array;
  #position = 0;
  #steps = 0;
  #divergences = 0;
  #phase: Phase = 'new';

  /**
   * Loads MuJoCo where that was not done yet, and compiles the task's model.
   * @throws InvalidInputError when MuJoCo refuses the model
   */
  static async create(name: string, task: Task, options: MujocoEnvOptions = {}): Promise<MujocoEnv> {
    const maxEpisodeSteps = options.maxEpisodeSteps ?? task.maxEpisodeSteps;
    if (!Number.isSafeInteger(maxEpisodeSteps) || maxEpisodeSteps < 1) {
      throw new InvalidInputError(`maxEpisodeSteps is a whole number from 1, got ${maxEpisodeSteps}.`);
    }
    const simulation = await Simulation.create(task.files ?? task.mjcf);
    try {
      return new MujocoEnv(name, task, maxEpisodeSteps, simulation);
    } catch (error) {
      simulation.dispose();
      throw error;
    }
  }

  private constructor(name: string, task: Task, maxEpisodeSteps: number, simulation: Simulation) {
    this.name = name;
    this.maxEpisodeSteps = maxEpisodeSteps;
    this.simulation = simulation;
    this.mjcf = task.mjcf;
    this.rewardParts = task.rewardParts;
    this.dt = simulation.timestep * task.frameSkip;
    this.#task = task;
    simulation.forward();
    this.#observation = task.observe(simulation);
    this.spaces = {
      observation: unbounded(this.#observation.length, task.observationNames(simulation)),
      action: task.actionSpace ?? actionSpace(simulation),
    };
  }

  /** Generalised positions, a copy. [MuJoCo's nq] */
  get qpos(): Float64Array {
    return this.simulation.qpos.slice();
  }

  /** Generalised velocities, a copy. [MuJoCo's nv] */
  get qvel(): Float64Array {
    return this.simulation.qvel.slice();
  }

  /** What was observed last, a copy. [observation size] */
  get observation(): Float64Array {
    return this.#observation.slice();
  }

  /** Number of steps so far in which the simulation diverged. */
  get divergences(): number {
    return this.#divergences;
  }

  /** As `Simulation.warnings`. */
  warnings(): Record<string, number> {
    return this.simulation.warnings();
  }

  reset(options: { seed?: number } = {}): Float64Array {
    if (options.seed !== undefined) this.#rng = Rng.fromSeed(options.seed);
    for (let draw = 0; draw < MOST_DRAWS; draw++) {
      this.simulation.reset(this.#task.keyframe);
      this.#task.drawState(this.simulation.qpos, this.simulation.qvel, this.#rng);
      if (this.#begin() && this.simulation.isFinite() && !this.#task.isTerminated(this.simulation)) {
        return this.observation;
      }
    }
    this.#phase = 'new';
    throw new RunError(
      `${MOST_DRAWS} drawn starts of ${this.name} in a row were terminal: its task ends episodes where they begin; look at how ` +
        'it draws a start and at what it calls healthy.',
    );
  }

  /**
   * Starts an episode from a given state, be it terminal, and returns its first observation, a copy.
   * @param qpos generalised positions [MuJoCo's nq]
   * @param qvel generalised velocities [MuJoCo's nv]
   * @throws InvalidInputError on a wrong length, a value that is not finite, or a state that cannot be observed
   */
  setState(qpos: ArrayLike<number>, qvel: ArrayLike<number>): Float64Array {
    const { simulation } = this;
    checkNumbers(qpos, simulation.positionSize, 'qpos', this.name);
    checkNumbers(qvel, simulation.velocitySize, 'qvel', this.name);
    simulation.reset(this.#task.keyframe);
    simulation.qpos.set(qpos);
    simulation.qvel.set(qvel);
    if (!this.#begin()) {
      this.#phase = 'new';
      throw new InvalidInputError(
        `the observation of this state of ${this.name} is not finite, its largest velocity is ${largest(qvel)}; give smaller values, or call reset().`,
      );
    }
    return this.observation;
  }

  step(action: ArrayLike<number>): Step {
    if (this.#phase !== 'running') {
      const why = this.#phase === 'over' ? `over after ${this.#steps} steps` : 'not started';
      throw new InvalidInputError(`the episode of ${this.name} is ${why}; call reset() before step().`);
    }
    checkNumbers(action, this.simulation.controlSize, 'action', this.name);
    this.#steps++;
    const controls = this.#task.controls?.(action) ?? action;
    return (this.simulation.step(controls, this.#task.frameSkip) && this.#succeed(action)) || this.#diverge();
  }

  snapshot(): EnvSnapshot {
    return {
      arrays: {
        physics: this.simulation.state(),
        observation: this.observation,
        episode: Float64Array.of(this.#position, this.#steps, PHASES.indexOf(this.#phase), this.#divergences),
      },
      rng: this.#rng.state(),
    };
  }

  /** @throws InvalidInputError when the snapshot is that of another environment */
  restore(snapshot: EnvSnapshot): void {
    const { physics, observation, episode } = snapshot.arrays;
    const phase = PHASES[episode?.[2] ?? -1];
    const size = this.spaces.observation.size;
    if (!physics || observation?.length !== size || episode?.length !== 4 || !phase) {
      throw new InvalidInputError(
        `the snapshot does not fit ${this.name}: it needs physics, an observation of ${size} numbers and the episode's 4, ` +
          `got ${describeArrays(snapshot)}; restore it in the environment it was taken from.`,
      );
    }
    this.simulation.setState(physics);
    this.#observation = observation.slice();
    this.#position = episode[0]!;
    this.#steps = episode[1]!;
    this.#phase = phase;
    this.#divergences = episode[3]!;
    this.#rng = Rng.fromState(snapshot.rng);
  }

  dispose(): void {
    this.simulation.dispose();
  }

  /** Starts an episode from the simulation's state; false when what is observed of it is not finite. */
  #begin(): boolean {
    this.simulation.forward();
    const observation = this.#task.observe(this.simulation);
    if (!observation.every(Number.isFinite)) return false;
    this.#observation = observation;
    this.#position = this.#task.position(this.simulation);
    this.#steps = 0;
    this.#phase = 'running';
    return true;
  }

  /** The result of a step that MuJoCo took; undefined when what the task makes of it is not finite. */
  #succeed(action: ArrayLike<number>): Step | undefined {
    const { simulation } = this;
    const observation = this.#task.observe(simulation);
    const position = this.#task.position(simulation);
    const velocity = (position - this.#position) / this.dt;
    const rewardParts = this.#task.reward({ simulation, action, velocity });
    const reward = Object.values(rewardParts).reduce((sum, part) => sum + part, 0);
    if (!Number.isFinite(reward) || !observation.every(Number.isFinite)) return undefined;

    this.#observation = observation;
    this.#position = position;
    const terminated = this.#task.isTerminated(simulation);
    const truncated = !terminated && this.#steps >= this.maxEpisodeSteps;
    if (terminated || truncated) this.#phase = 'over';
    return { observation: this.observation, reward, rewardParts, terminated, truncated, diverged: false };
  }

  /** The result of a step whose physics failed: nothing is earned and the last finite observation stands. */
  #diverge(): Step {
    this.#divergences++;
    this.#phase = 'over';
    return {
      observation: this.observation,
      reward: 0,
      rewardParts: Object.fromEntries(this.rewardParts.map((name) => [name, 0])),
      terminated: true,
      truncated: false,
      diverged: true,
    };
  }
}

type Phase = 'new' | 'running' | 'over';
const PHASES: readonly Phase[] = ['new', 'running', 'over'];

function actionSpace(simulation: Simulation): BoxSpace {
  const { low, high } = simulation.controlLimits();
  const { control: names } = simulation.names();
  return { size: simulation.controlSize, low: oneIfEqual(low), high: oneIfEqual(high), names };
}

function oneIfEqual(limits: number[]): number | number[] {
  const [first] = limits;
  return first !== undefined && limits.every((limit) => limit === first) ? first : limits;
}

/** Refuses what MuJoCo would silently replace: numbers that are not finite or beyond its largest value. */
function checkNumbers(values: ArrayLike<number>, size: number, what: string, env: string): void {
  if (values.length !== size) {
    throw new InvalidInputError(`${what} of ${env} has ${size} numbers, got ${values.length}.`);
  }
  for (let i = 0; i < size; i++) {
    if (!(Math.abs(values[i]!) <= LARGEST_VALUE)) {
      throw new InvalidInputError(
        `${what}[${i}] given to ${env} is ${values[i]}; it must be a finite number of magnitude ${LARGEST_VALUE} or less.`,
      );
    }
  }
}

function largest(values: ArrayLike<number>): number {
  return Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function describeArrays({ arrays }: EnvSnapshot): string {
  const found = Object.entries(arrays).map(([name, values]) => `${name} (${values.length})`);
  return found.join(', ') || 'nothing';
}
