// Worker threads that die: ended from outside at a random moment, or by an error of their own.
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readRun } from '../../packages/runs/dist/index.js';
import {
  checkpointFile,
  differences,
  mikt,
  PASSES,
  RUNS,
  removeRun,
  resume,
  STUDY,
  STUDY_RUN,
  sentenceOf,
} from './runs.mjs';

const PRELOAD = new URL('./end-worker.mjs', import.meta.url).href;

export function workerTrials(count, random) {
  const trials = Array.from({ length: count }, (_, i) => ({
    kind: i % 2 === 0 ? 'ppo' : 'mikt',
    fault: i % 3 === 2 ? 'a worker thread throws' : 'a worker thread is ended',
    how: i % 3 === 2 ? 'throw' : 'terminate',
    pass: Math.floor(random() * (PASSES - 6)),
    delay: random(),
    worker: Math.floor(2 * random()),
    isStudy: false,
  }));
  // A short campaign is of a single run.
  const inStudy = trials.filter(({ kind }, i) => kind === 'ppo' && i > 0).slice(0, 2);
  return [
    ...trials,
    ...inStudy.map((trial) => ({ ...trial, fault: `${trial.fault}, in a study`, isStudy: true })),
  ];
}

export async function tryWorker(trial, { folder: place, whole, duration }) {
  const { kind, how, pass, delay, worker, isStudy } = trial;
  const folder = isStudy ? path.join(`${place}-study`, STUDY_RUN) : place;
  const milliseconds = Math.round(delay * (duration[kind] / PASSES));
  const env = {
    NODE_OPTIONS: `--import=${PRELOAD}`,
    FAULT_HOW: how,
    FAULT_FILE: checkpointFile(folder, pass),
    FAULT_MILLISECONDS: String(milliseconds),
    FAULT_WORKER: String(worker),
  };
  const study = `${place}-study.yaml`;
  const studyArguments = [
    'study',
    'run',
    study,
    '--out',
    `${place}-study`,
    '--workers',
    '1',
    '--threads',
    '2',
  ];
  if (isStudy) {
    rmSync(`${place}-study`, { recursive: true, force: true });
    writeFileSync(study, STUDY);
  } else removeRun(folder);
  const args = isStudy ? studyArguments : [...RUNS[kind], '--out', folder, '--threads', '2'];
  const failed = await mikt(args, { env });
  const where = `worker ${worker + 1}, ${milliseconds} ms after checkpoint ${pass}: ${sentenceOf(failed) ?? failed.stderr.trim()}`;
  const lost = (why) => ({ outcome: 'lost', where, why });
  if (failed.status !== 1 || !failed.stderr.includes('worker thread'))
    return lost(failed.stderr || failed.stdout);
  const { manifest } = await readRun(folder);
  if (manifest.status !== 'failed' || !manifest.reason?.includes('worker thread')) {
    return lost(`run.json says ${manifest.status}: ${manifest.reason}`);
  }
  const ended = isStudy ? await mikt(studyArguments) : await resume(folder);
  if (ended.status !== 0) return lost(ended.stderr);
  const found = await differences(folder, whole[kind]);
  return found.length === 0 ? { outcome: 'survived', where } : lost(found.join(', '));
}
