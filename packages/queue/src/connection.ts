import { RunError } from '@mikt/core';
import { Redis, type RedisOptions } from 'ioredis';
import type { QueueAddress } from './address.js';
import { redact } from './redact.js';

/** The oldest Redis that BullMQ recommends. */
const OLDEST = [6, 2] as const;
const CONNECT_MILLISECONDS = 5000;
/** How often a server is asked whether it is still there, and how long its answer may take. */
const PULSE_MILLISECONDS = 1000;
const ANSWER_MILLISECONDS = 5000;
const LONGEST_PAUSE_MILLISECONDS = 2000;

/** Options of every lasting connection: it comes back by itself, and what was asked meanwhile waits. */
export function lastingConnection({ options }: QueueAddress): RedisOptions {
  return {
    ...options,
    connectTimeout: CONNECT_MILLISECONDS,
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(50 * 2 ** times, LONGEST_PAUSE_MILLISECONDS),
  };
}

/** Options of a connection for a question or two: it fails rather than wait. */
export function briefConnection({ options }: QueueAddress): RedisOptions {
  return {
    ...options,
    connectTimeout: CONNECT_MILLISECONDS,
    commandTimeout: CONNECT_MILLISECONDS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  };
}

/** Connects for a moment. @throws RunError in a sentence that says what to do */
export async function connectOnce<T>(address: QueueAddress, act: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis({ ...briefConnection(address), lazyConnect: true });
  // What goes wrong while connecting is told by this event alone; `connect` says "Connection is closed".
  let told: Error | undefined;
  client.on('error', (error: Error) => {
    told ??= error;
  });
  try {
    await client.connect();
    const result = await act(client);
    if (told) throw told;
    return result;
  } catch (error) {
    throw error instanceof RunError ? error : connectionError(address, told ?? (error as Error));
  } finally {
    client.disconnect();
  }
}

/**
 * Tries a server: is it there, does it let us in, is it new enough.
 * @returns what is not as it should be, in sentences
 * @throws RunError in a sentence that says what to do
 */
export async function probe(address: QueueAddress): Promise<string[]> {
  const { shown } = address;
  return connectOnce(address, async (client) => {
    const [server, memory] = await Promise.all([client.info('server'), client.info('memory')]);
    refuseOld(shown, /^redis_version:(\S+)/m.exec(server)?.[1]);
    const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1] ?? 'noeviction';
    if (policy === 'noeviction') return [];
    return [
      `${shown} forgets entries when its memory is full (maxmemory-policy ${policy}), and loses runs then; ` +
        'set it to noeviction.',
    ];
  });
}

function refuseOld(shown: string, version = 'of an unknown version'): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  throw new RunError(`${shown} is Redis ${version}; ${OLDEST.join('.')} or newer is needed.`);
}

/** A sentence for what ioredis throws. */
function connectionError({ shown }: QueueAddress, error: Error): RunError {
  const { code = '' } = error as NodeJS.ErrnoException;
  const text = redact(error.message);
  const host = shown.replace(/^\w+:\/\//, '');
  const sentence = /WRONGPASS|invalid password/i.test(text)
    ? `${shown} refuses the user or the password; they come from the address or from REDIS_USERNAME and REDIS_PASSWORD.`
    : /NOAUTH|without any password configured/i.test(text)
      ? `${shown} wants a password; give it in the address or as REDIS_PASSWORD.`
      : code === 'ECONNREFUSED'
        ? `there is no Redis at ${shown} (connection refused); start one, or give the right --queue.`
        : code === 'ENOTFOUND' || code === 'EAI_AGAIN'
          ? `the host of ${shown} is not known; give the right --queue.`
          : code === 'ETIMEDOUT' || /timed out/i.test(text)
            ? `${shown} does not answer; is a firewall between, or does the server want TLS or none (rediss:// or redis://)?`
            : /Protocol error/.test(text)
              ? `what answers at ${host} is no Redis; give the right --queue.`
              : `${shown} cannot be used: ${text.replace(/\.?$/, '.')}`;
  return new RunError(sentence, { cause: error });
}

/** For how long the end of a connection is waited for: where there is none at the time, BullMQ waits for ever. */
const CLOSE_MILLISECONDS = 2000;

/** Waits for something to be closed, and not for longer than is sensible. */
export async function closed(closing: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSE_MILLISECONDS);
  });
  await Promise.race([closing.catch(() => {}), enough]);
  clearTimeout(timer);
}

/** Watches whether a server still answers. */
export class Pulse {
  readonly #address: QueueAddress;
  readonly #client: Redis;
  readonly #timer: NodeJS.Timeout;
  #answeredAt = performance.now();
  #isAsking = false;
  #lastError: Error | undefined;

  constructor(address: QueueAddress) {
    this.#address = address;
    this.#client = new Redis({
      ...lastingConnection(address),
      commandTimeout: ANSWER_MILLISECONDS,
      enableOfflineQueue: false,
    });
    this.#client.on('error', (error: Error) => {
      this.#lastError = error;
    });
    this.#timer = setInterval(() => this.#ask(), PULSE_MILLISECONDS);
  }

  /** Seconds since the last answer; within the pulse's own pace while all is well. */
  get silence(): number {
    return (performance.now() - this.#answeredAt) / 1000;
  }

  /** Why it does not answer, as a sentence. */
  get reason(): RunError {
    return connectionError(this.#address, this.#lastError ?? new Error('timed out'));
  }

  close(): void {
    clearInterval(this.#timer);
    this.#client.disconnect();
  }

  #ask(): void {
    if (this.#isAsking) return;
    this.#isAsking = true;
    this.#client
      .ping()
      .then(
        () => {
          this.#answeredAt = performance.now();
          this.#lastError = undefined;
        },
        (error: Error) => {
          // "The stream is not writable" says less than what kept it from connecting.
          this.#lastError ??= error;
        },
      )
      .finally(() => {
        this.#isAsking = false;
      });
  }
}
