export {
  aggregate,
  type Curve,
  type CurveStatistics,
  finalReturn,
  meanAndDeviation,
  resample,
  stepGrid,
} from './curves.js';
export {
  type Evaluation,
  type EvaluationEpisode,
  type EvaluationOptions,
  evaluateDoingNothing,
  evaluatePolicy,
} from './evaluate.js';
export {
  type BootstrapOptions,
  bootstrapInterval,
  type Interval,
  type WeightedGroup,
  welchInterval,
} from './statistics/intervals.js';
export { tCdf, tQuantile } from './statistics/student-t.js';
export { differencesFromPlan } from './study/compare.js';
export { type PlannedPair, type PlannedRun, planStudy, type StudyPlan } from './study/plan.js';
export { parseStudy, type Study, type StudyMethod, type StudyPair } from './study/schema.js';
export {
  ALL_PAIRS,
  type MeasuredRun,
  type MeasureName,
  type MethodCurves,
  meanReturn,
  measureTransfer,
  type PairCurves,
  stepsToThreshold,
  type TransferMeasure,
  type TransferOptions,
  transferRatio,
} from './transfer.js';
