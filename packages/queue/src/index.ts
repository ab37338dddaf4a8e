export { type QueueAddress, queueAddress } from './address.js';
export { Pulse, probe } from './connection.js';
export { fingerprintOf, isInside, jobId, QUEUE_FORMAT, type RunJob } from './run-job.js';
export type { RunReport } from './run-report.js';
export { RunWorker, type RunWorkerOptions } from './run-worker.js';
export { createStore, type OpenStore, openStore } from './store/open-store.js';
export {
  fetchSnapshot,
  getTeacher,
  putTeacher,
  RunUploader,
  readStoredRun,
  runPrefix,
  type Snapshot,
  type StoredRun,
  storedRuns,
} from './store/snapshot.js';
export { eachOf, type Store, StoreError } from './store/store.js';
export {
  type QueuedRun,
  type QueuedStatus,
  registerVersion,
  StudyQueue,
  type WorkersByVersion,
  waitingElsewhere,
  waitingRuns,
} from './study-queue.js';
export { type StopReason, type Turn, type TurnEnd, WORKER_NAME } from './turn.js';
