import { evaluateDoingNothing } from '@mikt/eval';
import { writeReport } from '@mikt/report';
import { readRun } from '@mikt/runs';
import { Command } from 'commander';
import { printJson, say } from '../options.js';

/** Episodes of doing nothing behind the line in the figures: many, for a few lucky ones stand to the end. */
const IDLE_EPISODES = 30;

export function reportCommand(): Command {
  return new Command('report')
    .description('write figures and a self-contained web page comparing runs')
    .argument('<runs...>', 'run folders')
    .requiredOption('--out <folder>', 'folder for index.html and figures/')
    .option('--no-idle', 'leave out the line of doing nothing (it takes a few seconds to measure)')
    .option('--json', 'print what was written as JSON')
    .action(async (runs: string[], { out, idle, json }: { out: string; idle: boolean; json?: boolean }) => {
      const envs = new Set<string>();
      for (const run of runs) envs.add((await readRun(run)).manifest.env);
      const references: Record<string, { label: string; value: number }[]> = {};
      for (const env of idle ? envs : []) {
        say(`Measuring what doing nothing earns in ${env} (${IDLE_EPISODES} episodes)`);
        const { mean } = await evaluateDoingNothing(env, { episodes: IDLE_EPISODES });
        references[env] = [{ label: `doing nothing (mean of ${IDLE_EPISODES} episodes)`, value: mean }];
      }
      const written = await writeReport({ runs, out, references });
      if (json) printJson(written);
      else process.stdout.write(`Report: ${written.index}\n`);
    });
}
