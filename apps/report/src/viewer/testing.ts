import type { Scene, SceneGeom } from '@mikt/envs/scene';
import type { Recording } from '@mikt/eval/recording';

/** One of every shape in a row along x, a metre apart, standing on the ground. For tests of this folder. */
export function everyShape(): Scene {
  const shapes: Pick<SceneGeom, 'type' | 'size'>[] = [
    { type: 'sphere', size: [0.3, 0, 0] },
    { type: 'capsule', size: [0.15, 0.3, 0] },
    { type: 'cylinder', size: [0.2, 0.4, 0] },
    { type: 'ellipsoid', size: [0.4, 0.2, 0.3] },
    { type: 'box', size: [0.3, 0.2, 0.25] },
  ];
  const still = { orientation: [1, 0, 0, 0], rgba: [0.5, 0.5, 0.5, 1] } as const;
  const frame = { position: [0, 0, 0], orientation: [1, 0, 0, 0] } as const;
  return {
    bodies: [
      { ...frame, name: 'world', parent: 0, joints: [] },
      {
        ...{ ...frame, name: 'row', parent: 0 },
        joints: [{ type: 'slide', position: [0, 0, 0], axis: [1, 0, 0], entry: 0, reference: 0 }],
      },
    ],
    geoms: [
      { ...still, type: 'plane', size: [9, 9, 1], body: 0, position: [0, 0, 0] },
      ...shapes.map((shape, i): SceneGeom => ({ ...still, ...shape, body: 1, position: [i - 2, 0, 0.45] })),
    ],
    positionSize: 1,
  };
}

/** `steps` steps of half a second in which the row moves by a metre each; its reward is 2 per step, less 1 every second. */
export function rowRecording(steps: number, frameEvery = 1): Recording {
  const frames = [...Array.from({ length: Math.ceil(steps / frameEvery) }, (_, i) => i * frameEvery), steps];
  return {
    env: 'Row',
    policy: { env: 'Row', algo: 'ppo', steps: 100, coupled: false },
    ...{ seed: 0, sample: false, dt: 0.5, frameEvery, rewardParts: ['walk', 'cost'] },
    scene: everyShape(),
    episodes: [
      {
        ...{ seed: 1, steps, terminated: true, truncated: false },
        return: 2 * steps - Math.floor(steps / 2),
        positions: Float64Array.from(frames),
        rewards: Float64Array.from({ length: 2 * steps }, (_, i) => (i % 2 === 0 ? 2 : i % 4 === 3 ? -1 : 0)),
      },
    ],
  };
}
