import { afterEach, describe, expect, it } from 'vitest';
import { antMjcf, liveHandles } from '../index.js';
import { checkRobot } from './check-robot.js';
import type { TaskFile } from './task-keys.js';
import { define, ROVER } from './testing.js';

afterEach(() => expect(liveHandles()).toBe(0));

async function findings(mjcf: string, task: TaskFile = {}): Promise<string[]> {
  const { definition } = await define(mjcf, task);
  return (await checkRobot(definition, { episodeSteps: 40 })).findings.map(
    ({ severity, text }) => `${severity}: ${text}`,
  );
}

/** An Ant with a fast integrator, in which nothing is to be found. */
const SOUND = antMjcf().replace('model="ant"', 'model="walker"').replace('RK4', 'implicitfast');
const sound: TaskFile = { healthyZRange: [0.2, 1], frameSkip: 5 };

describe('checkRobot', () => {
  it('finds nothing in a sound robot, and says what there is of it', async () => {
    const check = await checkRobot((await define(SOUND, sound)).definition, { episodeSteps: 100 });
    expect(check.findings).toEqual([]);
    expect(check).toMatchObject({ name: 'walker', bodies: 13, joints: 9, dt: 0.05, height: { start: 0.75 } });
    expect(check.observation).toHaveLength(27);
    expect(check.action[0]).toEqual({ name: 'motor/hip_4', low: -1, high: 1 });
    expect(check.trials!.random).toHaveLength(10);
    expect(check.trials!.idle).toMatchObject({ steps: 100, terminated: false });
    expect(check.height.rest).toBeGreaterThan(0.2);
  });

  it.each<[string, string, string, TaskFile]>([
    [
      'no actuators',
      'problem: the model has no actuators',
      SOUND.replace(/<actuator>[\s\S]*<\/actuator>/, ''),
      sound,
    ],
    [
      ...([
        'nothing that can go forward',
        'problem: nothing can move forward: the root body "torso" is fixed',
      ] as const),
      SOUND.replace(
        /<joint name="root"[^>]*>/,
        '<joint name="root" type="hinge" axis="0 0 1" limited="false"/>',
      ),
      { ...sound, healthyZRange: null },
    ],
    [
      ...(['a body that is fixed', 'problem: the body "post" cannot move at all'] as const),
      SOUND.replace('<worldbody>', '<worldbody><body name="post"><geom size="0.1"/></body>'),
      { ...sound, body: 'post', healthyZRange: null },
    ],
    [
      ...([
        'a start that is unhealthy',
        'problem: the robot is unhealthy as it starts: "torso" is 0.75 m high, and healthyZRange is [0.8,1]',
      ] as const),
      SOUND,
      { ...sound, healthyZRange: [0.8, 1] },
    ],
    [
      ...([
        'a fall in no time',
        'warning: doing nothing, the robot is unhealthy after 4 steps (0.2 s). Left alone it comes to rest at a height of 0.618 m; healthyZRange is [0.7,1]',
      ] as const),
      SOUND,
      { ...sound, healthyZRange: [0.7, 1], resetNoiseScale: 0 },
    ],
    [
      ...([
        'motors that blow it up',
        'problem: the simulation diverges in 10 of 10 episodes under random actions',
      ] as const),
      SOUND.replaceAll('gear="150"', 'gear="1e7"').replaceAll('armature="1"', 'armature="0.001"'),
      sound,
    ],
    [
      'a time that stands still',
      "problem: the model's timestep is 0 s",
      SOUND.replace('timestep="0.01"', 'timestep="0"'),
      { ...sound },
    ],
    [
      'long physics steps',
      "warning: the model's timestep of 0.03 s is long",
      SOUND.replace('timestep="0.01"', 'timestep="0.03"'),
      { ...sound, frameSkip: 1 },
    ],
    [
      'few actions',
      'warning: the policy acts 5 times per second, which is little',
      SOUND,
      { ...sound, frameSkip: 20 },
    ],
    [
      ...([
        'controls without limits',
        'warning: 8 controls without limits: motor/hip_4, motor/ankle_4',
      ] as const),
      SOUND.replaceAll('ctrllimited="true" ctrlrange="-1 1"', ''),
      sound,
    ],
    [
      ...([
        'limits that actions do not fit',
        'warning: with rescaleActions: false, actions of about ±1',
      ] as const),
      SOUND.replaceAll('ctrlrange="-1 1"', 'ctrlrange="-100 100"'),
      { ...sound, rescaleActions: false },
    ],
    [
      'motors without effect',
      'warning: 8 controls that move nothing',
      SOUND.replaceAll('gear="150"', 'gear="0"'),
      sound,
    ],
    [
      'joints without names',
      'warning: 1 joint without a name',
      SOUND.replace('joint name="root"', 'joint'),
      sound,
    ],
    [
      ...(['no floor', 'warning: nothing ever touched anything: is there a floor'] as const),
      SOUND.replace(/<geom name="floor"[^>]*>/, ''),
      { ...sound, healthyZRange: null },
    ],
    [
      ...(['shapes inside each other', 'warning: shapes overlap by 0.3 m at the start'] as const),
      SOUND.replace('pos="0 0 0.75"', 'pos="0 0 -0.05"'),
      { ...sound, healthyZRange: null },
    ],
    ['a cost that keeps it still', 'warning: random actions cost', SOUND, { ...sound, ctrlCostWeight: 5 }],
    [
      'entries that say nothing',
      'warning: observed, and never changing: contact/world/0',
      SOUND,
      { ...sound, observation: ['positions', 'contact/world'] },
    ],
  ])('finds %s', async (_, expected, mjcf, task) => {
    const found = await findings(mjcf, task);
    expect(found.map((each) => each.slice(0, expected.length))).toContain(expected);
    // Problems come first.
    expect(found).toEqual([...found].sort((a, b) => Number(a.startsWith('w')) - Number(b.startsWith('w'))));
  });

  it('finds episodes of no length', async () => {
    const short: TaskFile = { ...sound, frameSkip: 10, healthyZRange: [0.74, 1] };
    expect(await findings(SOUND, short)).toContainEqual(
      expect.stringContaining('problem: under random actions no episode lasts longer than'),
    );
  });

  it('does not run episodes that cannot begin', async () => {
    const { definition } = await define(SOUND, { ...sound, healthyZRange: [0.8, 1] });
    expect((await checkRobot(definition)).trials).toBeUndefined();
  });

  it('sees states of actuators that the policy does not', async () => {
    const filtered = ROVER.replace(
      '<motor name="lift"',
      '<general dyntype="filter" dynprm="0.1" name="lift"',
    );
    expect(
      await findings(
        filtered.replace(/<keyframe.*/, '</mujoco>').replace(/<\/mujoco>\s*<\/mujoco>/, '</mujoco>'),
      ),
    ).toContainEqual(expect.stringContaining('states of their own (act) that the policy does not see'));
  });
});
