import { ALONE, type Method, TEACHER_VARIANTS } from '../method.js';
import { matchNormaliser } from '../teacher-start.js';
import { type MlppConfig, mlppConfig } from './config.js';
import { checkMlppTeachers, createMlppAgent } from './networks.js';

/** The paper's second baseline: a teacher's middle layers as a beginning, PPO from there. */
export const mlpp: Method<MlppConfig> = {
  name: 'mlpp',
  title: 'MLPP',
  variants: ({ teacherWeights, inputStart, normaliserStart, actionStart }) => [
    ...TEACHER_VARIANTS[teacherWeights]!,
    ...(inputStart === 'matched' ? ['matched inputs'] : []),
    ...(normaliserStart === 'matched' ? ['matched normaliser'] : []),
    ...(actionStart === 'matched' ? ['matched actions'] : []),
  ],
  schema: mlppConfig,
  presets: {
    paper: {},
    // For robots that share parts: all that has a name in common begins as the teacher's, but for the standard
    // deviations. docs/results has what it gives.
    matched: {
      inputStart: 'matched',
      normaliserStart: 'matched',
      actionStart: 'matched',
      standardDeviationStart: 0.3,
    },
  },
  teachers: 'one',
  columns: () => [],
  check: () => {},
  checkTeachers: checkMlppTeachers,
  stage: () => ALONE,
  startNormaliser: matchNormaliser,
  createAgent: (_agent, config, spaces, teachers) => createMlppAgent(config, spaces, teachers),
};
