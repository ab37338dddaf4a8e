// Steps one of our environments under random actions and times it; writes down what native MuJoCo needs for the same.
//
//     node bench/peers/mikt_physics.mjs --env Ant --steps 10000 --record recording.json
//     venv/bin/python bench/peers/native_physics.py recording.json
//
// Actions are standard normal, as a first policy's are, and episodes end as the task says. The recording holds the
// model, the frame skip and each episode's start and actions. The first pass draws and records them and warms up; the
// second one times whole environment steps (physics, observation, reward), the third one physics alone. Resets from
// the recorded starts are in both. Prints one JSON object.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Rng } from '../../packages/core/dist/index.js';
import { MUJOCO_VERSION, makeEnv } from '../../packages/envs/dist/index.js';

const { values } = parseArgs({
  options: {
    env: { type: 'string', default: 'Ant' },
    steps: { type: 'string', default: '10000' },
    record: { type: 'string' },
  },
});
const steps = Number(values.steps);
const env = await makeEnv(values.env);
const { simulation } = env;
const frameSkip = Math.round(env.dt / simulation.timestep);
const episodes = record();

const environmentSeconds = time(({ qpos, qvel, actions }) => {
  env.setState(qpos, qvel);
  for (const action of actions) env.step(action);
});
const physicsSeconds = time(({ qpos, qvel, actions }) => {
  simulation.reset();
  simulation.qpos.set(qpos);
  simulation.qvel.set(qvel);
  simulation.forward();
  for (const action of actions) simulation.step(action, frameSkip);
});
if (values.record) {
  const plain = episodes.map(({ actions, ...start }) => ({ ...start, actions: actions.map((a) => [...a]) }));
  writeFileSync(
    values.record,
    JSON.stringify({ env: values.env, mjcf: env.mjcf, frameSkip, episodes: plain }),
  );
}
console.log(
  JSON.stringify({
    settings: { env: values.env, frameSkip, episodes: episodes.length },
    steps,
    seconds: environmentSeconds,
    physicsSeconds,
    versions: { node: process.versions.node, mujoco: MUJOCO_VERSION },
  }),
);
env.dispose();

function record() {
  const rng = Rng.fromSeed(1);
  const found = [];
  env.reset({ seed: 1 });
  let episode = begin();
  for (let step = 1; step <= steps; step++) {
    const action = rng.fillNormal(new Float32Array(simulation.controlSize));
    episode.actions.push(action);
    const { terminated, truncated } = env.step(action);
    // Native MuJoCo's replay is compared with this before it is timed.
    if (episode.actions.length === 1) episode.qposAfterOne = [...env.qpos];
    if (!(terminated || truncated) && step < steps) continue;
    found.push(episode);
    env.reset();
    episode = begin();
  }
  return found;
}

function begin() {
  return { qpos: [...env.qpos], qvel: [...env.qvel], qposAfterOne: [], actions: [] };
}

function time(run) {
  const started = performance.now();
  for (const episode of episodes) run(episode);
  return (performance.now() - started) / 1000;
}
