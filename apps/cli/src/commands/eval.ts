import { type Policy, policyFromCheckpoint } from '@mikt/algos';
import { InvalidInputError } from '@mikt/core';
import { type EnvSource, robotFingerprint } from '@mikt/envs';
import { evaluatePolicy } from '@mikt/eval';
import { createEngine } from '@mikt/graph';
import { readCheckpoint } from '@mikt/runs';
import { Command } from 'commander';
import { bestOption, checkpointFile } from '../checkpoint-source.js';
import { formatNumber, printJson, say, wholeNumber } from '../options.js';
import { addRobotOptions, type RobotFlags, readEnv } from '../robot-source.js';

interface EvalFlags extends RobotFlags {
  readonly episodes: number;
  readonly seed: number;
  readonly sample?: boolean;
  readonly env?: string;
  readonly engine: string;
  readonly best?: boolean;
  readonly json?: boolean;
}

export function evalCommand(): Command {
  return addRobotOptions(
    new Command('eval')
      .description('run whole episodes of a trained policy on seeds apart from training’s')
      .argument('<checkpoint>', 'checkpoint or policy file, run folder (its last checkpoint), or zoo:<name>')
      .addOption(bestOption())
      .option('--episodes <n>', 'number of episodes', wholeNumber(1), 10)
      .option('--seed <n>', 'seed of the episodes', wholeNumber(0), 0)
      .option('--sample', "sample from the policy's Gaussian instead of taking its mean")
      .option(
        '--env <name>',
        'environment to act in, by name or model file (default: the one it was trained on)',
      )
      .option('--engine <name>', 'what runs the networks', 'wasm'),
  )
    .option('--json', 'print as JSON')
    .action(async (given: string, flags: EvalFlags) => {
      const { episodes, seed, sample = false, engine: engineName, best, json } = flags;
      const file = await checkpointFile(given, best);
      const checkpoint = await readCheckpoint(file);
      const engine = await createEngine(engineName);
      const policy = policyFromCheckpoint(checkpoint, engine, file);
      try {
        const result = await evaluatePolicy(policy, await envToActIn(policy, flags), {
          episodes,
          seed,
          sample,
          onEpisode: (episode, i) =>
            say(
              `episode ${i + 1}/${episodes}: return ${formatNumber(episode.return)}, ${episode.length} steps`,
            ),
        });
        const { algo, steps, coupled } = policy;
        if (json) printJson({ checkpoint: file, algo, steps, coupled, seed, sample, ...withoutNaN(result) });
        else {
          const spread =
            episodes > 1 ? ` (95% interval ${result.interval.map((x) => formatNumber(x)).join(' to ')})` : '';
          process.stdout.write(
            `${result.env}, ${algo} after ${steps === null ? 'an unknown number of' : formatNumber(steps)} steps, ${sample ? 'sampled' : 'mean'} actions: ` +
              `return ${formatNumber(result.mean)}${spread} over ${episodes} episodes of ${formatNumber(result.meanLength)} steps\n`,
          );
        }
      } finally {
        policy.dispose();
        engine.dispose();
      }
    });
}

/** What `--env` means; a policy's own robot also goes by its name. */
async function envToActIn(policy: Policy, { env, ...flags }: EvalFlags): Promise<EnvSource | undefined> {
  if (env === undefined) {
    if (flags.task === undefined && flags.assets === undefined) return undefined;
    throw new InvalidInputError('--task and --assets belong to a model file; give it with --env.');
  }
  const { name, robot } = await readEnv(env, flags);
  if (robot === undefined) return name === policy.robot?.name ? policy.robot : name;
  if (policy.robot && robotFingerprint(robot) !== robotFingerprint(policy.robot)) {
    say(`${env} is not the robot that the policy was trained on: its model or its task differs.`);
  }
  return robot;
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
