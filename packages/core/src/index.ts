export {
  type ConfigRow,
  type ConfigSchema,
  describeConfig,
  parseAssignments,
  parseConfig,
  parseNumber,
} from './config.js';
export {
  describeValue,
  FileError,
  InvalidInputError,
  MiktError,
  nearestName,
  RunError,
  UnknownNameError,
} from './errors.js';
export { isNode } from './is-node.js';
export { Rng, type RngState } from './rng.js';
export { type BoxSpace, type EnvSpaces, unbounded } from './spaces.js';
