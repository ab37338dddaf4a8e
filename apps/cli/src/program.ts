import { Command } from 'commander';
import { benchCommand } from './commands/bench.js';
import { doctorCommand } from './commands/doctor.js';
import { envsCommand } from './commands/envs.js';
import { evalCommand } from './commands/eval.js';
import { exportCommand } from './commands/export.js';
import { importCommand } from './commands/import.js';
import { playgroundCommand } from './commands/playground.js';
import { reportCommand } from './commands/report.js';
import { resumeCommand } from './commands/resume.js';
import { runsCommand } from './commands/runs.js';
import { studyCommand } from './commands/study.js';
import { trainCommand } from './commands/train.js';
import { transferCommand } from './commands/transfer.js';
import { watchCommand } from './commands/watch.js';
import { workerCommand } from './commands/worker.js';
import { version } from './version.js';

/** The `mikt` command with all its subcommands. Errors are thrown, not handled. */
export function createProgram(): Command {
  const program = new Command('mikt')
    .description('Transfer reinforcement learning between robots whose state and action spaces do not match.')
    .version(version)
    .showHelpAfterError('Run mikt --help, or mikt <command> --help, for what is allowed.')
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  mikt envs
  mikt transfer --teacher zoo:CentipedeFour --env CentipedeSix --algo mikt --steps 500_000
  mikt report runs/* --out report`,
    );
  for (const create of [
    envsCommand,
    trainCommand,
    transferCommand,
    resumeCommand,
    runsCommand,
    evalCommand,
    watchCommand,
    playgroundCommand,
    exportCommand,
    importCommand,
    reportCommand,
    studyCommand,
    workerCommand,
    benchCommand,
    doctorCommand,
  ]) {
    // Subcommands made apart do not inherit these settings.
    const command = create().copyInheritedSettings(program);
    for (const subcommand of command.commands) subcommand.copyInheritedSettings(command);
    program.addCommand(command);
  }
  return program;
}
