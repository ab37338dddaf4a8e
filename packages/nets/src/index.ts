export {
  ActorCritic,
  type ActorCriticResult,
  type ActorCriticSizes,
  LateralActorCritic,
  type TeacherLayers,
} from './actor-critic.js';
export {
  type AdamConfig,
  type AdamState,
  adam,
  adamStepSize,
  BASELINES_ADAM,
  clipByGlobalNorm,
  globalNorm,
} from './adam.js';
export { gaussianEntropy, gaussianLogProbability, sampleGaussian } from './gaussian.js';
export { filled, type Initialiser, orthogonal } from './initialisers.js';
export { LateralMlp, type LateralResult } from './lateral.js';
export { Mlp, type MlpResult, type MlpSizes } from './mlp.js';
export {
  type MomentsState,
  NORMALISER_CLIP,
  NORMALISER_EPSILON,
  normalise,
  RunningMoments,
} from './normaliser.js';
export { ParameterLayout, type ParameterSpec, Parameters, type ParameterValues } from './parameters.js';
export { createEncoder, GaussianVariational } from './variational.js';
