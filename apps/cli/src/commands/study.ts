import { availableParallelism } from 'node:os';
import { FileError, parseNumber } from '@mikt/core';
import { Command, InvalidArgumentError } from 'commander';
import { acquireLock } from '../lock.js';
import { formatNumber, printJson, say, table, wholeNumber } from '../options.js';
import { EXIT } from '../report-error.js';
import { StudyBoard } from '../study/board.js';
import { type LoadedStudy, loadStudy } from '../study/load.js';
import { type MeasureChoices, measureStudy, measureTables, stepCounts } from '../study/measure.js';
import { readStudyStates, refuseConflicts, type StudyRunState } from '../study/run-state.js';
import { runStudy } from '../study/run-study.js';

interface StudyFlags {
  readonly out?: string;
  readonly json?: boolean;
}

interface RunFlags extends StudyFlags {
  readonly workers?: number;
  readonly threads?: number;
}

export function studyCommand(): Command {
  const study = new Command('study').description(
    'run a grid of environments, methods and seeds, and measure the transfer',
  );
  const subcommand = (name: string, description: string) =>
    study
      .command(name)
      .description(description)
      .argument('<file>', 'study file, YAML or JSON: see studies/')
      .option('--out <folder>', "folder of the study's runs (default: runs/<name of the study>)")
      .option('--json', 'print the result as JSON');
  subcommand('run', 'run what is not finished: start, or go on where it was stopped')
    .option('--workers <n>', 'runs at the same time (default: one per thread)', wholeNumber(1))
    .option(
      '--threads <n>',
      'threads at most, shared by the runs at the same time (default: one per core)',
      wholeNumber(1),
    )
    .action(run);
  subcommand('plan', 'say what would run, and check everything that it needs').action(plan);
  subcommand('status', 'say how each run stands').action(status);
  subcommand('measure', 'compare the finished runs of each method with a baseline')
    .option('--baseline <label>', 'method to compare with (default: the first that trains from scratch)')
    .option(
      '--at <steps>',
      'step counts at which returns are compared, e.g. 250k,500k,1M (default: a quarter, half and all)',
      stepCounts,
    )
    .option(
      '--threshold <return>',
      "return whose reaching is timed (default: the baseline's mean final return)",
      anyNumber,
    )
    .action(measure);
  return study;
}

async function run(file: string, flags: RunFlags): Promise<void> {
  const study = await loadStudy(file, flags.out);
  const release = acquireLock(study.out);
  try {
    process.exitCode = await runLocked(study, flags);
  } finally {
    release();
  }
}

async function runLocked(study: LoadedStudy, flags: RunFlags): Promise<number> {
  const states = await readStudyStates(study);
  refuseConflicts(states);
  const open = states.filter((state) => state.status !== 'finished').length;
  const threads = flags.threads ?? availableParallelism();
  const workers = Math.max(1, Math.min(flags.workers ?? threads, open));
  const share = Math.max(1, Math.floor(threads / workers));
  const { name } = study.study;
  say(
    `${name}: ${formatNumber(states.length - open)} of ${formatNumber(states.length)} runs are finished` +
      (open === 0
        ? '.'
        : `; ${workers === 1 ? 'one run' : `${workers} runs`} at a time, ${share === 1 ? 'one thread' : `${share} threads`} each.`),
  );

  const controller = new AbortController();
  const stop = () => {
    // A second signal ends this process at once; its runs notice, save and end by themselves.
    for (const signal of SIGNALS) process.removeListener(signal, stop);
    say(`${name}: stopping; the runs save first.`);
    controller.abort();
  };
  for (const signal of SIGNALS) process.once(signal, stop);
  const board = new StudyBoard(process.stderr);
  const failed = await runStudy(study, states, { workers, threads: share, signal: controller.signal }, board);
  for (const signal of SIGNALS) process.removeListener(signal, stop);

  const after = await readStudyStates(study);
  const finished = after.filter((state) => state.status === 'finished').length;
  const summary = `${name}: ${formatNumber(finished)} of ${formatNumber(after.length)} runs are finished`;
  if (flags.json) {
    printJson({ ...describe(study, after), failed });
  } else {
    process.stdout.write(`${summary}. Runs: ${study.out}\n`);
  }
  for (const { folder, reason } of failed) say(`mikt: ${folder} failed: ${reason}`);
  if (controller.signal.aborted || failed.length > 0) {
    const out = flags.out === undefined ? '' : ` --out ${flags.out}`;
    say(`Go on with: mikt study run ${study.file}${out}`);
  }
  if (controller.signal.aborted) return EXIT.interrupted;
  return failed.length > 0 ? EXIT.failed : EXIT.done;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

async function plan(file: string, flags: StudyFlags): Promise<void> {
  const study = await loadStudy(file, flags.out);
  const states = await readStudyStates(study);
  const total = sum(states, ({ run }) => run.config.steps);
  const left = sum(states, stepsLeft);
  if (flags.json) {
    printJson({ ...describe(study, states), stepsTotal: total, stepsLeft: left });
  } else {
    const finished = states.filter((state) => state.status === 'finished').length;
    const rows = states.map(({ folder, run, status, steps }) => [
      folder,
      run.method,
      run.config.env,
      run.teachers.join(' '),
      run.config.seed,
      run.config.steps,
      status === 'interrupted' ? `interrupted at ${formatNumber(steps)}` : status,
    ]);
    process.stdout.write(
      `${table(['run', 'method', 'env', 'teacher', 'seed', 'steps', 'status'], rows)}\n\n` +
        `${formatNumber(states.length)} runs, ${formatNumber(finished)} finished; ` +
        `${formatNumber(total)} steps, ${formatNumber(left)} left.\n`,
    );
  }
  refuseConflicts(states);
}

async function status(file: string, flags: StudyFlags): Promise<void> {
  const study = await loadStudy(file, flags.out);
  const states = await readStudyStates(study);
  if (flags.json) {
    printJson(describe(study, states));
    return;
  }
  const rows = states.map(({ folder, status, steps, run, return100, reason }) => [
    folder,
    status,
    steps,
    `${Math.floor((100 * steps) / run.config.steps)}%`,
    return100 === undefined ? '-' : formatNumber(return100),
    reason ?? '',
  ]);
  process.stdout.write(`${table(['run', 'status', 'steps', '', 'return_100', ''], rows)}\n`);
}

async function measure(file: string, flags: StudyFlags & MeasureChoices): Promise<void> {
  const study = await loadStudy(file, flags.out);
  const states = await readStudyStates(study);
  refuseConflicts(states);
  const open = states.filter((state) => state.status !== 'finished').length;
  if (open === states.length) {
    throw new FileError(study.out, `no run of this study is finished; run it with: mikt study run ${file}`);
  }
  if (open > 0) say(`${study.study.name}: ${open} of ${states.length} runs are not finished and left out.`);
  const measures = await measureStudy(study, states, flags);
  if (flags.json) printJson({ study: study.study.name, out: study.out, ...measures });
  else process.stdout.write(measureTables(measures));
}

function anyNumber(text: string): number {
  const value = parseNumber(text);
  if (value === undefined) throw new InvalidArgumentError('It takes a number.');
  return value;
}

function describe(study: LoadedStudy, states: readonly StudyRunState[]) {
  return {
    study: study.study.name,
    out: study.out,
    runs: states.map(({ run, folder, status, steps, return100, reason }) => ({
      run: folder,
      method: run.method,
      algo: run.config.algo,
      env: run.config.env,
      teachers: run.teachers,
      seed: run.config.seed,
      status,
      steps,
      totalSteps: run.config.steps,
      return_100: return100 ?? null,
      ...(reason === undefined ? {} : { reason }),
    })),
  };
}

function stepsLeft({ status, run, steps }: StudyRunState): number {
  return status === 'finished' ? 0 : run.config.steps - steps;
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
