import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FileError, RunError } from '@mikt/core';
import type { OpenStore, QueueAddress, QueuedRun, RunJob, Store, StudyQueue } from '@mikt/queue';
import { lastCheckpoint } from '@mikt/runs';
import type { StudyBoard } from '../study/board.js';
import { Desk, type FailedRun } from '../study/desk.js';
import type { LoadedStudy } from '../study/load.js';
import type { StudyRunState } from '../study/run-state.js';
import { buildVersion } from './build-version.js';
import { installRun } from './install-run.js';
import type { QueuePackage } from './package.js';
import { plannedJob, type RunName, runName } from './planned-jobs.js';

export interface QueuedStudyOptions {
  readonly address: QueueAddress;
  /** Folder or `s3://bucket/prefix`; undefined: in the study's own folder. */
  readonly store: string | undefined;
  readonly patienceSeconds: number;
  /** Ends the waiting, not the runs. */
  readonly signal: AbortSignal;
}

const DRAW_MILLISECONDS = 500;
/** Between two looks at the queue, and at all of it. With many workers the looks are further apart. */
const LOOK_SECONDS = 1;
const RUNS_PER_SECOND = 50;
const LOOK_AT_ALL_SECONDS = 30;
/** Nobody works for so long: say why that may be, and again much later. */
const IDLE_SECONDS = 10;
const IDLE_AGAIN_SECONDS = 300;

/** Below the study's folder, hidden from whoever looks for runs. */
const OWN_STORE = '.queue';

/**
 * Hands what is not finished of a study to the workers of a queue, and brings back what they have finished. Where this
 * ends before they do, they go on, and the next start finds what they have done.
 * @param states of all its runs
 * @returns those that failed for good
 */
export async function runQueued(
  queuePackage: QueuePackage,
  study: LoadedStudy,
  states: readonly StudyRunState[],
  options: QueuedStudyOptions,
  board: StudyBoard,
): Promise<FailedRun[]> {
  const { StudyQueue, createStore } = queuePackage;
  refuseRunning(states);
  const { queue, warnings } = await StudyQueue.open(options.address, buildVersion());
  for (const warning of warnings) board.say(warning);
  try {
    const opened = await createStore(options.store ?? path.join(study.out, OWN_STORE));
    const queued = new QueuedStudy(queuePackage, study, states, queue, opened, options, board);
    return await queued.run();
  } finally {
    await queue.close();
  }
}

function refuseRunning(states: readonly StudyRunState[]): void {
  const running = states.find(({ status }) => status === 'running');
  if (running) {
    throw new FileError(
      running.folder,
      'a process of this machine works on it; wait until it has ended, and start the study again.',
    );
  }
}

/** A run that is not here yet. */
interface OpenRun {
  readonly id: string;
  readonly name: RunName;
  readonly prefix: string;
  readonly state: StudyRunState;
}

class QueuedStudy {
  readonly #package: QueuePackage;
  readonly #study: LoadedStudy;
  readonly #queue: StudyQueue;
  readonly #store: Store;
  readonly #opened: OpenStore;
  readonly #options: QueuedStudyOptions;
  readonly #board: StudyBoard;
  readonly #desk: Desk;
  readonly #open = new Map<string, OpenRun>();
  /** When each run's last note was said. */
  readonly #notes = new Map<string, number>();
  readonly #teachers = new Map<string, string>();
  #lookedAtAll = Number.NEGATIVE_INFINITY;
  #counts = '';
  #lastBusy = performance.now();

  constructor(
    queuePackage: QueuePackage,
    study: LoadedStudy,
    states: readonly StudyRunState[],
    queue: StudyQueue,
    opened: OpenStore,
    options: QueuedStudyOptions,
    board: StudyBoard,
  ) {
    this.#package = queuePackage;
    this.#study = study;
    this.#queue = queue;
    this.#store = opened.store;
    this.#opened = opened;
    this.#options = options;
    this.#board = board;
    this.#desk = new Desk(study.study.name, states, 1);
    for (const state of states) {
      if (state.status === 'finished') continue;
      const name = runName(queuePackage, study, state.run);
      const id = queuePackage.jobId(name);
      this.#open.set(id, { id, name, prefix: queuePackage.runPrefix(name), state });
    }
  }

  async run(): Promise<FailedRun[]> {
    const timer = setInterval(() => this.#board.show(this.#desk.board()), DRAW_MILLISECONDS);
    try {
      await this.#whileThere(() => this.#handOut());
      while (this.#open.size > 0 && !this.#options.signal.aborted) {
        const running = await this.#whileThere(() => this.#look());
        if (this.#open.size === 0) break;
        await this.#pause(Math.max(LOOK_SECONDS, running / RUNS_PER_SECOND));
      }
    } catch (error) {
      // Ended while it was waiting for a server.
      if (!this.#options.signal.aborted) throw error;
    } finally {
      clearInterval(timer);
    }
    this.#board.show(this.#desk.board());
    if (this.#open.size === 0 && this.#desk.failed.length === 0) this.#removeOwnStore();
    return this.#desk.failed;
  }

  /** Adds what the queue does not have, has what failed tried again, and takes what is finished. */
  async #handOut(): Promise<void> {
    const stored = await this.#package.storedRuns(this.#store, this.#study.study.name);
    const finished: OpenRun[] = [];
    const begun = new Map<string, number>();
    for (const run of this.#open.values()) {
      if (!stored.has(run.prefix)) continue;
      const [best] = (await this.#package.readStoredRun(this.#store, run.prefix)).snapshots;
      if (best?.finished) finished.push(run);
      else begun.set(run.id, best?.steps ?? 0);
    }
    await this.#collect(finished);
    const ids = [...this.#open.keys()];
    const known = await this.#queue.read(ids);
    for (const [id, { job, report }] of known) {
      this.#refuseOtherStore(job.store);
      // What was said before this start is no news.
      if (report?.note) this.#notes.set(id, report.note.at);
    }
    const statuses = await this.#queue.statuses(ids);
    const missing: OpenRun[] = [];
    for (const [id, status] of statuses) {
      const run = this.#open.get(id)!;
      if (status === 'failed') await this.#queue.retry(id);
      else if (status === 'finished') await this.#lost(run);
      if (status === 'missing' || status === 'finished') missing.push(run);
    }
    await this.#add(missing, begun);
  }

  async #add(runs: readonly OpenRun[], begun: ReadonlyMap<string, number> = new Map()): Promise<void> {
    const jobs = [];
    for (const { id, prefix, state } of runs) {
      jobs.push(await plannedJob(this.#package, this.#study, state.run, this.#opened, this.#teachers));
      await this.#bringAlong(prefix, state, begun.get(id) ?? 0);
    }
    await this.#queue.add(jobs);
  }

  /** What this machine has of a run travels too, where it is more than the store has. */
  async #bringAlong(prefix: string, { folder }: StudyRunState, storedSteps: number): Promise<void> {
    const checkpoint = await lastCheckpoint(folder);
    if (checkpoint === undefined || checkpoint.steps <= storedSteps) return;
    const lease = `0000-${randomBytes(4).toString('hex')}`;
    await new this.#package.RunUploader(this.#store, prefix, lease).upload(folder, false);
  }

  /** @returns how many of the study's runs go on now */
  async #look(): Promise<number> {
    const counts = JSON.stringify(await this.#queue.counts());
    const now = performance.now() / 1000;
    if (counts !== this.#counts || now - this.#lookedAtAll > LOOK_AT_ALL_SECONDS) {
      await this.#settle();
      this.#counts = counts;
      this.#lookedAtAll = now;
    }
    const ids = await this.#queue.running(new Set(this.#open.keys()));
    this.#show(await this.#queue.read(ids));
    await this.#sayIdle(ids.length);
    return ids.length;
  }

  #show(running: ReadonlyMap<string, QueuedRun>): void {
    const states: StudyRunState[] = [];
    for (const [id, { report }] of running) {
      const state = this.#open.get(id)?.state;
      if (state === undefined) continue;
      states.push(state);
      if (report === undefined) continue;
      const { steps, stepsPerSecond = 0, return100 } = report;
      this.#desk.progress(state, {
        steps,
        stepsPerSecond,
        ...(return100 === undefined ? {} : { return100 }),
      });
      if (report.note && report.note.at > (this.#notes.get(id) ?? 0)) {
        this.#notes.set(id, report.note.at);
        this.#board.say(`${state.folder}: ${report.note.text}.`);
      }
    }
    this.#desk.setRunning(states);
  }

  /** Takes what has ended, and adds anew what a server has lost with its memory. */
  async #settle(): Promise<void> {
    const statuses = await this.#queue.statuses([...this.#open.keys()]);
    const withStatus = (wanted: string) =>
      [...statuses].filter(([, status]) => status === wanted).map(([id]) => this.#open.get(id)!);
    const maybe = withStatus('missing');
    // A run may have moved from place to place as fast as they were read.
    const there = maybe.length > 0 ? await this.#queue.read(maybe.map(({ id }) => id)) : new Map();
    const missing = maybe.filter(({ id }) => !there.has(id));
    if (missing.length > 0) {
      this.#board.say(`The queue has lost ${missing.length} runs of the study; they are added again.`);
      await this.#add(missing);
    }
    await this.#collect(withStatus('finished'));
    const failed = withStatus('failed');
    const reasons = await this.#queue.read(failed.map(({ id }) => id));
    for (const { id, prefix, state } of failed) {
      const reason = reasons.get(id)?.reason ?? 'the queue does not say why';
      const [last] = (await this.#package.readStoredRun(this.#store, prefix)).snapshots;
      if (last) await installRun(this.#package, this.#store, prefix, last, state.folder);
      this.#end(id, { status: 'failed', reason });
    }
  }

  /** Brings finished runs here. */
  async #collect(runs: readonly OpenRun[]): Promise<void> {
    await this.#package.eachOf(
      runs,
      async (run) => {
        const { snapshots, keys } = await this.#package.readStoredRun(this.#store, run.prefix);
        const [best] = snapshots;
        try {
          if (!best?.finished)
            throw new FileError(`${this.#store.location}/${run.prefix}`, 'is not there any more.');
          await installRun(this.#package, this.#store, run.prefix, best, run.state.folder);
        } catch (error) {
          if (error instanceof this.#package.StoreError || !(error instanceof FileError)) throw error;
          this.#board.say(
            `${run.state.folder}: what was stored of it is lost (${error.message}) It runs again.`,
          );
          await this.#store.remove(keys);
          await this.#lost(run);
          await this.#add([run]);
          return;
        }
        // In the study's own store nobody else will look for it; in another one somebody may.
        if (this.#options.store === undefined) {
          await this.#store.remove(keys);
          await this.#queue.withdraw([run.id]);
        }
        this.#end(run.id, { status: 'finished' });
      },
      4,
    );
  }

  /** Has the queue forget that a run is finished whose results are nowhere. */
  async #lost({ id }: OpenRun): Promise<void> {
    await this.#queue.withdraw([id]);
  }

  #end(id: string, end: { status: 'finished' } | { status: 'failed'; reason: string }): void {
    const { state } = this.#open.get(id)!;
    this.#open.delete(id);
    this.#desk.end(state, end);
    this.#board.say(`${state.folder}: ${end.status}${end.status === 'failed' ? `: ${end.reason}` : ''}`);
  }

  #refuseOtherStore({ id, location }: RunJob['store']): void {
    if (id === this.#opened.id) return;
    throw new RunError(
      `runs of this study are in the queue already, with another store (${location}); give that one with --store, or take ` +
        `them out of the queue: mikt study withdraw ${this.#study.file} --queue ${this.#options.address.shown}`,
    );
  }

  async #sayIdle(running: number): Promise<void> {
    const now = performance.now();
    if (running > 0) this.#lastBusy = now;
    if (now - this.#lastBusy < 1000 * IDLE_SECONDS) return;
    this.#lastBusy = now + 1000 * (IDLE_AGAIN_SECONDS - IDLE_SECONDS);
    const version = buildVersion();
    const workers = await this.#queue.workers();
    if ((workers.get(version) ?? 0) > 0) return;
    const others = [...workers].filter(([, count]) => count > 0);
    this.#board.say(
      `No worker of mikt ${version} is connected. Start one on any machine: mikt worker --queue ${this.#options.address.shown}` +
        (others.length === 0
          ? ''
          : ` (others are: ${others.map(([other, count]) => `${count} of mikt ${other}`).join(', ')}, which leave these runs alone).`),
    );
  }

  /** Gives up where the server has been silent for too long while `act` waits for it. */
  async #whileThere<T>(act: () => Promise<T>): Promise<T> {
    const { address, patienceSeconds, signal } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const gone = new Promise<never>((_, reject) => {
      timer = setInterval(() => {
        const { silence, reason } = this.#queue.pulse;
        if (signal.aborted) reject(new RunError('stopped.'));
        if (silence > patienceSeconds) {
          reject(
            new RunError(
              `${address.shown} has not answered for ${Math.round(silence)} s (${reason.message.replace(/\.$/, '')}). ` +
                'Workers save and wait for it as long; start the study again when it is back.',
              { cause: reason },
            ),
          );
        }
      }, 250);
    });
    const acting = this.#patiently(act);
    acting.catch(() => {});
    try {
      return await Promise.race([acting, gone]);
    } finally {
      clearInterval(timer);
    }
  }

  /** Tries again what a store that cannot be reached has kept from being done. */
  async #patiently<T>(act: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + 1000 * this.#options.patienceSeconds;
    for (let attempt = 1; ; attempt++) {
      try {
        return await act();
      } catch (error) {
        const isStore = error instanceof this.#package.StoreError;
        if (!isStore || performance.now() > deadline || this.#options.signal.aborted) throw error;
        if (attempt === 1) this.#board.say(`${error.message} It is tried again.`);
        await this.#pause(2);
      }
    }
  }

  async #pause(seconds: number): Promise<void> {
    await sleep(1000 * seconds, undefined, { signal: this.#options.signal }).catch(() => {});
  }

  #removeOwnStore(): void {
    if (this.#options.store !== undefined) return;
    rmSync(path.join(this.#study.out, OWN_STORE), { recursive: true, force: true });
  }
}
