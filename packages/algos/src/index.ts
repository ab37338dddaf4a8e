export { type Agent, addLosses, type Batch, type Loss } from './agent.js';
export {
  type Progress,
  readTrainingState,
  type TrainingState,
  teacherFromCheckpoint,
  toCheckpoint,
} from './checkpoint.js';
export { planPasses, presetValues, type RunConfig, resolveConfig, runSchema } from './config.js';
export { generalisedAdvantages, type Trajectories } from './gae.js';
export { measureTraining, type TrainingMeasurement, type UpdateTimes } from './measure.js';
export type { Method, Stage } from './method.js';
export { checkTeachers, findMethod, METHODS } from './methods.js';
export { type MiktConfig, miktConfig } from './mikt/config.js';
export { couplingLoss, klLoss, mutualInformationLoss } from './mikt/loss.js';
export { createCoupledAgent, createStudentAgent } from './mikt/networks.js';
export { type Policy, policyFromCheckpoint } from './policy.js';
export { type PpoConfig, ppoConfig } from './ppo/config.js';
export { ppoLoss } from './ppo/loss.js';
export { createPpoAgent } from './ppo/networks.js';
export { GradientShard, type LearnerState, learnerShapes, Optimiser } from './ppo/update.js';
export { type Provenance, type ResumeOptions, type RunOptions, resumeRun, trainRun } from './run-folder.js';
export type { Teacher } from './teacher.js';
export { canShareMemory } from './team/create.js';
export {
  metricColumns,
  RETURN_WINDOW,
  resume,
  type TrainingOptions,
  type TrainingProgress,
  type TrainingResult,
  type TrainingSink,
  train,
} from './trainer.js';
