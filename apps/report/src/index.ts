export type { Reference, References } from './figures/learning-curves.js';
export { ReportCache } from './make-report.js';
export {
  ISOLATION_HEADERS,
  type OfferedTeacher,
  playgroundFiles,
} from './playground/playground-files.js';
export { type WrittenPlayground, writePlayground } from './playground/write-playground.js';
export { type RenderedReport, type RenderOptions, type ReportFile, renderReport } from './render-report.js';
export type { StudyInput } from './report.js';
export type { CreateEnv } from './robots.js';
export type { RunInput } from './runs.js';
export { envLabels } from './runs.js';
export * from './viewer/index.js';
export { type ReportOptions, type WrittenReport, writeReport } from './write-report.js';
