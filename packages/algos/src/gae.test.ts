import { describe, expect, it } from 'vitest';
import { generalisedAdvantages, type Trajectories } from './gae.js';

const γ = 0.9;
const λ = 0.5;

function advantages(overrides: Partial<Trajectories>) {
  const none = [0, 0, 0];
  return generalisedAdvantages(
    {
      environments: 1,
      length: 3,
      rewards: [1, 2, 3],
      values: [0.5, 1, 1.5],
      terminated: none,
      truncated: none,
      truncatedValues: none,
      lastValues: [2],
      ...overrides,
    },
    γ,
    λ,
  );
}

function expectClose(actual: Float32Array, expected: number[]) {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(actual[i]).toBeCloseTo(value, 6);
  });
}

describe('generalised advantage estimation, worked by hand with γ = 0.9, λ = 0.5', () => {
  it('without an end', () => {
    // δ₂ = 3 + 0.9·2 − 1.5 = 3.3             A₂ = 3.3
    // δ₁ = 2 + 0.9·1.5 − 1 = 2.35            A₁ = 2.35 + 0.45·3.3 = 3.835
    // δ₀ = 1 + 0.9·1 − 0.5 = 1.4             A₀ = 1.4 + 0.45·3.835 = 3.12575
    const { advantages: a, returns } = advantages({});
    expectClose(a, [3.12575, 3.835, 3.3]);
    expectClose(returns, [3.62575, 4.835, 4.8]);
  });

  it('a termination in the middle is followed by nothing', () => {
    // δ₁ = 2 − 1 = 1, A₁ = 1; A₀ = 1.4 + 0.45·1 = 1.85; A₂ as before
    expectClose(advantages({ terminated: [0, 1, 0] }).advantages, [1.85, 1, 3.3]);
  });

  it('a time limit in the middle is followed by the value of the state it cut off', () => {
    // δ₁ = 2 + 0.9·4 − 1 = 4.6, A₁ = 4.6; A₀ = 1.4 + 0.45·4.6 = 3.47
    const cut = advantages({ truncated: [0, 1, 0], truncatedValues: [9, 4, 9] });
    expectClose(cut.advantages, [3.47, 4.6, 3.3]);
  });

  it('an end at the last step does not read the value after it', () => {
    // δ₂ = 3 − 1.5 = 1.5; A₁ = 2.35 + 0.45·1.5 = 3.025; A₀ = 1.4 + 0.45·3.025 = 2.76125
    expectClose(advantages({ terminated: [0, 0, 1] }).advantages, [2.76125, 3.025, 1.5]);
  });

  it('environments do not see each other', () => {
    const both = generalisedAdvantages(
      {
        environments: 2,
        length: 3,
        rewards: [1, 2, 3, 1, 2, 3],
        values: [0.5, 1, 1.5, 0.5, 1, 1.5],
        terminated: [0, 0, 0, 0, 1, 0],
        truncated: new Uint8Array(6),
        truncatedValues: new Float32Array(6),
        lastValues: [2, 2],
      },
      γ,
      λ,
    );
    expectClose(both.advantages, [3.12575, 3.835, 3.3, 1.85, 1, 3.3]);
  });

  it('the value of a constant reward is 1/(1 − γ): its advantages vanish', () => {
    const constant = Array<number>(3).fill(1 / (1 - γ));
    const flat = advantages({ rewards: [1, 1, 1], values: constant, lastValues: [1 / (1 - γ)] });
    expectClose(flat.advantages, [0, 0, 0]);
    expectClose(flat.returns, constant);
  });
});
