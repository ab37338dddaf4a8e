// A file system that fills up while a run writes to it.
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, rmSync, statfsSync } from 'node:fs';
import path from 'node:path';
import { readCheckpoint, readRun } from '../../packages/runs/dist/index.js';
import {
  ALONE,
  checkpointNames,
  differences,
  hasReached,
  mikt,
  PASSES,
  RUNS,
  removeRun,
  resume,
  sentenceOf,
  until,
} from './runs.mjs';

const PAGE = 4096;

/** @returns what takes it away, or why there is none */
export function mountSmallDisk(folder) {
  if (process.getuid?.() !== 0) return { skipped: 'only root can mount a small file system' };
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder], { stdio: 'pipe' });
  } catch (error) {
    return { skipped: `a small file system cannot be mounted here (${String(error.stderr).trim()})` };
  }
  return { remove: () => execFileSync('umount', ['-l', folder]) };
}

export function fullDiskTrials(count, random) {
  // Nothing left at all, a page for a row, or less than a checkpoint takes.
  const left = [0, 1, 0, 4, 3, 2];
  return Array.from({ length: count }, (_, i) => ({
    kind: i % 2 === 0 ? 'ppo' : 'mikt',
    fault: 'the disk fills up',
    pass: 1 + Math.floor(random() * (PASSES - 6)),
    pages: left[i % left.length],
  }));
}

export async function tryFullDisk({ kind, pass, pages }, { disk, whole }) {
  const folder = path.join(disk, 'run');
  const ballast = path.join(disk, 'ballast');
  removeRun(folder);
  let before = [];
  const failed = await mikt([...RUNS[kind], ...ALONE, '--out', folder], {
    whileRunning: async (child) => {
      if (await until(() => hasReached(folder, pass), child)) {
        fill(disk, ballast, pages);
        before = checkpointNames(folder);
      }
    },
  });
  const where = `after pass ${pass}, with ${pages} pages left`;
  const lost = (why) => ({ outcome: 'lost', where, why });
  try {
    if (failed.status === 0) return lost('the disk was not full in time');
    if (!sentenceOf(failed)?.includes('no space is left on the disk')) return lost(failed.stderr);
    const { manifest } = await readRun(folder);
    if (manifest.status !== 'failed') return lost(`run.json says ${manifest.status}`);
    const still = checkpointNames(folder);
    for (const name of before.filter((each) => still.includes(each))) {
      await readCheckpoint(path.join(folder, 'checkpoints', name));
    }
    if (still.length < Math.min(before.length, 3)) return lost('a checkpoint is gone');
    const full = await mikt(['resume', folder, ...ALONE]);
    if (full.status === 0) return lost('it was resumed on a full disk');
    if (!sentenceOf(full)?.includes('no space left') && !sentenceOf(full)?.includes('no space is left')) {
      return lost(full.stderr);
    }
  } finally {
    rmSync(ballast, { force: true });
  }
  const ended = await resume(folder);
  if (ended.status !== 0) return lost(ended.stderr);
  const found = await differences(folder, whole[kind]);
  return found.length === 0 ? { outcome: 'survived', where } : lost(found.join(', '));
}

function fill(disk, ballast, pages) {
  const { bfree, bsize } = statfsSync(disk);
  const bytes = bfree * bsize - pages * PAGE;
  try {
    if (bytes > 0) appendFileSync(ballast, Buffer.alloc(bytes, 1));
    if (pages === 0) for (;;) appendFileSync(ballast, Buffer.alloc(512, 1));
  } catch (error) {
    if (error.code !== 'ENOSPC') throw error;
  }
}
