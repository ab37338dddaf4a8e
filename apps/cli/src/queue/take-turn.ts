import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidInputError, MiktError } from '@mikt/core';
import type { PlannedRun } from '@mikt/eval';
import type { RunJob, RunUploader, Store, StoredRun, Turn, TurnEnd } from '@mikt/queue';
import { lastCheckpoint } from '@mikt/runs';
import { readTeacher } from '../checkpoint-source.js';
import { formatNumber } from '../options.js';
import { type ChildEnd, startChild } from '../study/child.js';
import type { RunProgress } from '../study/link.js';
import type { QueuePackage } from './package.js';
import { plannedRun } from './planned-jobs.js';

export interface TurnOptions {
  readonly threads: number;
  /** Where the store is on this machine; undefined: where the study says. */
  readonly store: string | undefined;
  /** A folder of this worker's own. */
  readonly scratch: string;
  readonly uploadSeconds: number;
  readonly patienceSeconds: number;
  /** Told how the run goes, in words. */
  say(sentence: string): void;
  onProgress(progress: RunProgress): void;
}

/** Between two reports of one run. */
const REPORT_MILLISECONDS = 2000;
/** Between two attempts to store what has to be stored. */
const STORE_AGAIN_SECONDS = 2;
/** What training has no use for, and what its process therefore does not get. */
const SECRETS = /^(REDIS_|AWS_)/;

/**
 * Trains a run of the queue in a process of its own, from where the store has it, and stores what comes of it: now and
 * then while it goes on, and at its end.
 * @throws StoreError where the store cannot be used; any other error is why the run failed
 */
export async function takeTurn(queue: QueuePackage, turn: Turn, options: TurnOptions): Promise<TurnEnd> {
  const place = new RunTurn(queue, turn, options);
  try {
    return await place.take();
  } finally {
    place.remove();
  }
}

class RunTurn {
  readonly #package: QueuePackage;
  readonly #turn: Turn;
  readonly #job: RunJob;
  readonly #options: TurnOptions;
  readonly #prefix: string;
  /** The folder that the run's process is started in. */
  readonly #cwd: string;
  /** The run's own, below it: called as a local study calls it, for the run writes that down. */
  readonly #name: string;
  readonly #folder: string;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #return100: number | undefined;

  constructor(queue: QueuePackage, turn: Turn, options: TurnOptions) {
    this.#package = queue;
    this.#turn = turn;
    this.#job = turn.job;
    this.#options = options;
    this.#prefix = queue.runPrefix(turn.job);
    this.#cwd = path.join(options.scratch, turn.lease);
    this.#name = path.join('runs', turn.job.study, ...turn.job.folder.split('/'));
    this.#folder = path.join(this.#cwd, this.#name);
  }

  async take(): Promise<TurnEnd> {
    const { openStore, readStoredRun, RunUploader } = this.#package;
    const { store: place } = this.#job;
    const { store } = await openStore(this.#options.store ?? place.location, place.id);
    const stored = await readStoredRun(store, this.#prefix);
    const [best] = stored.snapshots;
    // Its worker stored all of it, and could not tell the queue any more.
    if (best?.finished) return { status: 'finished', steps: best.steps, return100: undefined };
    const run = this.#planned();
    mkdirSync(this.#cwd, { recursive: true });
    const from = await this.#fetchBest(store, stored);
    await this.#fetchTeachers(store);
    await this.#turn.begin(from);
    this.#options.say(from === 0 ? 'begun' : `goes on at ${formatNumber(from)} steps`);
    return this.#train(run, from, new RunUploader(store, this.#prefix, this.#turn.lease, stored.keys));
  }

  remove(): void {
    rmSync(this.#cwd, { recursive: true, force: true });
  }

  /** @throws InvalidInputError where this worker would train another run than the one that was planned */
  #planned(): PlannedRun {
    const run = plannedRun(this.#job);
    const fingerprint = this.#package.fingerprintOf(
      { ...run.config },
      this.#job.teachers.map((teacher) => teacher.fingerprint),
    );
    if (fingerprint === this.#job.fingerprint) return run;
    throw new InvalidInputError(
      'this worker makes another configuration of the run than the study did: it runs another state of mikt.',
    );
  }

  /** @returns the environment steps to go on from; 0 where the store has nothing */
  async #fetchBest(store: Store, { snapshots }: StoredRun): Promise<number> {
    for (const snapshot of snapshots) {
      try {
        await this.#package.fetchSnapshot(store, this.#prefix, snapshot, this.#folder);
        return snapshot.steps;
      } catch (error) {
        if (error instanceof this.#package.StoreError || !(error instanceof MiktError)) throw error;
        await this.#turn.log(`a snapshot cannot be used: ${error.message}`);
        rmSync(this.#folder, { recursive: true, force: true });
      }
    }
    return 0;
  }

  async #fetchTeachers(store: Store): Promise<void> {
    for (const { argument, fingerprint, file } of this.#job.teachers) {
      const target = path.join(this.#cwd, ...argument.split('/'));
      if (file !== undefined && !existsSync(target)) {
        mkdirSync(path.dirname(target), { recursive: true });
        writeFileSync(target, await this.#package.getTeacher(store, file));
      }
      const teacher = await readTeacher(file === undefined ? argument : target);
      if (teacher.fingerprint !== fingerprint) {
        throw new InvalidInputError(`${argument} is another teacher on this machine than the study's.`);
      }
    }
  }

  async #train(run: PlannedRun, from: number, uploader: RunUploader): Promise<TurnEnd> {
    const { signal } = this.#turn;
    if (signal.aborted) return this.#stopped(from);
    const child = await startChild(run, {
      ...{ folder: this.#name, cwd: this.#cwd, threads: this.#options.threads, teachers: run.teachers },
      env: [run.config.env],
      variables: Object.fromEntries(Object.entries(process.env).filter(([name]) => !SECRETS.test(name))),
      onProgress: (progress) => this.#report(progress),
    });
    const stop = () => child.stop();
    signal.addEventListener('abort', stop);
    // The signal may have come while the process was being started.
    if (signal.aborted) stop();
    const over = new AbortController();
    const storing = this.#storeNowAndThen(uploader, from, over.signal);
    const end = await child.ended;
    signal.removeEventListener('abort', stop);
    over.abort();
    await storing;
    return this.#end(end, uploader);
  }

  async #end(end: ChildEnd, uploader: RunUploader): Promise<TurnEnd> {
    const { signal } = this.#turn;
    const isFinished = end.status === 'finished';
    if (!(await this.#storeSurely(uploader, isFinished))) return this.#lost();
    const steps = (await lastCheckpoint(this.#folder))?.steps ?? 0;
    if (isFinished) {
      this.#options.say('finished');
      return { status: 'finished', steps, return100: this.#return100 };
    }
    if (end.status === 'interrupted' && signal.aborted) return this.#stopped(steps);
    return { status: 'failed', reason: end.status === 'failed' ? end.reason : 'somebody stopped it' };
  }

  #stopped(steps: number): TurnEnd {
    if (!this.#turn.isHeld) return this.#lost();
    this.#options.say(`given back at ${formatNumber(steps)} steps`);
    const note = `${this.#package.WORKER_NAME} was stopped and gave it back at ${formatNumber(steps)} steps`;
    return { status: 'returned', afterSeconds: 0, note };
  }

  #lost(): TurnEnd {
    this.#options.say('lost to another worker: the queue had not heard of this one for too long');
    return { status: 'lost' };
  }

  #report(progress: RunProgress): void {
    this.#return100 = progress.return100;
    this.#options.onProgress(progress);
    const now = performance.now();
    if (now - this.#reportedAt < REPORT_MILLISECONDS) return;
    this.#reportedAt = now;
    const { steps, stepsPerSecond, return100 } = progress;
    void this.#turn.report({ steps, stepsPerSecond, ...(return100 === undefined ? {} : { return100 }) });
  }

  async #storeNowAndThen(uploader: RunUploader, from: number, over: AbortSignal): Promise<void> {
    let stored = from;
    while (!over.aborted) {
      await sleep(1000 * this.#options.uploadSeconds, undefined, { signal: over }).catch(() => {});
      if (over.aborted || !this.#turn.isHeld) continue;
      try {
        const newest = await lastCheckpoint(this.#folder);
        if (newest === undefined || newest.steps <= stored) continue;
        stored = (await uploader.upload(this.#folder, false))?.steps ?? stored;
      } catch (error) {
        // Training goes on, and the next time may do.
        const { message } = error as Error;
        this.#options.say(`not stored for now: ${message}`);
        await this.#turn.note(`cannot be stored for now: ${message}`);
      }
    }
  }

  /**
   * Stores the end of a turn, again and again while that fails.
   * @returns false where the lease is lost
   * @throws StoreError where patience has come to its end
   */
  async #storeSurely(uploader: RunUploader, isFinished: boolean): Promise<boolean> {
    const deadline = performance.now() + 1000 * this.#options.patienceSeconds;
    while (this.#turn.isHeld) {
      try {
        await uploader.upload(this.#folder, isFinished);
        return true;
      } catch (error) {
        if (!(error instanceof this.#package.StoreError) || performance.now() > deadline) throw error;
        this.#options.say(`not stored yet: ${error.message}`);
        await sleep(1000 * STORE_AGAIN_SECONDS);
      }
    }
    return false;
  }
}
