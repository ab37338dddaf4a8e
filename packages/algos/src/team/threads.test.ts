import { describe, expect, it } from 'vitest';
import type { TrainingState } from '../checkpoint.js';
import { type RunConfig, resolveConfig } from '../config.js';
import { NonFiniteError } from '../non-finite.js';
import { createPpoAgent } from '../ppo/networks.js';
import { randomTeacher } from '../testing.js';
import { resume, train } from '../trainer.js';
import { divide } from './team.js';
import { ThreadTeam } from './threads.js';

const small = {
  env: 'Hopper',
  engine: 'wasm',
  seed: 3,
  envs: 4,
  stepsPerUpdate: 512,
  minibatches: 8,
  epochs: 2,
  gradientShards: 4,
  policyHidden: [16, 16],
  valueHidden: [16, 16],
};
const teacher = randomTeacher(
  { observation: 7, action: 4, policyHidden: [16, 16], valueHidden: [16, 16] },
  7,
);
const configs: Record<string, RunConfig> = {
  ppo: resolveConfig({ ...small, algo: 'ppo', steps: 512 * 3 }),
  mikt: resolveConfig({
    ...small,
    algo: 'mikt',
    steps: 512 * 5,
    encoderHidden: [16],
    variationalHidden: [16],
  }),
};

/** All of a state that must not depend on the number of threads or the clock. */
function essence(state: TrainingState) {
  return { ...state, progress: { ...state.progress, seconds: 0 }, engine: '' };
}

describe.each(['ppo', 'mikt'])('%s', (algo) => {
  const config = configs[algo]!;
  const teachers = algo === 'mikt' ? [teacher] : [];

  it('ends with the same bits on 1, 2, 3 and 4 threads, with the same rows on the way', async () => {
    const run = async (threads: number) => {
      const rows: unknown[] = [];
      const onUpdate = (row: object) => rows.push({ ...row, seconds: 0, steps_per_second: 0 });
      const { state } = await train(config, { threads, teachers, onUpdate });
      return { state: essence(state), rows };
    };
    const one = await run(1);
    for (const threads of [2, 3, 4]) expect(await run(threads), `${threads} threads`).toEqual(one);
  });

  it('stopped on two threads goes on with three', async () => {
    const whole = await train(config, { threads: 1, teachers });
    const controller = new AbortController();
    const stopped = await train(config, {
      threads: 2,
      teachers,
      signal: controller.signal,
      onUpdate: ({ steps }) => {
        if (steps! >= 512) controller.abort();
      },
    });
    expect(stopped.status).toBe('interrupted');
    const resumed = await resume(stopped.state, { threads: 3 });
    expect(essence(resumed.state)).toEqual(essence(whole.state));
  });
});

describe('divide', () => {
  it.each([1, 2, 3, 5, 8])('gives every environment and shard to one of %d members', (threads) => {
    const shares = divide({ ...configs.ppo!, envs: 8, gradientShards: 2 }, threads);
    expect(shares.length).toBe(threads);
    expect(
      shares.flatMap(({ firstEnv, envs }) => Array.from({ length: envs }, (_, i) => firstEnv + i)),
    ).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(shares.flatMap(({ shards }) => shards)).toEqual([0, 1]);
    expect(shares.filter(({ leads }) => leads)).toHaveLength(1);
  });

  it('makes no member without work', () => {
    expect(divide({ ...configs.ppo!, envs: 2, gradientShards: 1 }, 8)).toHaveLength(2);
  });
});

describe('a member that fails', () => {
  it('ends the run with its cause, and leaves no thread behind', async () => {
    await expect(train({ ...configs.ppo!, env: 'Hoper' }, { threads: 2 })).rejects.toThrow(
      'unknown environment "Hoper"; did you mean "Hopper"?',
    );
  });

  it('does not leave the others waiting for it', async () => {
    const team = await ThreadTeam.create(configs.ppo!, 3);
    await installed(team);
    // Row 0 is all that is learned from, and what was observed in it is not a number.
    const order = team.allocateOrder(2 * 512);
    const learn = () =>
      team.learn({ order, learningRate: 1e-3, coefficients: {}, optimiserSteps: 0 }, async () => {});
    order.fill(0);
    team.rollout.observations.fill(Number.NaN, 0, 11);
    for (let attempt = 0; attempt < 3; attempt++) {
      const error = await learn().catch((cause) => cause);
      expect(error).toBeInstanceOf(NonFiniteError);
      // Of the shards that all fail the first one is named, whoever is quicker.
      const found = { kind: 'term', term: 'policy_loss', value: Number.NaN, minibatch: 0, shard: 0 };
      expect(error.found).toEqual(found);
    }
    // The team is none the worse for it.
    order.fill(1);
    await learn();
    await team.dispose();
  });

  it('that dies ends what it was asked for with its exit code', async () => {
    const team = await ThreadTeam.create({ ...configs.ppo!, envs: 2, gradientShards: 2 }, 2);
    await installed(team);
    await team.reset(1);
    const collecting = expect(team.collect({ returnVariance: () => 1 }, async () => {})).rejects.toThrow(
      /ended before its work was done/,
    );
    await team.dispose();
    await collecting;
  });
});

async function installed(team: ThreadTeam) {
  const agent = createPpoAgent(configs.ppo!, team.spaces);
  await team.install(agent, 'student', []);
  return agent;
}
