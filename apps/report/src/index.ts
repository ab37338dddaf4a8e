export type { Reference } from './figures.js';
export { type ReportOptions, type WrittenReport, writeReport } from './write-report.js';
