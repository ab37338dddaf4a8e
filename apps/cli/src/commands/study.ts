import { availableParallelism } from 'node:os';
import { FileError, InvalidInputError, parseNumber } from '@mikt/core';
import { Command, InvalidArgumentError } from 'commander';
import { acquireLock } from '../lock.js';
import { collect, formatNumber, printJson, say, table, wholeNumber } from '../options.js';
import { patienceOption, type QueueFlag } from '../queue/options.js';
import {
  describeQueueState,
  logText,
  type QueueState,
  queueLog,
  queueStates,
  runThroughQueue,
  withdrawStudy,
} from '../queue/study-actions.js';
import { EXIT } from '../report-error.js';
import { onStop } from '../stop-signals.js';
import { StudyBoard } from '../study/board.js';
import { type LoadedStudy, loadStudy } from '../study/load.js';
import { type MeasureChoices, measureStudy, measureTables, stepCounts } from '../study/measure.js';
import { readStudyStates, refuseConflicts, type StudyRunState } from '../study/run-state.js';
import { runStudy } from '../study/run-study.js';

interface StudyFlags {
  readonly out?: string;
  readonly json?: boolean;
}

/** Of the commands that can do with some of the runs. */
interface SelectionFlags extends StudyFlags {
  readonly only?: string[];
}

interface QueueFlags extends SelectionFlags {
  readonly queue?: QueueFlag;
}

interface RunFlags extends QueueFlags {
  readonly workers?: number;
  readonly threads?: number;
  readonly store?: string;
  readonly patience?: number;
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
  const selective = (command: Command) =>
    command.option(
      '--only <pattern>',
      "only runs whose folder matches, as in '*-s1' or 'CentipedeFour-to-*/mikt-s*'; may be repeated",
      collect,
    );
  selective(subcommand('run', 'run what is not finished: start, or go on where it was stopped'))
    .option('--workers <n>', 'runs at the same time (default: one per thread)', wholeNumber(1))
    .option(
      '--threads <n>',
      'threads at most, shared by the runs at the same time (default: one per core)',
      wholeNumber(1),
    )
    .option(
      '--queue [address]',
      'have workers on any machines do it (mikt worker): redis://host:6379; alone: $REDIS_URL',
    )
    .option(
      '--store <place>',
      "with --queue: where workers leave the runs: a shared folder (default: in the study's) or s3://bucket/prefix",
    )
    .addOption(patienceOption())
    .action(run);
  selective(subcommand('plan', 'say what would run, and check everything that it needs')).action(plan);
  selective(subcommand('status', 'say how each run stands'))
    .option('--queue [address]', 'also of those that workers have: redis://host:6379; alone: $REDIS_URL')
    .action(status);
  subcommand('log', 'say what workers wrote about a run')
    .argument('<run>', 'its folder, as mikt study status has it')
    .option('--queue <address>', 'redis://host:6379 (default: $REDIS_URL)')
    .action(log);
  subcommand('withdraw', 'take the runs out of a queue that no worker has begun')
    .option('--queue <address>', 'redis://host:6379 (default: $REDIS_URL)')
    .action(withdraw);
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
  checkRunFlags(flags);
  const study = await loadStudy(file, flags.out);
  const release = acquireLock(study.out);
  try {
    process.exitCode = await runLocked(study, flags);
  } finally {
    release();
  }
}

/** @throws InvalidInputError for options that belong to the other way of running a study */
function checkRunFlags({ queue, workers, threads, store, patience }: RunFlags): void {
  const wrong =
    queue === undefined
      ? [store !== undefined && '--store', patience !== undefined && '--patience']
      : [workers !== undefined && '--workers', threads !== undefined && '--threads'];
  const option = wrong.find((each) => each !== false);
  if (option === undefined) return;
  throw new InvalidInputError(
    queue === undefined
      ? `${option} belongs to --queue; give that too, or leave it out.`
      : `${option} belongs to runs on this machine; with --queue it is an option of mikt worker.`,
  );
}

async function runLocked(study: LoadedStudy, flags: RunFlags): Promise<number> {
  const states = await readStudyStates(study, flags.only);
  refuseConflicts(states);
  const open = states.filter((state) => state.status !== 'finished').length;
  const threads = flags.threads ?? availableParallelism();
  const workers = Math.max(1, Math.min(flags.workers ?? threads, open));
  const share = Math.max(1, Math.floor(threads / workers));
  const isQueued = flags.queue !== undefined;
  const how = isQueued
    ? 'workers take the others from the queue'
    : `${workers === 1 ? 'one run' : `${workers} runs`} at a time, ${share === 1 ? 'one thread' : `${share} threads`} each`;
  const { name } = study.study;
  const runs = flags.only === undefined ? 'runs' : 'chosen runs';
  say(
    `${name}: ${formatNumber(states.length - open)} of ${formatNumber(states.length)} ${runs} are finished` +
      (open === 0 ? '.' : `; ${how}.`),
  );

  const controller = new AbortController();
  // After a second signal its runs notice, save and end by themselves.
  const ignoreStop = onStop(() => {
    say(`${name}: stopping; ${isQueued ? 'workers go on' : 'the runs save first'}.`);
    controller.abort();
  });
  const board = new StudyBoard(process.stderr);
  const { signal } = controller;
  const failed =
    isQueued && open > 0
      ? await runThroughQueue(study, states, flags, signal, board)
      : await runStudy(study, states, { workers, threads: share, signal }, board);
  ignoreStop();

  const after = await readStudyStates(study, flags.only);
  const finished = after.filter((state) => state.status === 'finished').length;
  const summary = `${name}: ${formatNumber(finished)} of ${formatNumber(after.length)} ${runs} are finished`;
  if (flags.json) {
    printJson({ ...describe(study, after), failed });
  } else {
    process.stdout.write(`${summary}. Runs: ${study.out}\n`);
  }
  for (const { folder, reason } of failed) say(`mikt: ${folder} failed: ${reason}`);
  if (controller.signal.aborted || failed.length > 0) {
    const out = flags.out === undefined ? '' : ` --out ${flags.out}`;
    const only = (flags.only ?? []).map((pattern) => ` --only '${pattern}'`).join('');
    say(`Go on with: mikt study run ${study.file}${out}${only}${isQueued ? ' --queue …, as before' : ''}`);
  }
  if (controller.signal.aborted) return EXIT.interrupted;
  return failed.length > 0 ? EXIT.failed : EXIT.done;
}

async function plan(file: string, flags: SelectionFlags): Promise<void> {
  const study = await loadStudy(file, flags.out);
  const states = await readStudyStates(study, flags.only);
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

async function status(file: string, flags: QueueFlags): Promise<void> {
  const study = await loadStudy(file, flags.out);
  const states = await readStudyStates(study, flags.only);
  const queued =
    flags.queue === undefined ? new Map<string, QueueState>() : await queueStates(study, states, flags.queue);
  if (flags.json) {
    printJson(describe(study, states, queued));
    return;
  }
  const rows = states.map((state) => {
    const { folder, status, steps, run, return100, reason } = withQueueState(state, queued);
    const where = queued.get(run.folder);
    return [
      folder,
      status,
      steps,
      `${Math.floor((100 * steps) / run.config.steps)}%`,
      return100 === undefined ? '-' : formatNumber(return100),
      ...(flags.queue === undefined ? [] : [where ? describeQueueState(where) : '']),
      reason ?? '',
    ];
  });
  const queueColumn = flags.queue === undefined ? [] : ['queue'];
  process.stdout.write(`${table(['run', 'status', 'steps', '', 'return_100', ...queueColumn, ''], rows)}\n`);
}

/** What a worker has of a run counts, where it is more than what is here. */
function withQueueState(state: StudyRunState, queued: ReadonlyMap<string, QueueState>): StudyRunState {
  const found = queued.get(state.run.folder);
  if (found === undefined || found.status === 'missing') return state;
  const isFurther = found.steps > state.steps;
  return {
    ...state,
    status: found.status === 'failed' || found.status === 'running' ? found.status : state.status,
    steps: isFurther ? found.steps : state.steps,
    return100: isFurther ? found.return100 : state.return100,
    reason: found.reason ?? state.reason,
  };
}

async function log(file: string, run: string, flags: QueueFlags): Promise<void> {
  const study = await loadStudy(file, flags.out);
  const lines = await queueLog(study, await readStudyStates(study), run, flags.queue);
  if (flags.json) printJson(lines);
  else process.stdout.write(logText(lines));
}

async function withdraw(file: string, flags: QueueFlags): Promise<void> {
  const study = await loadStudy(file, flags.out);
  const { withdrawn, running } = await withdrawStudy(study, await readStudyStates(study), flags.queue);
  if (flags.json) {
    printJson({ study: study.study.name, withdrawn, running });
    return;
  }
  const left =
    running === 0
      ? ''
      : ` ${formatNumber(running)} are with workers, which finish them; stop those to end them.`;
  process.stdout.write(
    `${study.study.name}: ${formatNumber(withdrawn)} runs are taken out of the queue.${left}\n`,
  );
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

function describe(
  study: LoadedStudy,
  states: readonly StudyRunState[],
  queued: ReadonlyMap<string, QueueState> = new Map(),
) {
  return {
    study: study.study.name,
    out: study.out,
    runs: states.map((state) => {
      const { run, folder, status, steps, return100, reason } = withQueueState(state, queued);
      const inQueue = queued.get(run.folder);
      return {
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
        ...(inQueue === undefined ? {} : { queue: inQueue.status, worker: inQueue.worker ?? null }),
        ...(reason === undefined ? {} : { reason }),
      };
    }),
  };
}

function stepsLeft({ status, run, steps }: StudyRunState): number {
  return status === 'finished' ? 0 : run.config.steps - steps;
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
