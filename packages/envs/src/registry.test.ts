import { InvalidInputError, UnknownNameError } from '@mikt/core';
import { describe, expect, test } from 'vitest';
import { listEnvs, makeEnv, registerEnv } from './registry.js';
import { PointEnv } from './testing/point-env.js';

describe('makeEnv', () => {
  // Observations, actions and kilograms: Table 1 of the paper; Figure 5 for Hopper.
  test.each([
    ['CentipedeFour', 97, 10, 15.2882, 1e-3],
    ['CentipedeSix', 139, 16, 22.9324, 1e-3],
    ['CentipedeEight', 181, 22, 30.5765, 1e-3],
    ['CpCentipedeSix', 139, 12, 22.9324, 1e-3],
    ['CpCentipedeEight', 181, 18, 30.5765, 1e-3],
    ['Ant', 111, 8, 0.9109, 1e-3],
    ['Hopper', 11, 3, 15.82, 0.01],
  ] as const)(
    '%s has %d observations, %d actions, %d kg',
    async (name, observations, actions, mass, within) => {
      const env = await makeEnv(name);
      try {
        expect(env.name).toBe(name);
        expect(env.spaces.observation.size).toBe(observations);
        expect(env.reset({ seed: 0 }).length).toBe(observations);
        expect(env.spaces.action).toMatchObject({ size: actions, low: -1, high: 1 });
        expect(Math.abs(env.simulation.totalMass() - mass)).toBeLessThan(within);
        expect(env.maxEpisodeSteps).toBe(1000);
        expect(env.dt).toBeCloseTo(name === 'Hopper' ? 0.008 : 0.05, 12);
      } finally {
        env.dispose();
      }
    },
  );

  // 7 + 2 legs + 2 (segments - 1) positions, one velocity less, 6 forces on 1 + segments + 2 legs bodies.
  test.each([
    ['CentipedeThree', 'CentipedeThree', 81, 6],
    ['Centipede5', 'CentipedeFive', 123, 12],
    ['CentipedeTen', 'CentipedeTen', 223, 28],
    ['CpCentipedeTwelve', 'CpCentipedeTwelve', 265, 30],
    ['CpCentipede14', 'CpCentipedeFourteen', 307, 36],
    ['CentipedeTwentyOne', 'CentipedeTwentyOne', 459, 60],
    ['Centipede30', 'CentipedeThirty', 643, 88],
  ] as const)('%s is generated as %s', async (name, canonical, observations, actions) => {
    const env = await makeEnv(name);
    try {
      expect(env.name).toBe(canonical);
      expect([env.spaces.observation.size, env.spaces.action.size]).toEqual([observations, actions]);
      env.reset({ seed: 0 });
      expect(env.step(new Float64Array(actions)).diverged).toBe(false);
    } finally {
      env.dispose();
    }
  });

  test('suggests the nearest name', async () => {
    await expect(makeEnv('CentipedFour')).rejects.toThrow(UnknownNameError);
    await expect(makeEnv('CentipedFour')).rejects.toThrow('did you mean "CentipedeFour"?');
    await expect(makeEnv('hopper')).rejects.toThrow('did you mean "Hopper"?');
    await expect(makeEnv('CentipedeMany')).rejects.toThrow('centipedes may have 3 to 99 legs');
    await expect(makeEnv('Centipede012')).rejects.toThrow(UnknownNameError);
    await expect(makeEnv('')).rejects.toThrow(UnknownNameError);
  });

  test.each([
    ['CentipedeTwo', 2],
    ['Centipede0', 0],
    ['CpCentipede2', 2],
    ['Centipede100', 100],
  ])('%s is out of range', async (name, legs) => {
    await expect(makeEnv(name)).rejects.toThrow(
      new InvalidInputError(`"${name}" asks for ${legs} legs; centipedes have 3 to 99.`),
    );
  });

  test.each([0, -1, 1.5, Number.NaN])('refuses %d as a time limit', async (maxEpisodeSteps) => {
    await expect(makeEnv('Hopper', { maxEpisodeSteps })).rejects.toThrow(
      `maxEpisodeSteps is a whole number from 1, got ${maxEpisodeSteps}.`,
    );
  });
});

describe('registerEnv', () => {
  test('makes an environment available by name', async () => {
    registerEnv('Point', () => new PointEnv());
    expect(listEnvs()).toEqual([
      ...['CentipedeFour', 'CentipedeSix', 'CentipedeEight', 'CpCentipedeSix', 'CpCentipedeEight'],
      ...['Ant', 'Hopper', 'Point'],
    ]);
    expect(await makeEnv('Point')).toBeInstanceOf(PointEnv);
  });

  test.each(['Hopper', 'CentipedeTen', 'Centipede10'])('refuses the taken name %s', (name) => {
    expect(() => registerEnv(name, () => new PointEnv())).toThrow(
      `there is an environment named "${name}" already; choose another name.`,
    );
  });

  test('refuses an empty name', () => {
    expect(() => registerEnv(' ', () => new PointEnv())).toThrow('needs a name');
  });
});
