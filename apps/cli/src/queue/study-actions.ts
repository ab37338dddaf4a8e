import { InvalidInputError } from '@mikt/core';
import type { QueuedRun, QueuedStatus } from '@mikt/queue';
import { formatNumber, say } from '../options.js';
import type { StudyBoard } from '../study/board.js';
import type { FailedRun } from '../study/desk.js';
import type { LoadedStudy } from '../study/load.js';
import type { StudyRunState } from '../study/run-state.js';
import { buildVersion } from './build-version.js';
import { addressOf, DEFAULT_PATIENCE, type QueueFlag } from './options.js';
import { loadQueue } from './package.js';
import { runName } from './planned-jobs.js';
import { runQueued } from './run-queued.js';

export interface QueueFlags {
  readonly queue?: QueueFlag;
  readonly store?: string;
  readonly patience?: number;
}

/** Has the workers of a queue do what is not finished of a study. @returns those that failed for good */
export async function runThroughQueue(
  study: LoadedStudy,
  states: readonly StudyRunState[],
  { queue, store, patience }: QueueFlags,
  signal: AbortSignal,
  board: StudyBoard,
): Promise<FailedRun[]> {
  const queuePackage = await loadQueue();
  const address = queuePackage.queueAddress(addressOf(queue));
  const patienceSeconds = patience ?? DEFAULT_PATIENCE;
  return runQueued(queuePackage, study, states, { address, store, patienceSeconds, signal }, board);
}

/** How a run that is not finished here stands in the queue. */
export interface QueueState {
  readonly status: QueuedStatus;
  /** `host:process` of the worker that has it, or had it last. */
  readonly worker: string | undefined;
  readonly steps: number;
  readonly stepsPerSecond: number | undefined;
  readonly return100: number | undefined;
  readonly reason: string | undefined;
}

/** How the runs that are not finished here stand in the queue, by their folders. */
export async function queueStates(
  study: LoadedStudy,
  states: readonly StudyRunState[],
  flag: QueueFlag,
): Promise<Map<string, QueueState>> {
  return withQueue(study, states, flag, async (queue, ids) => {
    const statuses = await queue.statuses([...ids.values()]);
    const runs = await queue.read([...ids.values()]);
    return new Map([...ids].map(([folder, id]) => [folder, stateOf(statuses.get(id)!, runs.get(id))]));
  });
}

function stateOf(status: QueuedStatus, run: QueuedRun | undefined): QueueState {
  const { report } = run ?? {};
  return {
    status,
    worker: report?.worker,
    steps: report?.steps ?? 0,
    stepsPerSecond: status === 'running' ? report?.stepsPerSecond : undefined,
    return100: report?.return100,
    reason: status === 'failed' ? run?.reason : report?.note?.text,
  };
}

/** Takes the runs of a study out of the queue that no worker has. */
export async function withdrawStudy(
  study: LoadedStudy,
  states: readonly StudyRunState[],
  flag: QueueFlag | undefined,
): Promise<{ withdrawn: number; running: number }> {
  const all = states.map((state) => ({ ...state, status: 'planned' as const }));
  return withQueue(study, all, flag, async (queue, ids) => {
    const withdrawn = await queue.withdraw([...ids.values()]);
    const running = (await queue.running(new Set(ids.values()))).length;
    return { withdrawn, running };
  });
}

/** What workers wrote about a run of a study. @throws InvalidInputError where the study has no such run */
export async function queueLog(
  study: LoadedStudy,
  states: readonly StudyRunState[],
  given: string,
  flag: QueueFlag | undefined,
): Promise<string[]> {
  const wanted = states.filter(({ run, folder }) => run.folder === given || folder === given);
  if (wanted.length === 0) {
    throw new InvalidInputError(
      `${study.file} has no run ${given}; its runs are named as in ${states[0]!.run.folder}.`,
    );
  }
  const all = wanted.map((state) => ({ ...state, status: 'planned' as const }));
  return withQueue(study, all, flag, async (queue, ids) => queue.log([...ids.values()][0]!));
}

/** @param act gets the names in the queue of runs that are not finished here, by their folders */
async function withQueue<T>(
  study: LoadedStudy,
  states: readonly StudyRunState[],
  flag: QueueFlag | undefined,
  act: (queue: Awaited<ReturnType<typeof open>>['queue'], ids: ReadonlyMap<string, string>) => Promise<T>,
): Promise<T> {
  const { queuePackage, queue } = await open(flag);
  try {
    const ids = states
      .filter(({ status }) => status !== 'finished')
      .map(({ run }) => [run.folder, queuePackage.jobId(runName(queuePackage, study, run))] as const);
    return await act(queue, new Map(ids));
  } finally {
    await queue.close();
  }
}

async function open(flag: QueueFlag | undefined) {
  const queuePackage = await loadQueue();
  const address = queuePackage.queueAddress(addressOf(flag));
  const { queue, warnings } = await queuePackage.StudyQueue.open(address, buildVersion());
  for (const warning of warnings) say(warning);
  return { queuePackage, queue };
}

/** The lines of a log, or a sentence where there is none. */
export function logText(lines: readonly string[]): string {
  return lines.length === 0 ? 'The queue has no word about it.\n' : `${lines.join('\n')}\n`;
}

/** For tables: where a run is that workers have, or what became of it. */
export function describeQueueState({ status, worker, stepsPerSecond }: QueueState): string {
  if (status === 'running') {
    const speed = stepsPerSecond ? `, ${formatNumber(stepsPerSecond, 0)} steps/s` : '';
    return `runs on ${worker}${speed}`;
  }
  const words: Record<Exclude<QueuedStatus, 'running'>, string> = {
    missing: 'not in the queue',
    waiting: 'waits for a worker',
    finished: 'finished, to be fetched by mikt study run',
    failed: 'failed',
  };
  return words[status];
}
