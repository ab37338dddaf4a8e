import { afterEach, describe, expect, it } from 'vitest';
import { hopperMjcf, liveHandles, makeEnv } from '../index.js';
import { define, ROVER } from './testing.js';

afterEach(() => expect(liveHandles()).toBe(0));

const taken = async (mjcf: string, task = {}) => {
  const { defaults } = await define(mjcf, task);
  return Object.fromEntries(defaults.map(({ key, value }) => [key, value]));
};

describe('a task that leaves everything open', () => {
  it('is taken from the model', async () => {
    const { definition, defaults } = await define(ROVER);
    expect(definition.name).toBe('rover');
    // 0.005 s · 4 = 0.02 s is 50 Hz; one control; half the height of a box that lies on the floor, twice its start.
    expect(definition.task).toMatchObject({
      ...{ task: 'forward', body: 'cart', direction: [1, 0, 0], frameSkip: 4, ctrlCostWeight: 0.5 },
      ...{ healthyBodies: ['cart'], start: null, observation: ['positions', 'velocities'] },
    });
    const [low, high] = definition.task.healthyZRange!;
    expect(low).toBeGreaterThan(0.04);
    expect(low).toBeLessThan(0.1);
    expect(high).toBe(1);
    expect(defaults.map(({ key }) => key).sort()).toEqual(Object.keys(definition.task).sort());
    expect(defaults.find(({ key }) => key === 'frameSkip')?.why).toBe(
      '50 steps per second at the model’s timestep of 0.005 s',
    );
  });

  it('starts from the keyframe "home", and stands as high as that says', async () => {
    const home = ROVER.replace('key name="low"', 'key name="home"');
    expect(await taken(home)).toMatchObject({
      start: 'home',
      healthyZRange: [expect.closeTo(0.07, 1.5), 0.4],
    });
  });

  it('takes the root with most joints for the robot', async () => {
    const ball = '<body name="ball" pos="1 0 1"><freejoint/><geom size="0.1"/></body>';
    expect(await taken(ROVER.replace('<body name="cart"', `${ball}<body name="cart"`))).toMatchObject({
      body: 'cart',
    });
  });

  it('has no healthy heights for what does not fall', async () => {
    expect(await taken(ROVER.replace('<option ', '<option gravity="0 0 0" '))).toMatchObject({
      healthyZRange: null,
    });
    const rail = ROVER.replace('<freejoint name="root"/>', '<joint type="slide" axis="1 0 0"/>').replace(
      / <keyframe.*/,
      '',
    );
    expect(await taken(rail)).toMatchObject({ healthyZRange: null });
  });

  it('says only what was not given', async () => {
    const { definition, defaults } = await define(ROVER);
    const { task, name } = definition;
    expect((await define(ROVER, { ...task, name })).definition).toEqual(definition);
    expect((await define(ROVER, { ...task, name })).defaults).toEqual([]);
    expect(defaults.length).toBeGreaterThan(0);
  });
});

describe('settings', () => {
  it('take a rate for a number of physics steps', async () => {
    expect((await define(ROVER, { controlHz: 40 })).definition.task.frameSkip).toBe(5);
    await expect(define(ROVER, { controlHz: 70 })).rejects.toThrow(
      'the task does not fit the model: controlHz: no whole number of physics steps of 0.005 s comes to 70 steps per ' +
        'second; the nearest rate is 66.67, with frameSkip: 3.',
    );
    await expect(define(ROVER, { controlHz: 40, frameSkip: 5 })).rejects.toThrow('give one of them');
  });

  it('go by the names of the model’s parts, the nearest being suggested', async () => {
    await expect(define(ROVER, { body: 'cat' })).rejects.toThrow(
      'body: the model has no body "cat"; did you mean "cart"? It has cart, arm.',
    );
    await expect(define(ROVER, { start: 'lo' })).rejects.toThrow('start: the model has no keyframe "lo"');
    await expect(define(ROVER, { healthyJointRanges: { sholder: [0, 1] } })).rejects.toThrow(
      'healthyJointRanges: the model has no slide or hinge "sholder"; did you mean "shoulder"?',
    );
    await expect(define(ROVER, { observation: ['positions', 'sensor/giro'] })).rejects.toThrow(
      'observation: there is nothing called "sensor/giro"; did you mean "sensor/gyro"?',
    );
    await expect(define(ROVER, { healthyAngleRange: [-1, 1] })).rejects.toThrow(
      'healthyTilt limits how far any body leans',
    );
  });

  it('are refused where they are unknown or impossible', async () => {
    await expect(define(ROVER, { forwardRewardWieght: 2 } as object)).rejects.toThrow(
      'the task: unknown key "forwardRewardWieght"; did you mean "forwardRewardWeight"?',
    );
    await expect(define(ROVER, { healthyZRange: [1, 0] })).rejects.toThrow(
      'expected the lowest value before the highest',
    );
    await expect(define(ROVER, { frameSkip: 0 })).rejects.toThrow('frameSkip');
    await expect(define(ROVER, { name: '../x' })).rejects.toThrow('name: expected letters, digits');
    await expect(define(ROVER, { direction: [0, 0, 0] })).rejects.toThrow(
      'expected a direction that is not zero',
    );
  });

  it('give a robot a name that is not one of mikt’s own', async () => {
    const namesake = hopperMjcf().replace('model="hopper"', 'model="Hopper"');
    await expect(define(namesake)).rejects.toThrow('the robot would be called "Hopper"');
    expect((await define(namesake, { name: 'my-hopper' })).definition.name).toBe('my-hopper');
    expect((await define(ROVER.replace('rover', '7/ up!'))).definition.name).toBe('7-up-');
    expect((await define(ROVER.replace(' model="rover"', ''))).definition.name).toBe('robot');
  });

  it('say that nothing moves where there is no joint', async () => {
    const statue = '<mujoco><worldbody><body name="a"><geom size="0.1"/></body></worldbody></mujoco>';
    await expect(define(statue)).rejects.toThrow(/^nothing in the model can move: it has no joints/);
  });
});

it('a robot’s environment is the same wherever it is made', async () => {
  const { definition } = await define(ROVER, { resetNoiseScale: 0.05 });
  const env = await makeEnv(definition);
  const copy = await makeEnv(structuredClone(definition));
  try {
    expect(env.reset({ seed: 3 })).toEqual(copy.reset({ seed: 3 }));
    expect(env.step([0.7])).toEqual(copy.step([0.7]));
  } finally {
    env.dispose();
    copy.dispose();
  }
});
