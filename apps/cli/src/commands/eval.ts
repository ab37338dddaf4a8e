import { policyFromCheckpoint } from '@mikt/algos';
import { evaluatePolicy } from '@mikt/eval';
import { createEngine } from '@mikt/graph';
import { readCheckpoint } from '@mikt/runs';
import { Command } from 'commander';
import { checkpointFile } from '../checkpoint-source.js';
import { formatNumber, printJson, say, wholeNumber } from '../options.js';

interface EvalFlags {
  readonly episodes: number;
  readonly seed: number;
  readonly sample?: boolean;
  readonly env?: string;
  readonly engine: string;
  readonly json?: boolean;
}

export function evalCommand(): Command {
  return new Command('eval')
    .description('run whole episodes of a trained policy on seeds apart from training’s')
    .argument('<checkpoint>', 'checkpoint or policy file, run folder (its last checkpoint), or zoo:<name>')
    .option('--episodes <n>', 'number of episodes', wholeNumber(1), 10)
    .option('--seed <n>', 'seed of the episodes', wholeNumber(0), 0)
    .option('--sample', "sample from the policy's Gaussian instead of taking its mean")
    .option('--env <name>', 'environment to act in (default: the one it was trained on)')
    .option('--engine <name>', 'what runs the networks', 'wasm')
    .option('--json', 'print as JSON')
    .action(
      async (given: string, { episodes, seed, sample = false, env, engine: engineName, json }: EvalFlags) => {
        const file = await checkpointFile(given);
        const checkpoint = await readCheckpoint(file);
        const engine = await createEngine(engineName);
        const policy = policyFromCheckpoint(checkpoint, engine, file);
        try {
          const result = await evaluatePolicy(policy, env, {
            episodes,
            seed,
            sample,
            onEpisode: (episode, i) =>
              say(
                `episode ${i + 1}/${episodes}: return ${formatNumber(episode.return)}, ${episode.length} steps`,
              ),
          });
          const { algo, steps, coupled } = policy;
          if (json)
            printJson({ checkpoint: file, algo, steps, coupled, seed, sample, ...withoutNaN(result) });
          else {
            const spread =
              episodes > 1
                ? ` (95% interval ${result.interval.map((x) => formatNumber(x)).join(' to ')})`
                : '';
            process.stdout.write(
              `${result.env}, ${algo} after ${steps === null ? 'an unknown number of' : formatNumber(steps)} steps, ${sample ? 'sampled' : 'mean'} actions: ` +
                `return ${formatNumber(result.mean)}${spread} over ${episodes} episodes of ${formatNumber(result.meanLength)} steps\n`,
            );
          }
        } finally {
          policy.dispose();
          engine.dispose();
        }
      },
    );
}

/** JSON has no NaN: what one episode cannot tell is null. */
function withoutNaN<T extends { standardDeviation: number; interval: readonly [number, number] }>(result: T) {
  const known = !Number.isNaN(result.standardDeviation);
  return {
    ...result,
    standardDeviation: known ? result.standardDeviation : null,
    interval: known ? result.interval : null,
  };
}
