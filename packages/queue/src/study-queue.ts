import { type Job, Queue } from 'bullmq';
import type { RedisOptions } from 'ioredis';
import type { QueueAddress } from './address.js';
import { briefConnection, closed, connectOnce, lastingConnection, Pulse, probe } from './connection.js';
import { jobId, parseRunJob, QUEUE_FORMAT, type RunJob } from './run-job.js';
import { parseReport, type RunReport } from './run-report.js';

/** All of mikt's keys in Redis begin with this. */
export const KEY_PREFIX = 'mikt';
/** The versions of mikt that have ever used this server. */
const VERSIONS_KEY = `${KEY_PREFIX}:versions`;

/** Failures of a run, each on whichever worker was free, after which it is left alone. */
const ATTEMPTS = 3;
/** Before it is tried again: twice as long each time. */
const BACKOFF_MILLISECONDS = 2000;
const LOG_LINES = 200;
/** Long after a study is over its jobs go by themselves; its results are elsewhere. */
const KEEP_SECONDS = 30 * 24 * 3600;
const BULK = 500;
const EVENTS = 100;

/** `waiting`: also for its next attempt. `missing`: the queue does not know it. */
export type QueuedStatus = 'missing' | 'waiting' | 'running' | 'finished' | 'failed';

export interface QueuedRun {
  readonly job: RunJob;
  readonly report: RunReport | undefined;
  /** Of a failed one: why. */
  readonly reason: string | undefined;
}

/** Workers that are connected now, by the version of mikt that they run. */
export type WorkersByVersion = ReadonlyMap<string, number>;

/** A worker takes runs of its own version only: another one may train otherwise. */
export function queueName(version: string): string {
  return `runs-${QUEUE_FORMAT}-${version}`;
}

/** The runs of studies that wait on a Redis server, for one version of mikt. */
export class StudyQueue {
  readonly pulse: Pulse;
  readonly #queue: Queue;
  readonly #version: string;
  readonly #address: QueueAddress;

  /**
   * @param version of mikt, and whatever else sets its results apart
   * @returns the queue, and what is not as it should be with its server, in sentences
   * @throws RunError where the server cannot be used
   */
  static async open(
    address: QueueAddress,
    version: string,
  ): Promise<{ queue: StudyQueue; warnings: string[] }> {
    const warnings = await probe(address);
    await registerVersion(address, version);
    return { queue: new StudyQueue(address, version), warnings };
  }

  private constructor(address: QueueAddress, version: string) {
    this.#address = address;
    this.#version = version;
    this.#queue = openQueue(version, lastingConnection(address));
    this.pulse = new Pulse(address);
  }

  /** Adds runs; those that are there already, in whatever state, stay as they are. */
  async add(jobs: readonly RunJob[]): Promise<void> {
    for (let i = 0; i < jobs.length; i += BULK) {
      await this.#queue.addBulk(
        jobs.slice(i, i + BULK).map((job) => ({
          name: job.method,
          data: job,
          opts: {
            jobId: jobId(job),
            attempts: ATTEMPTS,
            backoff: { type: 'exponential', delay: BACKOFF_MILLISECONDS },
            keepLogs: LOG_LINES,
            removeOnComplete: { age: KEEP_SECONDS },
            removeOnFail: { age: KEEP_SECONDS },
          },
        })),
      );
    }
  }

  /** How these runs stand. */
  async statuses(ids: readonly string[]): Promise<Map<string, QueuedStatus>> {
    // What moves while this is read is found at the later of its places: a run goes through them in this order.
    const inOrder = [
      ['waiting', ['wait', 'paused', 'delayed', 'prioritized']],
      ['running', ['active']],
      ['waiting', ['wait', 'paused', 'delayed', 'prioritized']],
      ['failed', ['failed']],
      ['finished', ['completed']],
    ] as const;
    const found = new Map<string, QueuedStatus>();
    for (const [status, types] of inOrder) {
      for (const id of await this.#queue.getRanges([...types], 0, -1)) found.set(id, status);
    }
    return new Map(ids.map((id) => [id, found.get(id) ?? 'missing']));
  }

  /** The jobs of these runs; those that are missing are left out. */
  async read(ids: readonly string[]): Promise<Map<string, QueuedRun>> {
    const found = new Map<string, QueuedRun>();
    for (let i = 0; i < ids.length; i += BULK) {
      const jobs = await Promise.all(
        ids.slice(i, i + BULK).map((id) => this.#queue.getJob(id) as Promise<Job | undefined>),
      );
      for (const job of jobs) {
        if (job === undefined) continue;
        found.set(job.id!, {
          job: parseRunJob(job.data),
          report: parseReport(job.progress),
          reason: job.failedReason || undefined,
        });
      }
    }
    return found;
  }

  /** Of the runs of all studies: what changes whenever one is added, ends or goes. */
  async counts(): Promise<{ total: number; finished: number; failed: number }> {
    const counts = await this.#queue.getJobCounts();
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    return { total, finished: counts.completed ?? 0, failed: counts.failed ?? 0 };
  }

  /** Of those given, the runs that some worker has. */
  async running(ids: ReadonlySet<string>): Promise<string[]> {
    return (await this.#queue.getRanges(['active'], 0, -1)).filter((id) => ids.has(id));
  }

  /** Has a failed run tried again, with all its attempts. */
  async retry(id: string): Promise<void> {
    const job = (await this.#queue.getJob(id)) as Job | undefined;
    if ((await job?.getState()) === 'failed') await job!.retry('failed', { resetAttemptsMade: true });
  }

  /** Takes runs out that no worker has. @returns how many were taken out */
  async withdraw(ids: readonly string[]): Promise<number> {
    let count = 0;
    for (const id of ids) {
      // A worker may have taken it just now: then it stays.
      const removed = await this.#queue.remove(id).catch(() => 0);
      count += removed;
    }
    return count;
  }

  /** What workers wrote about a run, oldest first. */
  async log(id: string): Promise<string[]> {
    return (await this.#queue.getJobLogs(id)).logs;
  }

  /** Workers of this version and of others. */
  async workers(): Promise<WorkersByVersion> {
    const found = new Map<string, number>();
    for (const version of await knownVersions(this.#address)) {
      const queue =
        version === this.#version ? this.#queue : openQueue(version, briefConnection(this.#address));
      try {
        found.set(version, await queue.getWorkersCount());
      } finally {
        if (queue !== this.#queue) await closed(queue.disconnect());
      }
    }
    return found;
  }

  async close(): Promise<void> {
    this.pulse.close();
    await closed(this.#queue.disconnect());
  }
}

/** Runs that wait for workers of other versions of mikt, by version. @throws RunError */
export async function waitingElsewhere(address: QueueAddress, version: string): Promise<WorkersByVersion> {
  const found = new Map<string, number>();
  for (const other of await knownVersions(address)) {
    if (other === version) continue;
    const queue = openQueue(other, briefConnection(address));
    const waiting = await queue.getWaitingCount().finally(() => closed(queue.disconnect()));
    if (waiting > 0) found.set(other, waiting);
  }
  return found;
}

/** Runs of this version that wait for a worker, also for their next attempt. */
export async function waitingRuns(address: QueueAddress, version: string): Promise<number> {
  const queue = openQueue(version, briefConnection(address));
  return queue
    .getJobCountByTypes('wait', 'paused', 'prioritized', 'delayed')
    .finally(() => closed(queue.disconnect()));
}

function openQueue(version: string, connection: RedisOptions): Queue {
  const queue = new Queue(queueName(version), {
    connection,
    prefix: KEY_PREFIX,
    skipVersionCheck: true,
    // Nobody listens to events: what happens is seen by looking.
    streams: { events: { maxLen: EVENTS } },
  });
  // Connections come back by themselves, and the pulse tells whether they did.
  queue.on('error', () => {});
  return queue;
}

export async function registerVersion(address: QueueAddress, version: string): Promise<void> {
  await connectOnce(address, (client) => client.sadd(VERSIONS_KEY, version));
}

async function knownVersions(address: QueueAddress): Promise<string[]> {
  return (await connectOnce(address, (client) => client.smembers(VERSIONS_KEY))).sort();
}
