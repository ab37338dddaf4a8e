// Our PPO on Ant into a run folder, checkpoints and logs included: environment steps per second, end to end.
//
//     node bench/peers/mikt_ppo.mjs --envs 8 --threads 2 --steps 61440
//
// The counterpart of stable_baselines3_ppo.py and cleanrl_ppo.py, see README.md. Prints one JSON object.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { resolveConfig, trainRun } from '../../packages/algos/dist/index.js';
import { MUJOCO_VERSION } from '../../packages/envs/dist/index.js';

const STEPS_PER_UPDATE = 2048;

const { values } = parseArgs({
  options: {
    envs: { type: 'string', default: '8' },
    threads: { type: 'string', default: '1' },
    steps: { type: 'string', default: String(30 * STEPS_PER_UPDATE) },
  },
});
const [envs, threads, steps] = [values.envs, values.threads, values.steps].map(Number);
const updates = Math.floor(steps / STEPS_PER_UPDATE);

// Two passes more: one that only fills the normaliser, and an update that warms up, as for the others.
const config = resolveConfig({ env: 'Ant', algo: 'ppo', envs, steps: (updates + 2) * STEPS_PER_UPDATE });
const folder = mkdtempSync(join(tmpdir(), 'mikt-ppo-'));
const ends = new Map();
let engine;
try {
  const { status } = await trainRun(config, join(folder, 'run'), {
    threads,
    provenance: { command: ['bench/peers/mikt_ppo.mjs'], version: 'source' },
    onEngine: (description) => {
      // Threads are among the settings.
      [engine] = description.split(';');
    },
    onUpdate: ({ update }) => ends.set(update, performance.now()),
  });
  if (status !== 'finished') throw new Error(`the run ended as ${status}.`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(
  JSON.stringify({
    settings: { envs, threads, steps },
    steps: updates * STEPS_PER_UPDATE,
    seconds: (ends.get(updates + 1) - ends.get(1)) / 1000,
    versions: { node: process.versions.node, mujoco: MUJOCO_VERSION, engine },
  }),
);
