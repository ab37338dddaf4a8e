export type { Reference, References } from './figures/learning-curves.js';
export { ReportCache } from './make-report.js';
export { type RenderedReport, type RenderOptions, type ReportFile, renderReport } from './render-report.js';
export type { StudyInput } from './report.js';
export type { CreateEnv } from './robots.js';
export type { RunInput } from './runs.js';
export { envLabels } from './runs.js';
export * from './viewer/index.js';
export { type ReportOptions, type WrittenReport, writeReport } from './write-report.js';
