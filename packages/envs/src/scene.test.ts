import { Rng } from '@mikt/core';
import { afterEach, describe, expect, it } from 'vitest';
import {
  bodyPoses,
  describeScene,
  geomPose,
  liveHandles,
  makeEnv,
  poseOf,
  rotate,
  Simulation,
} from './index.js';
import { PointEnv } from './testing/point-env.js';

afterEach(() => expect(liveHandles()).toBe(0));

const BALL = `<mujoco><worldbody><body name="ball" pos="0 0 1"><freejoint/>
  <geom size="0.1" mass="2" rgba="0.1 0.2 0.3 1"/></body></worldbody></mujoco>`;

/** Every kind of joint and shape, two joints on a body, joints off the body's origin, and frames that are turned. */
const EVERYTHING = `<mujoco><worldbody>
  <geom type="plane" size="5 5 1"/>
  <body name="root" pos="0 0 1" euler="10 20 30"><freejoint/><geom type="box" size="0.1 0.2 0.3" pos="0.1 0 0" euler="0 45 0"/>
    <body name="arm" pos="0.3 0 0.1" euler="0 30 0">
      <joint type="hinge" axis="0 1 1" pos="0.1 0.2 0.3" ref="0.2"/><joint type="slide" axis="1 0 1" ref="-0.1"/>
      <geom type="capsule" fromto="0 0 0 0.3 0.1 0.2" size="0.05"/>
      <body pos="0.3 0.1 0.2"><joint type="ball" pos="0 0 0.1"/><geom type="ellipsoid" size="0.1 0.2 0.3"/>
        <geom type="cylinder" size="0.1 0.2" pos="0 0 0.3"/></body>
    </body>
  </body></worldbody></mujoco>`;

describe('describeScene', () => {
  it('gives bodies and shapes as the model says', async () => {
    const simulation = await Simulation.create(BALL);
    try {
      expect(describeScene({ name: 'Ball', dt: 0.002, simulation } as { name: string })).toEqual({
        bodies: [
          { name: 'world', parent: 0, position: [0, 0, 0], orientation: [1, 0, 0, 0], joints: [] },
          {
            ...{ name: 'ball', parent: 0, position: [0, 0, 1], orientation: [1, 0, 0, 0] },
            joints: [{ type: 'free', position: [0, 0, 0], axis: [0, 0, 1], entry: 0, reference: 0 }],
          },
        ],
        geoms: [
          {
            ...{ type: 'sphere', size: [0.1, 0, 0], rgba: [0.1, 0.2, 0.3, 1], body: 1 },
            ...{ position: [0, 0, 0], orientation: [1, 0, 0, 0] },
          },
        ],
        positionSize: 7,
      });
    } finally {
      simulation.dispose();
    }
  });

  it('keeps nothing of MuJoCo, however often it is asked', async () => {
    const env = await makeEnv('CentipedeFour');
    const before = liveHandles();
    for (let i = 0; i < 20; i++) describeScene(env);
    expect(liveHandles()).toBe(before);
    env.dispose();
    expect(() => describeScene(env)).toThrow('the simulation was disposed');
  });

  it('refuses an environment that is not on MuJoCo', () => {
    expect(() => describeScene(new PointEnv())).toThrow('Point has nothing to draw: it is not on MuJoCo');
  });
});

describe('bodyPoses', () => {
  it('puts bodies and shapes where MuJoCo puts them', async () => {
    for (const mjcf of [EVERYTHING, ...(await modelsOf('Ant', 'Hopper', 'CpCentipedeSix'))]) {
      const simulation = await Simulation.create(mjcf);
      try {
        const scene = simulation.scene();
        const rng = Rng.fromSeed(1);
        for (let i = 0; i < simulation.positionSize; i++) simulation.qpos[i]! += rng.uniform(-1, 1);
        simulation.forward();
        const poses = bodyPoses(scene, simulation.qpos);
        for (const [i, geom] of scene.geoms.entries()) {
          expect([...poses.slice(7 * geom.body, 7 * geom.body + 3)]).toEqual(
            [...simulation.bodyPositions.slice(3 * geom.body, 3 * geom.body + 3)].map((x) =>
              expect.closeTo(x, 12),
            ),
          );
          const { position, orientation } = geomPose(geom, poseOf(poses, geom.body));
          expect(position).toEqual(
            [...simulation.geomPositions.slice(3 * i, 3 * i + 3)].map((x) => expect.closeTo(x, 12)),
          );
          // The third column of MuJoCo's matrix is where the shape's own z axis points.
          expect(rotate(orientation, [0, 0, 1])).toEqual(
            [2, 5, 8].map((k) => expect.closeTo(simulation.geomRotations[9 * i + k]!, 12)),
          );
        }
      } finally {
        simulation.dispose();
      }
    }
  });
});

async function modelsOf(...names: ('Ant' | 'Hopper' | 'CpCentipedeSix')[]): Promise<string[]> {
  const models: string[] = [];
  for (const name of names) {
    const env = await makeEnv(name);
    models.push(env.mjcf);
    env.dispose();
  }
  return models;
}
