export {
  type CheckpointFile,
  lastCheckpoint,
  listCheckpoints,
  readCheckpoint,
  resolveCheckpoint,
  writeCheckpoint,
} from './checkpoint-files.js';
export type { MetricsRow } from './events.js';
export { absolutePath, fileError, kindOf, readBytes, writeWhole } from './files.js';
export {
  createRun,
  inspectRun,
  isUnbegun,
  type OpenedRun,
  openRun,
  removeUnbegun,
  repairRun,
} from './folder.js';
export { describeHost } from './host.js';
export { type Run, readRun } from './read-run.js';
export { type RunEnd, readRunEnd } from './read-run-end.js';
export * from './reader.js';
export type { Rank } from './run-record.js';
export type { RunWriter, RunWriterOptions } from './run-writer.js';
