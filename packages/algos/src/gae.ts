/** The rewards and values of parallel environments, environment-major: entry [env * T + t]. */
export interface Trajectories {
  readonly environments: number;
  /** T, steps of each environment. */
  readonly length: number;
  /** Rewards, scaled as the value function sees them. [N * T] */
  readonly rewards: ArrayLike<number>;
  /** V(s_t). [N * T] */
  readonly values: ArrayLike<number>;
  /** 1 where the step ended the task: nothing follows. [N * T] */
  readonly terminated: ArrayLike<number>;
  /** 1 where a time limit cut the episode. [N * T] */
  readonly truncated: ArrayLike<number>;
  /** V of the state at which a time limit cut the episode; read only there. [N * T] */
  readonly truncatedValues: ArrayLike<number>;
  /** V of the state after the last step of each environment. [N] */
  readonly lastValues: ArrayLike<number>;
}

/**
 * Generalised advantage estimation (Schulman et al. 2015b, Equation 16):
 * A_t = Σ_l (γλ)^l δ_{t+l} with δ_t = r_t + γ V(s_{t+1}) − V(s_t).
 * A termination is followed by the value 0, a time limit by the value of the state it cut off; neither lets
 * advantages of the next episode through.
 * @returns advantages and the value function's targets A + V. [N * T] each
 */
export function generalisedAdvantages(
  trajectories: Trajectories,
  discount: number,
  lambda: number,
): { advantages: Float32Array; returns: Float32Array } {
  const { environments, length, rewards, values, terminated, truncated, truncatedValues, lastValues } =
    trajectories;
  const advantages = new Float32Array(environments * length);
  const returns = new Float32Array(environments * length);
  for (let env = 0; env < environments; env++) {
    let advantage = 0;
    let nextValue = lastValues[env]!;
    for (let i = (env + 1) * length - 1; i >= env * length; i--) {
      if (terminated[i] || truncated[i]) {
        advantage = 0;
        nextValue = terminated[i] ? 0 : truncatedValues[i]!;
      }
      const delta = rewards[i]! + discount * nextValue - values[i]!;
      advantage = delta + discount * lambda * advantage;
      advantages[i] = advantage;
      returns[i] = advantage + values[i]!;
      nextValue = values[i]!;
    }
  }
  return { advantages, returns };
}
