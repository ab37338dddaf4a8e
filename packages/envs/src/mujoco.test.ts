import { InvalidInputError } from '@mikt/core';
import { afterEach, describe, expect, it, test } from 'vitest';
import { hopperMjcf, liveHandles, MUJOCO_VERSION, Simulation } from './index.js';
import { loadedVersion } from './physics.js';

const BALL = `<mujoco><worldbody><body name="ball" pos="0 0 1"><freejoint/>
  <geom size="0.1" mass="2"/></body></worldbody></mujoco>`;
const FALLING_FOR_A_SECOND = 500;

const made: Simulation[] = [];
async function simulate(mjcf: string): Promise<Simulation> {
  const simulation = await Simulation.create(mjcf);
  made.push(simulation);
  return simulation;
}

afterEach(() => {
  for (const simulation of made.splice(0)) simulation.dispose();
  expect(liveHandles()).toBe(0);
});

describe('Simulation', () => {
  test('falls as Newton says', async () => {
    const simulation = await simulate(BALL);
    expect(simulation.totalMass()).toBeCloseTo(2, 12);
    simulation.step([], FALLING_FOR_A_SECOND);
    // Semi-implicit Euler: v = g n h, z = 1 - g h^2 n (n + 1) / 2 with g = 9.81, h = 0.002, n = 500.
    expect(simulation.qvel[2]).toBeCloseTo(-9.81, 9);
    expect(simulation.qpos[2]).toBeCloseTo(1 - (9.81 * 0.002 ** 2 * 500 * 501) / 2, 9);
  });

  test('names its bodies', async () => {
    const simulation = await simulate(BALL);
    expect(simulation.body('ball')).toBe(1);
    expect(() => simulation.body('cube')).toThrow('the model has no body named "cube".');
  });

  test('is pushed by applied forces until they are taken away: v = F t / m', async () => {
    const simulation = await simulate(BALL);
    simulation.appliedForces[6] = 3;
    simulation.step([], 100);
    simulation.appliedForces[6] = 0;
    simulation.step([], 100);
    // 3 N on 2 kg for 100 steps of 0.002 s.
    expect(simulation.qvel[0]).toBeCloseTo((3 * 0.2) / 2, 12);
    simulation.appliedForces[6] = 3;
    simulation.reset();
    expect(simulation.appliedForces.every((force) => force === 0)).toBe(true);
  });

  test('counts what MuJoCo warns of by kind, over resets too', async () => {
    // Boxes in each other have more contacts than 100 kB of memory hold.
    const boxes = Array.from(
      { length: 12 },
      (_, i) => `<body pos="${i / 20} 0 0.05"><freejoint/><geom type="box" size="0.1 0.1 0.1"/></body>`,
    );
    const crowd = await simulate(
      `<mujoco><size memory="100K"/><worldbody><geom type="plane" size="5 5 1"/>${boxes.join('')}</worldbody></mujoco>`,
    );
    expect(crowd.warnings()).toEqual({});
    crowd.step([], 3);
    const first = crowd.warnings();
    expect(Object.keys(first)).toEqual(['contact buffer full', 'constraint buffer full']);
    expect(first['constraint buffer full']).toBe(3);
    crowd.reset();
    expect(crowd.warnings()).toEqual(first);
    crowd.step([], 3);
    expect(crowd.warnings()['constraint buffer full']).toBe(6);
  });

  test('counts a state that went bad', async () => {
    const simulation = await simulate(BALL);
    simulation.appliedForces[6] = 1e12;
    expect(simulation.step([], 1)).toBe(false);
    expect(Object.keys(simulation.warnings())).toEqual(['bad acceleration']);
    simulation.qvel[0] = Number.NaN;
    simulation.step([], 1);
    expect(simulation.warnings()['bad velocity']).toBeGreaterThan(0);
  });

  test('says which controls have no limits', async () => {
    const motors = BALL.replace(
      '</mujoco>',
      '<actuator><motor site="s"/><motor site="s" ctrlrange="-2 3"/></actuator></mujoco>',
    ).replace('<freejoint/>', '<freejoint/><site name="s"/>');
    const simulation = await simulate(motors);
    expect(simulation.controlLimits()).toEqual({
      low: [Number.NEGATIVE_INFINITY, -2],
      high: [Number.POSITIVE_INFINITY, 3],
    });
  });

  test('goes on when another model makes the memory grow, which detaches its views', async () => {
    const simulation = await simulate(BALL);
    const stale = simulation.qpos;
    expect(stale.length).toBe(7);
    const large = BALL.replace('<worldbody>', '<size memory="400M"/><worldbody>');
    await simulate(large);
    expect(stale.length).toBe(0);
    simulation.step([], 1);
    expect(simulation.qpos[2]).toBeLessThan(1);
    expect(simulation.qpos.length).toBe(7);
  });

  test('compiles one model for simulations of the same text, and frees it with the last', async () => {
    const first = await simulate(BALL);
    expect(liveHandles()).toBe(2);
    const second = await simulate(BALL);
    expect(liveHandles()).toBe(3);
    first.dispose();
    first.dispose();
    expect(liveHandles()).toBe(2);
    second.step([], 1);
    expect(second.qpos[2]).toBeLessThan(1);
    expect(() => first.qpos).toThrow('the simulation was disposed');
  });

  test('keeps no buffer after taking and setting a state', async () => {
    const simulation = await simulate(hopperMjcf());
    const before = liveHandles();
    for (let i = 0; i < 20; i++) simulation.setState(simulation.state());
    expect(liveHandles()).toBe(before);
    expect(() => simulation.setState(new Float64Array(3))).toThrow('the state has 3 numbers');
  });

  test('says why MuJoCo refuses a model, and keeps nothing of it', async () => {
    const before = liveHandles();
    const flawed = BALL.replace('size="0.1" mass="2"', '');
    await expect(Simulation.create(flawed)).rejects.toThrow(InvalidInputError);
    await expect(Simulation.create(flawed)).rejects.toThrow(/MuJoCo refuses the model: .*size/s);
    await expect(Simulation.create('no XML')).rejects.toThrow(/MuJoCo refuses the model/);
    expect(liveHandles()).toBe(before);
  });
});

it('is the version that the package names', async () => {
  expect(await loadedVersion()).toBe(MUJOCO_VERSION);
});
