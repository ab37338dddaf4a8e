// Permissions taken away from the user that trains, while it does and before it resumes.
import { chmodSync, chownSync, cpSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import {
  ALONE,
  checkpointNames,
  differences,
  hasReached,
  mikt,
  RUNS,
  removeRun,
  resume,
  sentenceOf,
  until,
} from './runs.mjs';

/** Root may write anywhere, so the user is nobody where this process is root. */
const NOBODY = 65_534;
export const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

/** @returns why the trials cannot be made, where that user cannot read the project */
export async function cannotRead() {
  const { status, stderr } = await mikt(['--version'], user).catch((error) => ({ stderr: error.message }));
  return status === 0 ? undefined : `user ${user.uid} cannot run mikt here (${stderr.trim().split('\n')[0]})`;
}

const lastCheckpoint = (folder) => path.join('checkpoints', checkpointNames(folder).at(-1));

/** What is taken away: a path below the run folder, and the mode that it gets. */
const WHILE_TRAINING = {
  'no writing to checkpoints/': ['checkpoints', 0o555],
  'no writing to the run folder': ['.', 0o555],
  'no entering checkpoints/': ['checkpoints', 0o000],
};
const BEFORE_RESUMING = {
  'no writing to metrics.csv': ['metrics.csv', 0o444],
  'no reading of run.json': ['run.json', 0o000],
  'no writing beside the run folder': ['..', 0o555],
  'no reading of the last checkpoint': [lastCheckpoint, 0o000],
  'no writing to checkpoints/ at the resume': ['checkpoints', 0o555],
};

export function permissionTrials({ limit = Number.POSITIVE_INFINITY } = {}) {
  const trials = [
    ...Object.entries(WHILE_TRAINING).map(([fault, target]) => ({ fault, target, isTraining: true })),
    ...Object.entries(BEFORE_RESUMING).map(([fault, target]) => ({ fault, target, isTraining: false })),
  ];
  // From both ends, so that a few of them are of both sorts.
  return trials
    .map((trial, i) => ({
      ...trial,
      kind: i % 2 === 0 ? 'ppo' : 'mikt',
      order: Math.min(i, trials.length - 1 - i),
    }))
    .sort((a, b) => a.order - b.order)
    .slice(0, limit);
}

export async function tryPermission({ kind, target, isTraining }, { folder: place, whole, stopped }) {
  const folder = path.join(`${place}-owned`, 'run');
  const parent = path.dirname(folder);
  mkdirSync(parent, { recursive: true });
  removeRun(folder);
  let given;
  const take = () => {
    const [name, mode] = target;
    const file = path.join(folder, typeof name === 'string' ? name : name(folder));
    given = { file, mode: statSync(file).mode & 0o777 };
    chmodSync(file, mode);
  };
  const giveBack = () => given && chmodSync(given.file, given.mode);
  let failed;
  try {
    if (isTraining) {
      own(parent);
      failed = await mikt([...RUNS[kind], ...ALONE, '--out', folder], {
        ...user,
        whileRunning: async (child) => {
          if (await until(() => hasReached(folder, 5), child)) take();
        },
      });
    } else {
      cpSync(stopped[kind], folder, { recursive: true });
      own(parent);
      take();
      failed = await mikt(['resume', folder, ...ALONE], user);
    }
  } finally {
    giveBack();
  }
  const sentence = sentenceOf(failed);
  const lost = (why) => ({ outcome: 'lost', why });
  if (failed.status !== 1) return lost(`it ended with ${failed.status}: ${failed.stderr}`);
  if (!/permission denied/.test(sentence ?? '')) return lost(failed.stderr);
  const ended = await resume(folder, user);
  if (ended.status !== 0) return lost(ended.stderr);
  const found = await differences(folder, whole[kind]);
  return found.length === 0
    ? { outcome: 'survived', where: sentence.replaceAll(`${folder}/`, '') }
    : lost(found.join(', '));
}

function own(folder) {
  if (user.uid === undefined) return;
  for (const name of ['', ...readdirSync(folder, { recursive: true })]) {
    chownSync(path.join(folder, name), user.uid, user.gid);
  }
}
