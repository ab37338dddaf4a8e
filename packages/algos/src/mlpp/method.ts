import { ALONE, type Method, TEACHER_VARIANTS } from '../method.js';
import { type MlppConfig, mlppConfig } from './config.js';
import { checkMlppTeachers, createMlppAgent } from './networks.js';

/** The paper's second baseline: a teacher's middle layers as a beginning, PPO from there. */
export const mlpp: Method<MlppConfig> = {
  name: 'mlpp',
  title: 'MLPP',
  variants: ({ teacherWeights }) => TEACHER_VARIANTS[teacherWeights]!,
  schema: mlppConfig,
  presets: { paper: {} },
  teachers: 'one',
  columns: () => [],
  check: () => {},
  checkTeachers: checkMlppTeachers,
  stage: () => ALONE,
  createAgent: (_agent, config, spaces, teachers) => createMlppAgent(config, spaces, teachers),
};
