import { ALONE, type Method } from '../method.js';
import { ppoConfig } from './config.js';
import { createPpoAgent } from './networks.js';

/** PPO from scratch: the paper's baseline VPG, and how teachers are made. */
export const ppo: Method = {
  name: 'ppo',
  title: 'PPO (VPG)',
  variants: () => [],
  schema: ppoConfig,
  presets: {
    paper: {},
    // studies/tune-ppo.yaml: twice the return after 500,000 steps of CentipedeSix that 1 gives, which Baselines begins with.
    tuned: { standardDeviationStart: 0.3 },
  },
  teachers: 'none',
  columns: () => [],
  check: () => {},
  checkTeachers: () => {},
  stage: () => ALONE,
  createAgent: (_agent, config, spaces) => createPpoAgent(config, spaces),
};
