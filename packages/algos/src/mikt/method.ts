import { type Method, TEACHER_VARIANTS } from '../method.js';
import { matchNormaliser } from '../teacher-start.js';
import { type MiktConfig, miktConfig } from './config.js';
import { coupledColumns, createCoupledAgent, createStudentAgent } from './networks.js';
import { checkMiktTeachers, checkPhases, describeMiktContinuation, miktStage } from './update.js';

export const mikt: Method<MiktConfig> = {
  name: 'mikt',
  title: 'MIKT',
  variants: (config) => [
    ...TEACHER_VARIANTS[config.teacherWeights]!,
    ...(config.miCoefficient === 0 ? ['w/o MI'] : []),
    ...(config.rlGradients ? [] : ['w/o RL gradients']),
    ...(config.klCoefficient === 0 ? ['w/o KL'] : []),
    ...(config.regressionCoefficient > 0 ? ['feature regression'] : []),
    ...(config.encoderStart === 'matched' ? ['matched encoder'] : []),
    ...(config.normaliserStart === 'matched' ? ['matched normaliser'] : []),
    ...(config.actionStart === 'matched' ? ['matched actions'] : []),
    ...(config.studentStart === 'matched' ? ['matched student'] : []),
    ...(config.mixingStart === null ? [] : [`p from ${config.mixingStart}`]),
    ...(config.embeddingNormalisation === 'rms' ? ['scaled embedding'] : []),
    ...(config.gradientClipping === 'global' ? [] : [`clipped by ${config.gradientClipping}`]),
    ...(config.logStandardDeviationFloor === null ? [] : [`log σ ≥ ${config.logStandardDeviationFloor}`]),
    ...(config.lateralMatrices === 'all' ? ['with U'] : []),
    ...(config.variationalFamily === 'gaussian' ? [] : [`${config.variationalFamily} q`]),
  ],
  schema: miktConfig,
  presets: {
    // The authors' code draws its coefficients per run from {1, 0.5}, {0.05, 0.1}, {0.5, 1}, {0.05, 0.1}; the paper
    // names none. It hands over without looking at the mixing weights.
    paper: {
      policyCouplingCoefficient: 1,
      valueCouplingCoefficient: 0.1,
      miCoefficient: 1,
      klCoefficient: 0.1,
      handOverThreshold: 0,
    },
    // For robots that share parts: docs/results says what it gives, and what it does not. All that has a name in common
    // begins as the teacher's, the student's own layers included: they have the first word, and learn what the mixture
    // says before the teacher goes. The standard deviations are not the teacher's, which leave no room for a step.
    matched: {
      encoderStart: 'matched',
      normaliserStart: 'matched',
      actionStart: 'matched',
      studentStart: 'matched',
      standardDeviationStart: 0.3,
      mixingStart: 0.9,
      gradientClipping: 'group',
      regressionCoefficient: 1,
    },
  },
  teachers: 'several',
  columns: (config, teachers) => ['phase', 'coupled_return_100', ...coupledColumns(config, teachers)],
  check: checkPhases,
  checkTeachers: checkMiktTeachers,
  stage: miktStage,
  describeContinuation: describeMiktContinuation,
  startNormaliser: matchNormaliser,
  createAgent: (agent, config, spaces, teachers) =>
    agent === 'coupled' ? createCoupledAgent(config, spaces, teachers) : createStudentAgent(config, spaces),
};
