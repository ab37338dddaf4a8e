import { InvalidInputError } from '@mikt/core';
import { describe, expect, it } from 'vitest';
import { fingerprintOf, isInside, jobId, parseRunJob, type RunJob } from './run-job.js';

const digest = 'ab'.repeat(32);
const job: RunJob = {
  format: 1,
  study: 'four-to-six',
  folder: 'CentipedeFour-to-CentipedeSix/mikt-s1',
  method: 'MIKT',
  env: 'CentipedeSix',
  algo: 'mikt',
  seed: 1,
  steps: 20_480,
  overrides: { epochs: 5 },
  teachers: [{ argument: 'teachers/a.safetensors', fingerprint: digest, file: digest }],
  fingerprint: digest,
  store: { id: 'x', location: '/data' },
};

it('takes a job that it made', () => {
  expect(parseRunJob(JSON.parse(JSON.stringify(job)))).toEqual(job);
});

it.each<[string, Record<string, unknown>]>([
  ['another format', { format: 2 }],
  ['a key too many', { command: 'rm' }],
  ['a folder that climbs', { folder: '../../etc' }],
  ['an absolute folder', { folder: '/etc' }],
  ['a study that is a path', { study: '..' }],
  ['an environment that is a path', { env: '/etc/robot.xml' }],
  ['an algorithm that is an option', { algo: '--out' }],
  ['a teacher that climbs', { teachers: [{ ...job.teachers[0], argument: 'a/../../b' }] }],
  ['a teacher that is no SHA-256', { teachers: [{ ...job.teachers[0], file: 'short' }] }],
])('refuses %s', (_what, changes) => {
  expect(() => parseRunJob({ ...job, ...changes })).toThrow(InvalidInputError);
  expect(() => parseRunJob({ ...job, ...changes })).toThrow(/no run of this version of mikt \(\w/);
});

it('names the same run the same, whoever asks, and another configuration otherwise', () => {
  const fingerprint = fingerprintOf({ epochs: 5, hidden: [64, 64] }, [digest]);
  expect(fingerprintOf({ hidden: [64, 64], epochs: 5 }, [digest])).toBe(fingerprint);
  for (const other of [
    fingerprintOf({ epochs: 4, hidden: [64, 64] }, [digest]),
    fingerprintOf({ epochs: 5, hidden: [64, 64] }, []),
    fingerprintOf({ epochs: 5, hidden: [64, 65] }, [digest]),
  ]) {
    expect(other).not.toBe(fingerprint);
  }
  expect(jobId({ ...job, fingerprint })).toBe(
    `four-to-six/CentipedeFour-to-CentipedeSix/mikt-s1@${fingerprint.slice(0, 16)}`,
  );
});

describe('isInside', () => {
  it.each(['a', 'a/b.c', 'checkpoints/0000002048.safetensors', '.hidden', 'ü/λ'])('%j', (path) => {
    expect(isInside(path)).toBe(true);
  });
  it.each(['', '/a', 'a/', 'a//b', '.', 'a/..', '../a', 'a\\b', 'C:a', 'a\0b', 'a\nb'])('not %j', (path) => {
    expect(isInside(path)).toBe(false);
  });
});
