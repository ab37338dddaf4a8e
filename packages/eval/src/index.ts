export {
  aggregate,
  type Curve,
  type CurveStatistics,
  finalReturn,
  meanAndDeviation,
  resample,
  stepGrid,
} from './curves.js';
export { type EpisodeStream, evaluationEpisode } from './episode.js';
export {
  type Evaluation,
  type EvaluationEpisode,
  type EvaluationOptions,
  evaluateDoingNothing,
  evaluatePolicy,
} from './evaluate.js';
export {
  decodeRecording,
  encodeRecording,
  frameCount,
  quantisationError,
  RECORDING_FORMAT,
  RECORDING_FORMAT_VERSION,
  type RecordedEpisode,
  type RecordedPolicy,
  type Recording,
  type RecordOptions,
  recordRollout,
} from './recording.js';
export {
  aggregateInterval,
  interquartileMean,
  meanScore,
  medianScore,
  optimalityGap,
  type ScoreAggregate,
} from './statistics/aggregates.js';
export {
  type ImprovementOptions,
  improvementInterval,
  probabilityOfImprovement,
} from './statistics/improvement.js';
export {
  type Band,
  type BootstrapOptions,
  bootstrapBand,
  bootstrapInterval,
  type Interval,
  intervalAt,
  type WeightedGroup,
  welchInterval,
} from './statistics/intervals.js';
export {
  averageScoreDistribution,
  type ProfileOptions,
  performanceProfile,
  runScoreDistribution,
  type ScoreDistribution,
} from './statistics/profiles.js';
export { type SampleEfficiencyOptions, sampleEfficiency } from './statistics/sample-efficiency.js';
export {
  normaliseCurves,
  normaliseScores,
  type ScoreReference,
  type Scores,
  type TaskCurves,
} from './statistics/scores.js';
export type { RunNames, ScoreBootstrapOptions } from './statistics/stratified.js';
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
