import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { type Job, UnrecoverableError } from 'bullmq';
import { redact } from './redact.js';
import { parseRunJob, type RunJob } from './run-job.js';
import { parseReport, type RunReport } from './run-report.js';

/** Times in a row that a run is begun at the same step by workers that die, before it is left alone. */
const STARTS = 5;

/** `host:process`, as reports and logs name a worker. */
export const WORKER_NAME = `${hostname()}:${process.pid}`;

/**
 * How a turn at a run ended.
 *
 * - `failed`: it is tried again, elsewhere or here, unless it failed often enough or this is `final`
 * - `returned`: somebody shall go on with it, after some seconds or at once; it counts as no failure
 * - `lost`: somebody else has the run, or may have it by now
 */
export type TurnEnd =
  | { readonly status: 'finished'; readonly steps: number; readonly return100: number | undefined }
  | { readonly status: 'failed'; readonly reason: string; readonly final?: boolean }
  | { readonly status: 'returned'; readonly afterSeconds: number; readonly note: string }
  | { readonly status: 'lost' };

/** Why a turn has to end before its run does. */
export type StopReason = 'lost' | 'drain';

/** A worker's turn at a run: it has the run, and nobody else does, for as long as it keeps its lease. */
export interface Turn {
  readonly job: RunJob;
  /** Names this turn, and no other ever. */
  readonly lease: string;
  /** Aborted with a `StopReason`. */
  readonly signal: AbortSignal;
  /** Whether nobody else can have the run at this moment. */
  readonly isHeld: boolean;
  /**
   * Says where the run is begun.
   * @throws UnrecoverableError where it was begun there too often by workers that died; for `take` to let through
   */
  begin(steps: number): Promise<void>;
  /** Tells who waits for the run how it stands; nothing where the lease is lost. */
  report(progress: Pick<RunReport, 'steps' | 'stepsPerSecond' | 'return100'>): Promise<void>;
  /** Tells who waits for the run something in words, and keeps it in the run's log. */
  note(text: string): Promise<void>;
  /** Keeps a line in the run's log. */
  log(text: string): Promise<void>;
}

export class HeldTurn implements Turn {
  readonly job: RunJob;
  readonly lease: string;
  readonly #job: Job;
  readonly #token: string;
  readonly #milliseconds: number;
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #renewedAt = performance.now();
  #isRenewing = false;
  #report: RunReport;

  /** @throws InvalidInputError where the job is none that this version makes */
  constructor(job: Job, token: string, leaseSeconds: number) {
    this.#job = job;
    this.#token = token;
    this.#milliseconds = 1000 * leaseSeconds;
    this.job = parseRunJob(job.data);
    // The number is for people. It begins again where a server lost its data, the rest is never the same.
    this.lease = `${String(job.attemptsStarted).padStart(4, '0')}-${randomBytes(4).toString('hex')}`;
    this.#report = { lease: this.lease, worker: WORKER_NAME, from: 0, starts: 1, steps: 0 };
    this.#timer = setInterval(() => this.#renew(), this.#milliseconds / 4);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get isHeld(): boolean {
    return this.signal.reason !== 'lost' && performance.now() - this.#renewedAt < this.#milliseconds;
  }

  stop(reason: StopReason): void {
    this.#controller.abort(reason);
  }

  async begin(steps: number): Promise<void> {
    const before = parseReport(this.#job.progress);
    const died = before !== undefined && before.ended === undefined;
    const starts = died && steps <= before.from ? before.starts + 1 : 1;
    this.#report = {
      ...this.#report,
      ...{ from: steps, starts, steps },
      ...(before?.note === undefined ? {} : { note: before.note }),
    };
    if (starts > STARTS) {
      throw new UnrecoverableError(
        `its worker died each of the ${STARTS} times that it was begun at ${steps} steps, the last time ${before!.worker}`,
      );
    }
    if (died)
      await this.note(`its worker ${before.worker} is gone; ${WORKER_NAME} goes on at ${steps} steps`);
    else await this.#tell();
    await this.log(`begun at ${steps} steps`);
  }

  async report(progress: Pick<RunReport, 'steps' | 'stepsPerSecond' | 'return100'>): Promise<void> {
    this.#report = { ...this.#report, ...progress };
    await this.#tell();
  }

  async note(text: string): Promise<void> {
    this.#report = { ...this.#report, note: { at: Date.now(), text: redact(text) } };
    await this.#tell();
    await this.log(text);
  }

  async log(text: string): Promise<void> {
    const line = `${new Date().toISOString()} ${WORKER_NAME}: ${redact(text)}`;
    if (this.isHeld) await this.#job.log(line).catch(ignoreGone);
  }

  /** Tells the queue how the turn ended. @throws Error where the queue does not take it: the lease is lost */
  async end(end: TurnEnd): Promise<void> {
    if (!this.isHeld || end.status === 'lost') return;
    if (end.status === 'finished') {
      await this.log('finished');
      await this.#job.moveToCompleted(
        { lease: this.lease, worker: WORKER_NAME, steps: end.steps },
        this.#token,
        false,
      );
    } else if (end.status === 'failed') {
      await this.#fail(redact(end.reason), end.final ?? false);
    } else {
      this.#report = { ...this.#report, ended: 'returned' };
      await this.note(end.note);
      if (end.afterSeconds === 0) await this.#job.moveToWait(this.#token);
      else await this.#job.moveToDelayed(Date.now() + 1000 * end.afterSeconds, this.#token);
    }
  }

  async #fail(reason: string, final: boolean): Promise<void> {
    const { attempts = 1 } = this.#job.opts;
    const attempt = this.#job.attemptsMade + 1;
    const isLast = final || attempt >= attempts;
    this.#report = { ...this.#report, ended: 'failed' };
    const more = isLast ? '' : ` (attempt ${attempt} of ${attempts}; it is tried again)`;
    await this.note(`failed on ${WORKER_NAME}${more}: ${reason}`);
    const error = isLast ? new UnrecoverableError(reason) : new Error(reason);
    // Of our own errors the place in the code says nothing to whoever reads the queue.
    error.stack = '';
    await this.#job.moveToFailed(error, this.#token, false);
  }

  letGo(): void {
    clearInterval(this.#timer);
  }

  async #tell(): Promise<void> {
    if (this.isHeld) await this.#job.updateProgress(this.#report).catch(ignoreGone);
  }

  #renew(): void {
    // Also where this process was stopped for a while and has just been woken, before anything else happens.
    if (!this.isHeld) {
      this.stop('lost');
      return;
    }
    if (this.#isRenewing) return;
    this.#isRenewing = true;
    const askedAt = performance.now();
    this.#job
      .extendLock(this.#token, this.#milliseconds)
      .then(
        (extended) => {
          if (extended) this.#renewedAt = askedAt;
          else this.stop('lost');
        },
        // The server could not be asked: the lease runs out by itself if that goes on.
        () => {},
      )
      .finally(() => {
        this.#isRenewing = false;
      });
  }
}

/** A job that is not there any more, or cannot be told: the lease will say so too. */
function ignoreGone(): void {}

const EXPECTED = [
  /Missing lock for job|Lock mismatch|Missing key for job|is not in the active state/,
  /Connection is closed|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|isn't writeable/,
];

/** Errors that every lost lease and every lost connection brings, and that are dealt with elsewhere. */
export function isExpected({ message }: Error): boolean {
  return EXPECTED.some((pattern) => pattern.test(message));
}
