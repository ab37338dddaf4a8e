import { setTimeout as sleep } from 'node:timers/promises';
import { RunError } from '@mikt/core';
import type { Pulse, QueueAddress, RunWorker, StoreError, Turn, TurnEnd } from '@mikt/queue';
import { formatNumber } from '../options.js';
import type { BoardRun, StudyBoard } from '../study/board.js';
import { buildVersion } from './build-version.js';
import type { QueuePackage } from './package.js';
import { takeTurn } from './take-turn.js';

export interface WorkerOptions {
  readonly address: QueueAddress;
  /** Where the store is on this machine; undefined: where each study says. */
  readonly store: string | undefined;
  /** Runs at the same time, and threads of each. */
  readonly runs: number;
  readonly threads: number;
  readonly scratch: string;
  readonly leaseSeconds: number;
  readonly uploadSeconds: number;
  readonly patienceSeconds: number;
  /** Ends once nothing waits. */
  readonly untilEmpty: boolean;
  /** Has it save its runs, give them back and end. */
  readonly signal: AbortSignal;
}

const LOOK_MILLISECONDS = 500;
const LOOK_FOR_MORE_MILLISECONDS = 2000;
/** A server may be restarted without a word being said about it. */
const SILENT_SECONDS = 10;
/** A run that could not be stored here waits so long for another worker. */
const RETURN_SECONDS = 10;

/**
 * Takes runs of the queue one after another until it is stopped.
 * @throws RunError where the queue has not answered for too long, StoreError where a store has not
 */
export async function work(queue: QueuePackage, options: WorkerOptions, board: StudyBoard): Promise<void> {
  const { address, store, runs, threads } = options;
  const version = buildVersion();
  for (const warning of await queue.probe(address)) board.say(warning);
  await queue.registerVersion(address, version);
  if (store !== undefined) await queue.openStore(store);
  board.say(
    `Worker ${queue.WORKER_NAME} of mikt ${version} takes runs from ${address.shown}: ` +
      `${runs === 1 ? 'one run' : `${runs} runs`} at a time, ${threads === 1 ? 'one thread' : `${threads} threads`} each.`,
  );
  for (const [other, count] of await queue.waitingElsewhere(address, version)) {
    board.say(
      `${formatNumber(count)} runs wait for workers of mikt ${other}; results of this version may differ, so it leaves them alone.`,
    );
  }
  await new QueueWorker(queue, version, options, board).run();
}

class QueueWorker {
  readonly #package: QueuePackage;
  readonly #version: string;
  readonly #options: WorkerOptions;
  readonly #board: StudyBoard;
  readonly #running = new Map<string, BoardRun>();
  readonly #ends = { finished: 0, failed: 0 };
  /** Since when every turn has failed for its store. */
  #troubleSince: number | undefined;
  #problem: Error | undefined;

  constructor(queue: QueuePackage, version: string, options: WorkerOptions, board: StudyBoard) {
    this.#package = queue;
    this.#version = version;
    this.#options = options;
    this.#board = board;
  }

  async run(): Promise<void> {
    const { address, runs, leaseSeconds } = this.#options;
    const pulse = new this.#package.Pulse(address);
    const worker = new this.#package.RunWorker(address, {
      ...{ version: this.#version, runs, leaseSeconds },
      take: (turn) => this.#take(turn),
      onProblem: (sentence) => this.#board.say(`The queue: ${sentence}`),
    });
    try {
      await this.#watch(worker, pulse);
    } finally {
      // Where the queue is gone there is nobody to give runs back to.
      if (pulse.silence > leaseSeconds) await worker.abandon();
      else await worker.drain();
      pulse.close();
    }
    if (this.#problem) throw this.#problem;
  }

  /** Returns when the worker is to end. */
  async #watch(worker: RunWorker, pulse: Pulse): Promise<void> {
    const { address, patienceSeconds, untilEmpty, signal } = this.#options;
    let wasSilent = false;
    let lookedForMore = performance.now();
    while (!signal.aborted && this.#problem === undefined) {
      await sleep(LOOK_MILLISECONDS, undefined, { signal }).catch(() => {});
      this.#board.draw(this.#summary(), [...this.#running.values()]);
      const isSilent = pulse.silence > SILENT_SECONDS;
      if (isSilent && !wasSilent) this.#board.say(`${pulse.reason.message} It is tried again.`);
      if (!isSilent && wasSilent) this.#board.say(`${address.shown} is back.`);
      wasSilent = isSilent;
      if (pulse.silence > patienceSeconds) {
        const why = pulse.reason.message.replace(/\.$/, '');
        this.#problem = new RunError(
          `${address.shown} has not answered for ${Math.round(pulse.silence)} s (${why}).`,
        );
      }
      const isIdle = worker.turns === 0 && !isSilent;
      if (untilEmpty && isIdle && performance.now() - lookedForMore > LOOK_FOR_MORE_MILLISECONDS) {
        lookedForMore = performance.now();
        const waiting = await this.#package.waitingRuns(address, this.#version).catch(() => undefined);
        if (waiting === 0) return;
      }
    }
  }

  async #take(turn: Turn): Promise<TurnEnd> {
    const { threads, store, scratch, uploadSeconds, patienceSeconds } = this.#options;
    const name = `${turn.job.study}/${turn.job.folder}`;
    const say = (sentence: string) => this.#board.say(`${name}: ${sentence}`);
    try {
      const end = await takeTurn(this.#package, turn, {
        ...{ threads, store, scratch, uploadSeconds, patienceSeconds, say },
        onProgress: ({ steps, stepsPerSecond, return100 }) =>
          this.#running.set(turn.lease, {
            ...{ name, steps, totalSteps: turn.job.steps, stepsPerSecond, return100 },
          }),
      });
      this.#troubleSince = undefined;
      if (end.status === 'finished') this.#ends.finished++;
      if (end.status === 'failed') this.#ends.failed++;
      if (end.status === 'failed') say(`failed: ${end.reason}`);
      return end;
    } catch (error) {
      if (error instanceof this.#package.StoreError) return this.#leave(turn, error);
      this.#ends.failed++;
      say(`failed: ${(error as Error).message}`);
      throw error;
    } finally {
      this.#running.delete(turn.lease);
    }
  }

  /** A run whose store cannot be used here is for others; where that goes on, so is all else. */
  #leave({ job }: Turn, error: StoreError): TurnEnd {
    this.#board.say(`${job.study}/${job.folder}: left to others: ${error.message}`);
    this.#troubleSince ??= performance.now();
    const seconds = (performance.now() - this.#troubleSince) / 1000;
    if (seconds > this.#options.patienceSeconds) this.#problem = error;
    const note = `${this.#package.WORKER_NAME} left it to others: ${error.message}`;
    return { status: 'returned', afterSeconds: RETURN_SECONDS, note };
  }

  #summary(): string {
    const { finished, failed } = this.#ends;
    return [
      `worker ${this.#package.WORKER_NAME}`,
      `${this.#running.size} running`,
      `${formatNumber(finished)} finished`,
      ...(failed > 0 ? [`${formatNumber(failed)} failed`] : []),
    ].join('  ');
  }
}
