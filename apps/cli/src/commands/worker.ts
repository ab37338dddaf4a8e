import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { wholeNumber } from '../options.js';
import { DEFAULT_PATIENCE, patienceOption, secondsFrom } from '../queue/options.js';
import { loadQueue } from '../queue/package.js';
import { makeScratch } from '../queue/scratch.js';
import { work } from '../queue/worker.js';
import { EXIT } from '../report-error.js';
import { onStop } from '../stop-signals.js';
import { StudyBoard } from '../study/board.js';

interface WorkerFlags {
  readonly queue?: string;
  readonly store?: string;
  readonly workers?: number;
  readonly threads?: number;
  readonly scratch?: string;
  readonly lease?: number;
  readonly storeEvery?: number;
  readonly patience?: number;
  readonly untilEmpty?: boolean;
}

const DEFAULT_LEASE = 30;
const DEFAULT_STORE_EVERY = 60;
/** A shorter one would be lost to a pause of the garbage collector or of the network. */
const SHORTEST_LEASE = 2;

export function workerCommand(): Command {
  return new Command('worker')
    .description(
      "train the runs of studies that wait in a queue, on this machine: see mikt study run's --queue",
    )
    .option(
      '--queue <address>',
      'Redis server: redis://host:6379, or rediss://host:6379 (default: $REDIS_URL)',
    )
    .option(
      '--store <place>',
      "where the studies' store is on this machine, if elsewhere than on theirs: a folder or s3://bucket/prefix",
    )
    .option('--workers <n>', 'runs at the same time (default: 1)', wholeNumber(1))
    .option('--threads <n>', 'threads at most, shared by them (default: one per core)', wholeNumber(1))
    .option('--scratch <folder>', "folder for runs that go on (default: in the system's temporary one)")
    .option(
      '--lease <seconds>',
      `silence after which another worker may go on with a run of this one (default: ${DEFAULT_LEASE})`,
      secondsFrom(SHORTEST_LEASE),
    )
    .option(
      '--store-every <seconds>',
      `how often a run's last checkpoint and logs are stored (default: ${DEFAULT_STORE_EVERY})`,
      secondsFrom(1),
    )
    .addOption(patienceOption())
    .option('--until-empty', 'end when no run waits')
    .addHelpText('after', '\nHow to set it up: docs/queue.md.')
    .action(run);
}

async function run(flags: WorkerFlags): Promise<void> {
  const queue = await loadQueue();
  const address = queue.queueAddress(flags.queue);
  const runs = flags.workers ?? 1;
  const threads = Math.max(1, Math.floor((flags.threads ?? availableParallelism()) / runs));
  const scratch = makeScratch(flags.scratch);
  const board = new StudyBoard(process.stderr);
  const controller = new AbortController();
  // After a second signal its runs notice, and the queue gives them to others.
  const ignoreStop = onStop(() => {
    board.say(
      'Stopping: no new run is taken; those that go on are saved and given back. Again to end at once.',
    );
    controller.abort();
  });
  try {
    await work(
      queue,
      {
        ...{ address, runs, threads, store: flags.store, scratch: scratch.folder, signal: controller.signal },
        leaseSeconds: flags.lease ?? DEFAULT_LEASE,
        uploadSeconds: flags.storeEvery ?? DEFAULT_STORE_EVERY,
        patienceSeconds: flags.patience ?? DEFAULT_PATIENCE,
        untilEmpty: flags.untilEmpty ?? false,
      },
      board,
    );
  } finally {
    ignoreStop();
    scratch.remove();
  }
  process.exitCode = EXIT.done;
}
