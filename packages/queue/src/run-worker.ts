import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Job, UnrecoverableError, Worker } from 'bullmq';
import type { QueueAddress } from './address.js';
import { closed, lastingConnection } from './connection.js';
import { KEY_PREFIX, queueName } from './study-queue.js';
import { HeldTurn, isExpected, type Turn, type TurnEnd, WORKER_NAME } from './turn.js';

/** How often a run may lose its worker. A turn's `begin` limits what matters: losses without any progress. */
const STALLS = 2 ** 31;
/** Between looks at whether there is room for a run, and after a connection broke. */
const PAUSE_MILLISECONDS = 100;
const BROKEN_MILLISECONDS = 1000;
/** After turns in a row that went wrong a worker rests for 2, 4, 8 … seconds, at most these. */
const LONGEST_REST_SECONDS = 60;

export interface RunWorkerOptions {
  /** Of mikt, as for `StudyQueue`. */
  readonly version: string;
  /** Runs at the same time. */
  readonly runs: number;
  /** A run whose worker has not been heard of for so long goes to another one. */
  readonly leaseSeconds: number;
  /** Does a turn at a run. What it throws is why it failed. */
  take(turn: Turn): Promise<TurnEnd>;
  /** Told what is wrong with the queue, other than its connection. */
  onProblem(sentence: string): void;
}

/** Takes runs out of the queue, keeps their leases, and tells the queue how their turns ended. */
export class RunWorker {
  readonly #options: RunWorkerOptions;
  readonly #worker: Worker;
  readonly #turns = new Map<HeldTurn, Promise<void>>();
  readonly #fetching: Promise<void>;
  #isEnding = false;
  #badInARow = 0;
  #restsUntil = 0;

  constructor(address: QueueAddress, options: RunWorkerOptions) {
    this.#options = options;
    const milliseconds = 1000 * options.leaseSeconds;
    // Without a processor BullMQ leaves fetching and leases to us. We need both: a worker on which all goes wrong takes
    // fewer runs, and a run may come back to a worker before its lost turn at it is over.
    this.#worker = new Worker(queueName(options.version), null, {
      connection: lastingConnection(address),
      prefix: KEY_PREFIX,
      name: WORKER_NAME,
      lockDuration: milliseconds,
      stalledInterval: milliseconds / 2,
      maxStalledCount: STALLS,
      skipVersionCheck: true,
    });
    this.#worker.on('error', (error) => this.#tell(error));
    this.#fetching = this.#fetch();
  }

  /** Turns that go on now. */
  get turns(): number {
    return this.#turns.size;
  }

  /** Takes no new run, ends all turns by their signal, and returns once the queue knows how they ended. */
  async drain(): Promise<void> {
    await this.#end('drain');
  }

  /** Ends all turns and drops the connections without a word: leases run out, and others go on with the runs. */
  async abandon(): Promise<void> {
    await this.#end('lost');
  }

  async #end(reason: 'drain' | 'lost'): Promise<void> {
    this.#isEnding = true;
    for (const turn of this.#turns.keys()) turn.stop(reason);
    await Promise.all(this.#turns.values());
    await closed(this.#worker.close(true));
    await closed(this.#fetching);
  }

  async #fetch(): Promise<void> {
    await this.#worker.startStalledCheckTimer();
    while (!this.#isEnding) {
      const isFull = this.#turns.size >= this.#options.runs;
      if (isFull || performance.now() < this.#restsUntil) {
        await sleep(PAUSE_MILLISECONDS);
        continue;
      }
      const token = randomUUID();
      try {
        const job = (await this.#worker.getNextJob(token)) as Job | undefined;
        if (job === undefined) continue;
        if (this.#isEnding) await job.moveToWait(token);
        else await this.#begin(job, token);
      } catch (error) {
        this.#tell(error as Error);
        if (!this.#isEnding) await sleep(BROKEN_MILLISECONDS);
      }
    }
  }

  async #begin(job: Job, token: string): Promise<void> {
    let turn: HeldTurn;
    try {
      turn = new HeldTurn(job, token, this.#options.leaseSeconds);
    } catch (error) {
      // Nothing that mikt has put there.
      await job.moveToFailed(new UnrecoverableError((error as Error).message), token, false);
      return;
    }
    const over = this.#options
      .take(turn)
      .catch(failure)
      .then(async (end) => {
        this.#restAfter(end);
        await turn.end(end);
      })
      // The queue does not take it: the lease is lost, or the connection.
      .catch((error: Error) => this.#tell(error))
      .finally(() => {
        turn.letGo();
        this.#turns.delete(turn);
      });
    this.#turns.set(turn, over);
  }

  /** A machine on which everything goes wrong at once would soon have failed, or put off, all that waits. */
  #restAfter(end: TurnEnd): void {
    if (end.status === 'lost') return;
    const isBad = end.status === 'failed' || (end.status === 'returned' && end.afterSeconds > 0);
    this.#badInARow = isBad ? this.#badInARow + 1 : 0;
    const seconds = isBad ? Math.min(2 ** this.#badInARow, LONGEST_REST_SECONDS) : 0;
    this.#restsUntil = performance.now() + 1000 * seconds;
  }

  #tell(error: Error): void {
    if (!this.#isEnding && !isExpected(error)) this.#options.onProblem(error.message);
  }
}

function failure(error: Error): TurnEnd {
  return { status: 'failed', reason: error.message, final: error instanceof UnrecoverableError };
}
