import { InvalidInputError } from '@mikt/core';
import { describe, expect, test } from 'vitest';
import { liveHandles } from './compiled-model.js';
import { makeEnv } from './registry.js';
import { PointEnv } from './testing/point-env.js';
import { type FinishedEpisode, VectorEnv } from './vector.js';

class ShortPoint extends PointEnv {
  override readonly maxEpisodeSteps = 3;
}

class DivergingPoint extends PointEnv {
  override step(action: ArrayLike<number>) {
    const step = super.step(action);
    if (action[0]! < 1) return step;
    this.running = false;
    return { ...step, terminated: true, diverged: true };
  }
}

const points = (count: number) => Array.from({ length: count }, () => new PointEnv());

describe('VectorEnv', () => {
  test('resets an environment in the step that ends its episode, from its own generator', () => {
    const vector = new VectorEnv([new ShortPoint(), new PointEnv()]);
    vector.reset(5);
    const alone = new ShortPoint();
    alone.restore(vector.envs[0]!.snapshot());
    expect(Array.from(vector.observations.subarray(0, 2))).toEqual(
      Array.from(Float64Array.of(alone.snapshot().arrays.point![0]!, 0)),
    );

    const actions = Float32Array.of(0.5, -0.25);
    let total = 0;
    for (let i = 1; i <= 3; i++) {
      const expected = alone.step([0.5]);
      total += expected.reward;
      vector.step(actions);
      expect(vector.rewards[0]).toBe(expected.reward);
      expect(vector.truncated[0]).toBe(i === 3 ? 1 : 0);
      expect(vector.terminated[0]).toBe(0);
      const shown = i === 3 ? vector.finalObservations : vector.observations;
      expect(shown.slice(0, 2)).toEqual(expected.observation);
      expect(vector.finished).toEqual(i === 3 ? [{ env: 0, return: total, length: 3 }] : []);
    }
    expect(vector.observations.slice(0, 2)).toEqual(alone.reset());
    vector.step(actions);
    expect(vector.finished).toEqual([]);
    expect(vector.truncated[0]).toBe(0);
  });

  test('seeds an environment by its index in the whole group, so that shares make up the group', () => {
    const whole = new VectorEnv(points(4));
    const share = new VectorEnv(points(2), { firstIndex: 2 });
    whole.reset(3);
    share.reset(3);
    expect(share.observations).toEqual(whole.observations.slice(4));
    const first = whole.observations.slice();
    expect(new Set(first.filter((_, i) => i % 2 === 0)).size).toBe(4);
    whole.reset(4);
    expect(whole.observations).not.toEqual(first);
    whole.reset(3);
    expect(whole.observations).toEqual(first);

    const shortShare = new VectorEnv([new ShortPoint()], { firstIndex: 6 });
    shortShare.reset(0);
    for (let i = 0; i < 3; i++) shortShare.step(Float32Array.of(0));
    expect(shortShare.finished.map(({ env }) => env)).toEqual([6]);
  });

  test('continues from a snapshot exactly, in other environments too, divided in another way', () => {
    const make = (count: number, firstIndex = 0) =>
      new VectorEnv(
        Array.from({ length: count }, () => new ShortPoint()),
        { firstIndex },
      );
    const whole = make(3);
    whole.reset(1);
    const action = Float32Array.of(0.1, -0.9, 0.4);
    for (let i = 0; i < 5; i++) whole.step(action);
    const snapshots = whole.snapshot();
    const shares = [make(1), make(2, 1)];
    shares[0]!.restore(snapshots.slice(0, 1));
    shares[1]!.restore(snapshots.slice(1));
    expect(shares.flatMap(({ observations }) => [...observations])).toEqual([...whole.observations]);

    for (let i = 0; i < 7; i++) {
      whole.step(action);
      shares[0]!.step(action.subarray(0, 1));
      shares[1]!.step(action.subarray(1));
      const joined = (pick: (vector: VectorEnv) => Iterable<number | FinishedEpisode>) =>
        shares.flatMap((share) => [...pick(share)]);
      expect(joined(({ observations }) => observations)).toEqual([...whole.observations]);
      expect(joined(({ rewards }) => rewards)).toEqual([...whole.rewards]);
      expect(joined(({ finished }) => finished)).toEqual([...whole.finished]);
    }
  });

  test('counts divergences through snapshots', () => {
    const vector = new VectorEnv([new DivergingPoint(), new DivergingPoint()]);
    vector.reset(0);
    vector.step(Float32Array.of(1, 0));
    vector.step(Float32Array.of(1, 1));
    expect(vector.divergences).toBe(3);
    expect(Array.from(vector.terminated)).toEqual([1, 1]);
    const other = new VectorEnv([new DivergingPoint(), new DivergingPoint()]);
    other.restore(vector.snapshot());
    expect(other.divergences).toBe(3);
  });

  test('runs MuJoCo environments, and frees them', async () => {
    const before = liveHandles();
    const make = () => Promise.all([makeEnv('Hopper'), makeEnv('Hopper')]);
    const vector = new VectorEnv(await make());
    const other = new VectorEnv(await make());
    try {
      vector.reset(0);
      const actions = new Float32Array(2 * vector.actionSize).fill(0.7);
      for (let i = 0; i < 30; i++) vector.step(actions);
      other.restore(vector.snapshot());
      const episodes = [];
      for (let i = 0; i < 200; i++) {
        vector.step(actions);
        other.step(actions);
        expect(other.observations).toEqual(vector.observations);
        expect(other.finished).toEqual(vector.finished);
        episodes.push(...vector.finished);
      }
      expect(episodes.length).toBeGreaterThan(2);
    } finally {
      vector.dispose();
      other.dispose();
    }
    expect(liveHandles()).toBe(before);
  });

  test('refuses what does not fit, in words', async () => {
    expect(() => new VectorEnv([])).toThrow('needs at least one environment');
    const hopper = await makeEnv('Hopper');
    expect(() => new VectorEnv([new PointEnv(), hopper])).toThrow(
      'environment 1 (Hopper) has 11 observations and 3 actions, environment 0 (Point) has 2 and 1',
    );
    hopper.dispose();
    const vector = new VectorEnv(points(2));
    vector.reset(0);
    expect(() => vector.step(new Float32Array(3))).toThrow('2 environments take 2 x 1 action values, got 3.');
    expect(() => vector.step(Float32Array.of(0, Number.NaN))).toThrow(InvalidInputError);
    expect(() => vector.restore(vector.snapshot().slice(1))).toThrow('need as many snapshots, got 1');
    expect(() => vector.restore(vector.envs.map((env) => env.snapshot()))).toThrow(
      'snapshot 0 is not one of a VectorEnv',
    );
  });

  test('disposes its environments', () => {
    const envs = points(2);
    new VectorEnv(envs).dispose();
    expect(envs.map(({ disposed }) => disposed)).toEqual([true, true]);
  });
});
