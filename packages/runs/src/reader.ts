// The parts that take bytes and text, without a file system: they also work in a browser.
export {
  CHECKPOINT_FORMAT,
  CHECKPOINT_FORMAT_VERSION,
  type Checkpoint,
  type CheckpointHeader,
  type DecodedCheckpoint,
  decodeCheckpoint,
  encodeCheckpoint,
} from './checkpoint.js';
export { decodeEvents, type EventRecord } from './event-records.js';
export { type ScalarSeries, scalarSeries } from './event-series.js';
export {
  type Continuation,
  type NewRunManifest,
  parseManifest,
  RUN_FORMAT_VERSION,
  type RunManifest,
} from './manifest.js';
export { type Columns, type Episodes, parseEpisodes, parseMetrics } from './metrics.js';
export {
  decodeSafetensors,
  encodeSafetensors,
  type NamedTensors,
  type Safetensors,
  type StoredTensor,
  type TensorData,
} from './safetensors.js';
export { tagOf } from './tags.js';
