import { InvalidInputError } from '@mikt/core';
import { expect, it } from 'vitest';
import { queueAddress } from './address.js';

it('reads addresses, and shows them without what is secret', () => {
  expect(queueAddress('redis://host', {})).toEqual({
    shown: 'redis://host:6379',
    options: { host: 'host', port: 6379 },
  });
  expect(queueAddress('rediss://me:p%40ss@[::1]:7000/3', {})).toEqual({
    shown: 'rediss://[::1]:7000/3',
    options: { host: '::1', port: 7000, username: 'me', password: 'p@ss', db: 3, tls: { servername: '::1' } },
  });
});

it('takes the address and the credentials from the environment', () => {
  const environment = { REDIS_URL: 'redis://a:1', REDIS_USERNAME: 'me', REDIS_PASSWORD: 'secret' };
  expect(queueAddress(undefined, environment).options).toEqual({
    ...{ host: 'a', port: 1, username: 'me', password: 'secret' },
  });
  expect(queueAddress('redis://:other@b:2', environment).options).toMatchObject({
    ...{ host: 'b', port: 2, password: 'other' },
  });
});

it.each([
  ['', 'no queue is given; give --queue redis://host:6379'],
  [
    'study.yaml',
    'a queue is an address such as redis://host:6379, or rediss://host:6379 for TLS, got study.yaml.',
  ],
  ['http://me:secret@host', 'got http://***@host.'],
  ['redis://me:secret@', 'got redis://***@.'],
  ['redis://me:sec ret@host:port', 'got redis://***@host:port.'],
  ['redis://:secret@host/zero', 'got redis://***@host/zero.'],
  ['redis://:secret@host/0?password=x', 'got redis://***@host/0?***.'],
  ['redis://:100%secret@host', 'write it as %25'],
])('refuses %j in a sentence without the password', (given, sentence) => {
  expect(() => queueAddress(given, {})).toThrow(InvalidInputError);
  expect(() => queueAddress(given, {})).toThrow(sentence);
  expect(() => queueAddress(given, {})).not.toThrow(/secret|sec ret/);
});
