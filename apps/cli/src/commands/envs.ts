import { isRobotPath, listEnvs, makeEnv } from '@mikt/envs';
import { Command } from 'commander';
import { checkRobotFile } from '../envs/check.js';
import { printJson, table } from '../options.js';
import { addRobotOptions, type RobotFlags, readRobotFile, refuseRobotFlags } from '../robot-source.js';

interface EnvsFlags extends RobotFlags {
  readonly json?: boolean;
}

export function envsCommand(): Command {
  const envs = addRobotOptions(
    new Command('envs')
      .description('list the environments with the dimensions of their models')
      .argument(
        '[names...]',
        'environments to describe, by name or model file (default: all; CentipedeTen and the like exist as well)',
      ),
  )
    .option('--json', 'print as JSON')
    .action(list);
  addRobotOptions(
    envs
      .command('check')
      .description('say what there is of a robot of one’s own, and what is wrong with it')
      .argument('<file>', 'model file: MJCF or URDF'),
  )
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 in order (there may be warnings), 1 problems found, 2 wrong usage. Model and task files: docs/own-robot.md.',
    )
    .action(async (file: string, _flags: EnvsFlags, command: Command) => {
      // Options that the parent has too are read by whichever comes first.
      process.exitCode = await checkRobotFile(file, command.optsWithGlobals<EnvsFlags>());
    });
  return envs;
}

async function list(names: string[], { json, ...flags }: EnvsFlags): Promise<void> {
  const rows = [];
  for (const name of names.length > 0 ? names : listEnvs()) {
    if (!isRobotPath(name)) refuseRobotFlags(name, flags);
    const env = await makeEnv(isRobotPath(name) ? (await readRobotFile(name, flags)).definition : name);
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
}
