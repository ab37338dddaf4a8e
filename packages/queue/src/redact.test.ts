import { expect, it } from 'vitest';
import { redact } from './redact.js';

it('takes users and passwords out of addresses, and leaves the rest', () => {
  expect(redact('no redis://me:se:cr@t@host:6379/1, and rediss://:p%40ss@b')).toBe(
    'no redis://***@host:6379/1, and rediss://***@b',
  );
  expect(redact('s3://bucket/a@b, redis://host and me@example.org')).toBe(
    's3://bucket/a@b, redis://host and me@example.org',
  );
});
