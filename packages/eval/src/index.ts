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
