export {
  ActorCritic,
  type ActorCriticResult,
  type ActorCriticSizes,
  LateralActorCritic,
  type LateralActorCriticResult,
  LOG_STANDARD_DEVIATION,
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
export { createEncoder, createMatchedEncoder, type Encoder } from './encoder.js';
export { gaussianEntropy, gaussianLogProbability, sampleGaussian } from './gaussian.js';
export { filled, type Initialiser, orthogonal } from './initialisers.js';
export {
  type Feature,
  feedsByDepth,
  LateralMlp,
  type LateralResult,
  type LateralSource,
  type MixedLayer,
  mixedLayers,
} from './lateral.js';
export { Mlp, type MlpResult, type MlpSizes } from './mlp.js';
export {
  type MomentsState,
  NORMALISER_CLIP,
  NORMALISER_EPSILON,
  type NormaliserConstants,
  normalise,
  RunningMoments,
} from './normaliser.js';
export { ParameterLayout, type ParameterSpec, Parameters, type ParameterValues } from './parameters.js';
export { createVariational } from './variational/create.js';
export {
  VARIATIONAL_FAMILIES,
  type Variational,
  type VariationalFamily,
  type VariationalOptions,
} from './variational/variational.js';
