import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { acquireLock, lockOwner, lockPath, processStart } from './lock.js';

let folder: string;
let run: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'mikt-lock-'));
  run = path.join(folder, 'runs', 'one');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (owner: object | string) => {
  mkdirSync(path.dirname(run), { recursive: true });
  writeFileSync(lockPath(run), typeof owner === 'string' ? owner : JSON.stringify(owner));
};

it('is held until it is given back, and leaves nothing', () => {
  const release = acquireLock(run);
  expect(lockOwner(run)).toMatchObject({ pid: process.pid, host: hostname() });
  expect(() => acquireLock(run)).toThrow(`another process works on it (process ${process.pid})`);
  release();
  expect(lockOwner(run)).toBeUndefined();
  expect(readdirSync(folder)).toEqual([]);
  acquireLock(run)();
});

it('says so where its folder cannot be made', () => {
  writeFileSync(path.join(folder, 'runs'), 'a file');
  expect(() => acquireLock(path.join(run, 'two'))).toThrow(
    /one: cannot be made: a part of its path is a file/,
  );
});

it('keeps a folder that something else has come into', () => {
  const release = acquireLock(run);
  mkdirSync(run);
  release();
  expect(existsSync(run)).toBe(true);
  expect(existsSync(lockPath(run))).toBe(false);
});

it('refuses a relative path where the working folder was deleted, and makes nothing', () => {
  const home = process.cwd();
  try {
    process.chdir(folder);
    rmSync(folder, { recursive: true });
    expect(() => acquireLock('runs/one')).toThrow(
      'runs/one: cannot be made: the folder that mikt works in was deleted',
    );
    expect(existsSync(folder)).toBe(false);
  } finally {
    process.chdir(home);
  }
});

it('is taken from a process that has ended', () => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  put({ pid, startedAt: 'then', host: hostname() });
  expect(lockOwner(run)).toBeUndefined();
  const release = acquireLock(run);
  expect(lockOwner(run)?.pid).toBe(process.pid);
  expect(readdirSync(path.dirname(run))).toEqual([path.basename(lockPath(run))]);
  release();
});

it.runIf(process.platform !== 'win32')('is taken from a process whose number another one has now', () => {
  const release = acquireLock(run);
  const owner = JSON.parse(readFileSync(lockPath(run), 'utf8'));
  release();
  put({ ...owner, startedAt: 'before' });
  expect(lockOwner(run)).toBeUndefined();
  acquireLock(run)();
});

it('is not taken from another living process, nor from one on another machine', () => {
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  try {
    put({ pid: other.pid, startedAt: processStart(other.pid!), host: hostname() });
    expect(() => acquireLock(run)).toThrow(`process ${other.pid}`);
  } finally {
    other.kill('SIGKILL');
  }
  put({ pid: 1, startedAt: 'then', host: 'elsewhere.invalid' });
  expect(() => acquireLock(run)).toThrow(
    /process 1 on elsewhere\.invalid.*if it is gone, delete .*\.one\.lock/,
  );
});

it('is taken where a process ended while it was writing it', () => {
  put('{"pid": 12');
  acquireLock(run)();
  expect(existsSync(lockPath(run))).toBe(false);
});
