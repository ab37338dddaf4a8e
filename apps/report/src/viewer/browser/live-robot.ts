import type { Policy } from '@mikt/algos';
import { type MujocoEnv, makeEnv, type Scene, type Vector3 } from '@mikt/envs';
import { type EpisodeStream, evaluationEpisode } from '@mikt/eval';

/** Seconds for which a push lasts, rounded to whole steps. */
const PUSH_SECONDS = 0.1;

export interface FinishedEpisode {
  readonly return: number;
  readonly steps: number;
  /** Whether somebody pushed the robot during it. */
  readonly pushed: boolean;
}

/** A policy that acts in an environment of its own, a step at a time, and what it has earned. */
export class LiveRobot {
  readonly env: MujocoEnv;
  readonly scene: Scene;
  /** Episodes that ended since the last `restart`. */
  readonly finished: FinishedEpisode[] = [];
  /** Of the reward, in the order of `env.rewardParts`, as of the last step. */
  readonly parts: Float64Array;
  #policy: Policy;
  readonly #mass: number;
  readonly #root: number;
  #stream: EpisodeStream;
  #observation: Float64Array;
  #before: Float64Array;
  #after: Float64Array;
  #seed = 0;
  #index = 0;
  #steps = 0;
  #return = 0;
  #ending: 'terminated' | 'truncated' | undefined;
  #pushSteps = 0;
  #pushed = false;

  /** @throws InvalidInputError where the environment is not one that is made by name and drawn */
  static async create(policy: Policy): Promise<LiveRobot> {
    const env = (await makeEnv(policy.robot ?? policy.env)) as MujocoEnv;
    try {
      return new LiveRobot(policy, env);
    } catch (error) {
      env.dispose();
      throw error;
    }
  }

  private constructor(policy: Policy, env: MujocoEnv) {
    this.#policy = policy;
    this.env = env;
    this.scene = env.simulation.scene();
    this.parts = new Float64Array(env.rewardParts.length);
    this.#mass = env.simulation.totalMass();
    this.#root = Math.max(
      1,
      this.scene.bodies.findIndex(({ parent }, i) => i > 0 && parent === 0),
    );
    this.#stream = evaluationEpisode(0, 0);
    this.#observation = env.reset({ seed: this.#stream.seed });
    this.#before = env.qpos;
    this.#after = this.#before;
  }

  get policy(): Policy {
    return this.#policy;
  }

  /** Goes on with another policy of the same robot, from where it stands; the one before is disposed. */
  setPolicy(policy: Policy): void {
    this.#policy.dispose();
    this.#policy = policy;
  }

  /** Steps of the episode so far. */
  get steps(): number {
    return this.#steps;
  }

  /** Sum of the episode's rewards so far. */
  get return(): number {
    return this.#return;
  }

  /** Index of the episode among those of its seed, from 0. */
  get episode(): number {
    return this.#index;
  }

  /** How the episode ended; undefined while it goes on. */
  get ending(): 'terminated' | 'truncated' | undefined {
    return this.#ending;
  }

  /** Starts again with the first episode of a seed: those that `mikt eval` runs with it. */
  restart(seed: number): void {
    this.#seed = seed;
    this.finished.length = 0;
    this.#begin(0);
  }

  /** Starts the seed's next episode. */
  next(): void {
    this.#begin(this.#index + 1);
  }

  /** Takes an environment step, unless the episode is over. @param sample whether the action is sampled or the mean */
  step(sample: boolean): void {
    if (this.#ending) return;
    const action = this.policy.act(this.#observation, sample ? this.#stream.rng : undefined);
    const step = this.env.step(action);
    this.#observation = step.observation;
    this.#steps++;
    this.#return += step.reward;
    for (const [i, part] of this.env.rewardParts.entries()) this.parts[i] = step.rewardParts[part] ?? 0;
    if (this.#pushSteps > 0 && --this.#pushSteps === 0) this.env.simulation.appliedForces.fill(0);
    this.#before = this.#after;
    this.#after = this.env.qpos;
    if (!step.terminated && !step.truncated) return;
    this.#ending = step.terminated ? 'terminated' : 'truncated';
    this.finished.push({ return: this.#return, steps: this.#steps, pushed: this.#pushed });
  }

  /**
   * Pushes the robot at its root for a tenth of a second.
   * @param direction of unit length
   * @param speed by which the whole robot gets faster, were it free; metres per second
   */
  push(direction: Vector3, speed: number): void {
    if (this.#ending) return;
    const steps = Math.max(1, Math.round(PUSH_SECONDS / this.env.dt));
    const force = (this.#mass * speed) / (steps * this.env.dt);
    const forces = this.env.simulation.appliedForces;
    for (const [k, part] of direction.entries()) forces[6 * this.#root + k] = part * force;
    this.#pushSteps = steps;
    this.#pushed = true;
  }

  /** Whether a push is going on. */
  get isPushed(): boolean {
    return this.#pushSteps > 0;
  }

  /** Generalised positions between the last two steps: 0 is the one before, 1 the last. */
  positions(share: number): Float64Array {
    return this.#after.map((value, k) => this.#before[k]! + (value - this.#before[k]!) * share);
  }

  dispose(): void {
    this.env.dispose();
    this.policy.dispose();
  }

  #begin(index: number): void {
    this.#index = index;
    this.#stream = evaluationEpisode(this.#seed, index);
    this.#observation = this.env.reset({ seed: this.#stream.seed });
    this.#before = this.env.qpos;
    this.#after = this.#before;
    this.#steps = 0;
    this.#return = 0;
    this.#ending = undefined;
    this.#pushSteps = 0;
    this.#pushed = false;
    this.parts.fill(0);
  }
}
