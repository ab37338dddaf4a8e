import { shellCommand } from './format.js';
import { isTransfer, type ReportedRun } from './runs.js';

/**
 * Commands that train a run again with the same configuration, one below the other: the second and later ones give
 * it the further steps that it was given. Where the configuration is none of this version's, the ones that were used.
 */
export function repeatCommands(run: ReportedRun): string[] {
  const { teachers, env, algo, seed, steps, command, continuations = [] } = run.manifest;
  const { preset, differences } = run.fromPreset;
  if (preset === undefined) return [command, ...continuations.map((each) => each.command)].map(shellCommand);
  const folder = `runs/${run.name}`;
  const begin = [
    ...(algo === 'ppo' && !isTransfer(run)
      ? ['mikt', 'train', env]
      : [
          ...['mikt', 'transfer', ...teachers.flatMap(({ source }) => ['--teacher', source])],
          ...['--env', env, '--algo', algo],
        ]),
    ...['--preset', preset],
    ...differences.flatMap(({ key, value }) => ['--set', `${key}=${JSON.stringify(value)}`]),
    ...['--seed', String(seed), '--steps', String(continuations[0]?.from ?? steps), '--out', folder],
  ];
  return [begin, ...continuations.map(({ to }) => ['mikt', 'resume', folder, '--steps', String(to)])].map(
    shellCommand,
  );
}
