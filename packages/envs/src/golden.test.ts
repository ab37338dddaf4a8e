import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type MujocoEnvName, makeEnv } from './index.js';

interface GoldenStep {
  action: number[];
  observation: number[];
  reward: number;
  terminated: boolean;
}

interface GoldenCase {
  kind: string;
  qpos: number[];
  qvel: number[];
  start: number[];
  steps: GoldenStep[];
}

interface Golden {
  versions: Record<string, string>;
  cases: GoldenCase[];
}

const TOLERANCE = 1e-6;

/** Largest difference, relative where the expected value is above 1. */
function difference(actual: ArrayLike<number>, expected: readonly number[]): number {
  expect(actual.length).toBe(expected.length);
  return expected.reduce(
    (most, value, i) => Math.max(most, Math.abs(actual[i]! - value) / Math.max(1, Math.abs(value))),
    0,
  );
}

// Written by: venv/bin/python bench/peers/gymnasium_transitions.py (Gymnasium 1.0.0, native MuJoCo 3.14.0)
describe.each([
  ['Ant', { mujoco: '3.14.0', gymnasium: '1.0.0' }],
  ['Hopper', { mujoco: '3.14.0', gymnasium: '1.0.0' }],
  ['CentipedeFour', { mujoco: '3.14.0' }],
  ['CpCentipedeSix', { mujoco: '3.14.0' }],
])('%s does what native MuJoCo does', (name, versions) => {
  const golden: Golden = JSON.parse(
    readFileSync(new URL(`../testdata/${name}.json`, import.meta.url), 'utf8'),
  );
  const kinds = [...new Set(golden.cases.map(({ kind }) => kind))];

  test('the data holds every kind of case', () => {
    expect(golden.versions).toEqual(versions);
    expect(kinds).toEqual([
      ...['contact', 'air', 'last step', 'action beyond its limits', 'start past the end', 'trajectory'],
    ]);
  });

  test.each(kinds)('%s', async (kind) => {
    const env = await makeEnv(name as MujocoEnvName);

    try {
      for (const { qpos, qvel, start, steps } of golden.cases.filter((one) => one.kind === kind)) {
        expect(difference(env.setState(qpos, qvel), start)).toBeLessThan(TOLERANCE);
        for (const [i, expected] of steps.entries()) {
          const { observation, reward, terminated } = env.step(expected.action);
          expect(difference(observation, expected.observation), `observation ${i}`).toBeLessThan(TOLERANCE);
          expect(difference([reward], [expected.reward]), `reward ${i}`).toBeLessThan(TOLERANCE);
          expect(terminated, `terminated ${i}`).toBe(expected.terminated);
        }
      }
    } finally {
      env.dispose();
    }
  });
});
