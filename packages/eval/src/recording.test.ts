import { FileError, InvalidInputError, Rng } from '@mikt/core';
import { type Env, liveHandles, makeEnv } from '@mikt/envs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  decodeRecording,
  encodeRecording,
  evaluatePolicy,
  frameCount,
  quantisationError,
  type RecordedPolicy,
  type Recording,
  type RecordOptions,
  recordRollout,
} from './index.js';

/** Acts by a fixed rule, with noise when it is asked to sample. */
const rule: RecordedPolicy = {
  ...{ env: 'Hopper', algo: 'ppo', steps: 2048, coupled: false, observationSize: 11, actionSize: 3 },
  act: (observation, rng?: Rng) =>
    Float32Array.from({ length: 3 }, (_, i) => Math.tanh(observation[i]!) + (rng ? 0.3 * rng.normal() : 0)),
};

let env: Env;
beforeEach(async () => {
  env = await makeEnv('Hopper');
});
afterEach(() => {
  env.dispose();
  expect(liveHandles()).toBe(0);
});

const record = (options?: RecordOptions) => recordRollout(rule, env, options);

describe('recordRollout', () => {
  it('gives the same bytes for the same seed, and others for another', async () => {
    const bytes = async (options: RecordOptions) => encodeRecording(await record(options));
    expect(await bytes({ seed: 1, sample: true })).toBe(await bytes({ seed: 1, sample: true }));
    expect(await bytes({ seed: 2 })).not.toBe(await bytes({ seed: 1 }));
    expect(await bytes({ seed: 1, sample: true })).not.toBe(await bytes({ seed: 1 }));
  });

  it('records the episodes that an evaluation with this seed runs', async () => {
    for (const sample of [false, true]) {
      const { episodes } = await record({ seed: 3, episodes: 3, sample });
      const evaluated = await evaluatePolicy({ ...rule, dispose() {} }, 'Hopper', {
        ...{ seed: 3, episodes: 3, sample },
      });
      expect(
        episodes.map((episode) => ({
          ...{ seed: episode.seed, return: episode.return, length: episode.steps },
          terminated: episode.terminated,
        })),
      ).toEqual(evaluated.episodes);
    }
  });

  it('keeps positions of the start and of every step, and rewards that add up to the return', async () => {
    const { episodes, scene, rewardParts, dt } = await record({ seed: 1 });
    const [episode] = episodes as [Recording['episodes'][0]];
    expect(dt).toBeCloseTo(0.008, 12);
    expect(rewardParts).toEqual(['forward', 'control', 'alive']);
    expect(episode.positions).toHaveLength((episode.steps + 1) * scene.positionSize);
    expect(episode.rewards).toHaveLength(episode.steps * 3);
    expect(episode.rewards.reduce((sum, part) => sum + part, 0)).toBeCloseTo(episode.return, 9);
    env.reset({ seed: episode.seed });
    const start = (env as unknown as { qpos: Float64Array }).qpos;
    expect([...episode.positions.slice(0, 6)]).toEqual([...start]);
  });

  it('stops after the given steps, and leaves out frames between every n-th, but not the last', async () => {
    const every = await record({ seed: 1, steps: 11 });
    const third = await record({ seed: 1, steps: 11, frameEvery: 3 });
    expect(third.episodes[0]).toMatchObject({ steps: 11, terminated: false, truncated: false });
    // Frames of steps 0, 3, 6, 9 and 11.
    expect(frameCount(11, 3)).toBe(5);
    const frame = (recording: Recording, i: number) =>
      Array.from(recording.episodes[0]!.positions.slice(6 * i, 6 * i + 6));
    expect([0, 1, 2, 3, 4].map((i) => frame(third, i))).toEqual(
      [0, 3, 6, 9, 11].map((step) => frame(every, step)),
    );
    expect(third.episodes[0]!.rewards).toEqual(every.episodes[0]!.rewards);
  });

  it('refuses what cannot be recorded', async () => {
    await expect(record({ steps: 0 })).rejects.toThrow(InvalidInputError);
    await expect(record({ frameEvery: 1.5 })).rejects.toThrow('whole number from 1, got 1.5');
    await expect(recordRollout({ ...rule, observationSize: 97 }, env)).rejects.toThrow(
      'the policy was trained on Hopper (97 observations, 3 actions) and cannot act in Hopper (11, 3)',
    );
    const undrawable = { ...env, name: 'Bare', spaces: env.spaces, simulation: undefined };
    await expect(recordRollout(rule, undrawable as unknown as Env)).rejects.toThrow(
      'Bare has nothing to draw',
    );
  });
});

describe('a recording as text', () => {
  it('is read back within the error that it states, and encodes to the same bytes again', async () => {
    const recording = await record({ seed: 1, episodes: 2 });
    const text = encodeRecording(recording);
    const read = decodeRecording(text);
    const error = quantisationError(recording);
    // A hop of a metre or two in 16 bits.
    expect(error.positions).toBeLessThan(1e-4);
    for (const [i, episode] of recording.episodes.entries()) {
      for (const table of ['positions', 'rewards'] as const) {
        const differences = read.episodes[i]![table].map((value, k) => Math.abs(value - episode[table][k]!));
        expect(Math.max(...differences)).toBeLessThanOrEqual(error[table] * (1 + 1e-9));
        expect(Math.max(...differences)).toBeGreaterThan(0);
      }
    }
    const without = ({ episodes, ...rest }: Recording) => ({
      ...rest,
      episodes: episodes.map(({ positions: _, rewards: __, ...episode }) => episode),
    });
    expect(without(read)).toEqual(without(recording));
    expect(encodeRecording(read)).toBe(text);
  });

  it('may stand in a script element', async () => {
    const text = encodeRecording({ ...(await record({ steps: 2 })), env: '</script><script>alert(1)' });
    expect(text).not.toContain('<');
    expect(decodeRecording(text).env).toBe('</script><script>alert(1)');
  });

  it('refuses arrays that do not fit and numbers that are not finite', async () => {
    const recording = await record({ steps: 3 });
    const [episode] = recording.episodes as [Recording['episodes'][0]];
    const changed = (change: object) => () =>
      encodeRecording({ ...recording, episodes: [{ ...episode, ...change }] });
    expect(changed({ positions: episode.positions.slice(1) })).toThrow('need 4 x 6 numbers, got 23');
    expect(changed({ rewards: episode.rewards.with(0, Number.NaN) })).toThrow(
      'rewards of a recorded episode',
    );
  });

  it('says what is wrong with a damaged file, and names it', async () => {
    const good = encodeRecording(await record({ steps: 3 }));
    const changed = (change: (data: ReturnType<typeof JSON.parse>) => void) => {
      const data = JSON.parse(good);
      change(data);
      return JSON.stringify(data);
    };
    for (const [text, problem] of [
      [good.slice(0, -9), 'is no recording of mikt, or damaged: it is not JSON.'],
      ['null', 'is no recording of mikt: it does not say "mikt-recording".'],
      [changed((data) => data.formatVersion++), 'format 2; this version of mikt reads format 1'],
      [changed((data) => delete data.episodes[0].steps), 'is a damaged recording (episodes/0/steps: '],
      [changed((data) => data.episodes[0].steps++), '(episodes/0/positions have the wrong length)'],
      [changed((data) => data.episodes[0].rewards.pop()), '(episodes/0/rewards have the wrong length)'],
      [
        changed((data) => {
          data.episodes[0].positions[0].values = '!';
        }),
        '(episodes/0/positions have the wrong length)',
      ],
      [
        changed((data) => {
          data.scene.bodies[1].parent = 7;
        }),
        '(scene: an index leads nowhere)',
      ],
      [changed((data) => data.episodes.splice(0)), 'is a damaged recording (episodes: '],
    ] as const) {
      expect(() => decodeRecording(text, 'walk.json')).toThrow(FileError);
      expect(() => decodeRecording(text, 'walk.json')).toThrow(`walk.json: `);
      expect(() => decodeRecording(text, 'walk.json')).toThrow(problem);
    }
  });

  it('takes less than 70 kB for 1,000 steps of CentipedeFour', async () => {
    const centipede = await makeEnv('CentipedeFour');
    try {
      const still = { ...rule, observationSize: 97, actionSize: 10, act: () => new Float32Array(10) };
      const recording = await recordRollout(still, centipede, { steps: 1 });
      const rng = Rng.fromSeed(1);
      const episode = {
        ...recording.episodes[0]!,
        steps: 1000,
        positions: rng.fillNormal(new Float64Array(1001 * recording.scene.positionSize)),
        rewards: rng.fillNormal(new Float64Array(1000 * recording.rewardParts.length)),
      };
      const { length } = encodeRecording({ ...recording, episodes: [episode] });
      // 17 coordinates and 4 parts of 16 bits in base64, and what describes the robot.
      expect(length).toBeGreaterThan((1000 * 21 * 2 * 4) / 3);
      expect(length).toBeLessThan(70_000);
    } finally {
      centipede.dispose();
    }
  });
});
