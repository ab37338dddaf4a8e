import { InvalidInputError } from '@mikt/core';
import type { RedisOptions } from 'ioredis';

/** Where a Redis server is, and how to get in. */
export interface QueueAddress {
  /** Without credentials, to be shown. */
  readonly shown: string;
  /** For ioredis; holds the password. */
  readonly options: RedisOptions;
}

const EXAMPLE = 'redis://host:6379, or rediss://host:6379 for TLS';

/**
 * Reads a Redis address. User and password may also come from the environment, as REDIS_USERNAME and REDIS_PASSWORD.
 * @param given `redis[s]://[user:password@]host[:port][/database]`; undefined: the environment's REDIS_URL
 * @throws InvalidInputError that never repeats a password
 */
export function queueAddress(
  given: string | undefined,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): QueueAddress {
  const text = given ?? environment.REDIS_URL;
  if (text === undefined || text === '') {
    throw new InvalidInputError(`no queue is given; give --queue ${EXAMPLE}, or set REDIS_URL.`);
  }
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    // The cause's text may hold the address.
    if (!(cause instanceof TypeError)) throw cause;
    throw new InvalidInputError(`a queue is an address such as ${EXAMPLE}, got ${withoutSecrets(text)}.`);
  }
  if ((url.protocol !== 'redis:' && url.protocol !== 'rediss:') || url.hostname === '') {
    throw new InvalidInputError(`a queue is an address such as ${EXAMPLE}, got ${withoutSecrets(text)}.`);
  }
  const database = /^\/?(\d*)$/.exec(url.pathname)?.[1];
  if (database === undefined || url.search !== '' || url.hash !== '') {
    throw new InvalidInputError(
      `after host and port, the address of a queue may have a database's number as in redis://host:6379/1, got ${withoutSecrets(text)}.`,
    );
  }
  const username = decoded(url.username) || environment.REDIS_USERNAME;
  const password = decoded(url.password) || environment.REDIS_PASSWORD;
  const port = url.port === '' ? 6379 : Number(url.port);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return {
    shown: `${url.protocol}//${url.hostname}:${port}${database === '' ? '' : `/${database}`}`,
    options: {
      host,
      port,
      ...(username ? { username } : {}),
      ...(password ? { password } : {}),
      ...(database === '' ? {} : { db: Number(database) }),
      ...(url.protocol === 'rediss:' ? { tls: { servername: host } } : {}),
    },
  };
}

/** Whatever somebody typed as an address: all that may be a password is left out, written rightly or not. */
function withoutSecrets(text: string): string {
  return text.replace(/:\/\/.*@/s, '://***@').replace(/[?#].*/s, '?***');
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new InvalidInputError(
      'the address of the queue has a % in its user or password that no two digits follow; write it as %25, or set REDIS_PASSWORD.',
    );
  }
}
