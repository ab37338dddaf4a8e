import type { Rank } from '@mikt/runs';
import { describe, expect, it } from 'vitest';
import type { TrainingState } from './checkpoint.js';
import { type RunConfig, resolveConfig } from './config.js';
import { IdentityEnv, randomTeacher, SMALL_RUN } from './testing.js';
import { train } from './trainer.js';

const createEnv = async () => new IdentityEnv();
const small = { ...SMALL_RUN, epochs: 1 };
const ppo = resolveConfig({ ...small, algo: 'ppo', steps: 64 * 8, checkpointEvery: 3 });

/** When checkpoints are saved, with what rank, and what comes of the run. */
async function run(config: RunConfig, teachers: Parameters<typeof randomTeacher>[0][] = []) {
  const saved: (Rank & { steps: number })[] = [];
  const returns: (number | undefined)[] = [];
  const { state } = await train(config, {
    createEnv,
    teachers: teachers.map((sizes) => randomTeacher(sizes, 7)),
    openSink: async () => ({
      appendMetrics: (row) => void returns.push(row.return_100),
      appendEpisode() {},
      saveCheckpoint: async (steps, _checkpoint, rank) => void saved.push({ steps, ...rank }),
    }),
  });
  return { saved, returns, state };
}

const steps = (saved: readonly { steps: number }[]) => saved.map((one) => one.steps / 64);

/** All of a state that its results depend on. */
function essence({ config: _, ...state }: TrainingState) {
  return { ...state, progress: { ...state.progress, seconds: 0 } };
}

describe('checkpoints', () => {
  it('are saved every so many updates, or after so many minutes, and change nothing', async () => {
    const byUpdates = await run({ ...ppo, checkpointMinutes: 0 });
    expect(steps(byUpdates.saved)).toEqual([0, 3, 6, 8]);
    // A pass takes longer than that.
    const byTime = await run({ ...ppo, checkpointEvery: 100, checkpointMinutes: 1e-9 });
    expect(steps(byTime.saved)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    // And not this long.
    const byNeither = await run({ ...ppo, checkpointEvery: 100, checkpointMinutes: 60 });
    expect(steps(byNeither.saved)).toEqual([0, 8]);
    for (const { state } of [byTime, byNeither]) expect(essence(state)).toEqual(essence(byUpdates.state));
  });

  it('are ranked by the return of a whole window of episodes', async () => {
    // 4 environments with episodes of 20 steps: 100 have ended after 25 of each, in pass 32 of 16 steps each.
    const { saved, returns } = await run({ ...ppo, steps: 64 * 40, checkpointEvery: 1 });
    expect(saved.slice(0, 32).every(({ score }) => score === null)).toBe(true);
    expect(saved.slice(32).map(({ score }) => score)).toEqual(returns.slice(31));
    expect(new Set(saved.map(({ group }) => group))).toEqual(new Set(['student']));
  });

  it('are ranked anew after the hand-over', async () => {
    const config = resolveConfig({
      ...small,
      ...{ algo: 'mikt', steps: 64 * 40, checkpointEvery: 1, handOverThreshold: 0 },
      ...{ encoderHidden: [8], variationalHidden: [8] },
    });
    const { saved } = await run(config, [
      { observation: 3, action: 4, policyHidden: [8, 8], valueHidden: [8, 8] },
    ]);
    const handedOver = saved.findIndex(({ group }) => group === 'student');
    expect(saved[handedOver - 1]).toMatchObject({ group: 'coupled', score: expect.any(Number) });
    expect(saved[handedOver]!.score).toBeNull();
  });
});
