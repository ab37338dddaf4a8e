export { type Agent, addLosses, type Batch, type Loss, lossOf } from './agent.js';
export {
  type Progress,
  readTrainingState,
  type TrainingState,
  teacherFromCheckpoint,
  toCheckpoint,
} from './checkpoint.js';
export { planPasses, presetValues, type RunConfig, resolveConfig, runSchema } from './config.js';
export { continuedConfig, plannedTotals } from './continuation.js';
export { generalisedAdvantages, type Trajectories } from './gae.js';
export { encodeOnnxPolicy, trainedPolicy } from './interchange/export.js';
export { type ImportOptions, importPolicy, type NamedBytes } from './interchange/import.js';
export { isPolicyFile, toPolicyFile } from './interchange/policy-file.js';
export type { Normaliser, PolicyOrigin, TrainedPolicy } from './interchange/trained-policy.js';
export {
  type LearningMeasurement,
  type MeasureOptions,
  measureLearning,
  measureTraining,
  type TrainingMeasurement,
  type UpdateTimes,
} from './measure.js';
export type { Method, Situation, Stage } from './method.js';
export { checkTeachers, describeMethod, findMethod, METHODS, registerMethod } from './methods.js';
export { type MiktConfig, miktConfig } from './mikt/config.js';
export { couplingLoss, klLoss, mutualInformationLoss } from './mikt/loss.js';
export { createCoupledAgent, createStudentAgent } from './mikt/networks.js';
export { mixingWeights } from './mixing.js';
export { type MlppConfig, mlppConfig } from './mlpp/config.js';
export { createMlppAgent } from './mlpp/networks.js';
export { NonFiniteError } from './non-finite.js';
export { type Policy, policyFromCheckpoint } from './policy.js';
export { type PpoConfig, ppoConfig } from './ppo/config.js';
export { batchInputs, coefficientInputs } from './ppo/gradients.js';
export { ppoLoss } from './ppo/loss.js';
export { createPpoAgent } from './ppo/networks.js';
export { GradientShard, type LearnerState, learnerShapes, Optimiser } from './ppo/update.js';
export { readRobot } from './robot-folder.js';
export { type Provenance, type ResumeOptions, type RunOptions, resumeRun, trainRun } from './run-folder.js';
export type { Teacher } from './teacher.js';
export { controlTeacher, type FrozenTeacherWeights } from './teacher-control.js';
export { canShareMemory } from './team/host.js';
export { resume, train } from './trainer.js';
export {
  metricColumns,
  type TrainingOptions,
  type TrainingProgress,
  type TrainingResult,
  type TrainingSink,
} from './training-options.js';
