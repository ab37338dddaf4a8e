import { listEnvs, makeEnv } from '@mikt/envs';
import { Command } from 'commander';
import { printJson, table } from '../options.js';

export function envsCommand(): Command {
  return new Command('envs')
    .description('list the environments with the dimensions of their models')
    .argument(
      '[names...]',
      'environments to describe (default: all; CentipedeTen and the like exist as well)',
    )
    .option('--json', 'print as JSON')
    .action(async (names: string[], { json }: { json?: boolean }) => {
      const rows = [];
      for (const name of names.length > 0 ? names : listEnvs()) {
        const env = await makeEnv(name);
        rows.push({
          name: env.name,
          observation: env.spaces.observation.size,
          action: env.spaces.action.size,
          maxEpisodeSteps: env.maxEpisodeSteps,
        });
        env.dispose();
      }
      if (json) printJson(rows);
      else {
        const cells = rows.map((row) => [row.name, row.observation, row.action, row.maxEpisodeSteps]);
        process.stdout.write(`${table(['environment', 'observation', 'action', 'episode steps'], cells)}\n`);
      }
    });
}
