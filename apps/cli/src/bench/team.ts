import { measureLearning, resolveConfig } from '@mikt/algos';
import { createWasmEngine } from '@mikt/graph';
import { benchTeacher, type MinibatchRow, minibatchFlops } from './engines.js';
import { spread } from './spread.js';

const UPDATES = 7;

/** Shards that a run has without being told otherwise. */
const DEFAULT_SHARDS = 2;

/**
 * Times minibatches as a training takes them, on one thread and on all, at the default number of shards and, where
 * there are more threads than that, at one shard per thread as well.
 */
export async function measureTeamMinibatches(
  threads: number,
  say: (sentence: string) => void,
): Promise<MinibatchRow[]> {
  const engine = `wasm ${await defaultForm()}`;
  const rows: MinibatchRow[] = [];
  for (const algo of ['ppo', 'mikt']) {
    for (const setting of teamSettings(threads)) {
      const { gradientShards } = setting;
      say(`${engine}, ${algo} minibatch, ${gradientShards} shards, threads: ${setting.threads}`);
      const config = resolveConfig({ env: 'CentipedeEight', algo, steps: 1e6, gradientShards });
      const measured = await measureLearning(config, {
        updates: UPDATES,
        threads: setting.threads,
        teachers: algo === 'mikt' ? [benchTeacher()] : [],
      });
      const milliseconds = spread(measured.secondsPerMinibatch.map((seconds) => 1000 * seconds));
      rows.push({
        engine,
        env: 'CentipedeEight',
        algo,
        threads: measured.threads,
        gradientShards,
        milliseconds,
        gflops: minibatchFlops(config) / milliseconds.median / 1e6,
      });
    }
  }
  return rows;
}

/** Threads and shards to try. Shards divide a minibatch's 64 rows, so that they are powers of two. */
export function teamSettings(threads: number): { threads: number; gradientShards: number }[] {
  const most = Math.min(64, 2 ** Math.floor(Math.log2(threads)));
  const shards = most > DEFAULT_SHARDS ? [DEFAULT_SHARDS, most] : [DEFAULT_SHARDS];
  return shards.flatMap((gradientShards) =>
    (threads > 1 ? [1, threads] : [1]).map((count) => ({ threads: count, gradientShards })),
  );
}

/** The SIMD form that runs take on this host. */
async function defaultForm(): Promise<string> {
  const engine = await createWasmEngine({ megabytes: 1 });
  engine.dispose();
  return engine.form;
}
