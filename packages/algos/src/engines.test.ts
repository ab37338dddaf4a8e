import { Rng } from '@mikt/core';
import {
  createReferenceEngine,
  createTfjsEngine,
  createWasmEngine,
  type Engine,
  probeBackends,
  relativeDifference,
} from '@mikt/graph';
import { expect, it } from 'vitest';
import type { Agent } from './agent.js';
import { resolveConfig } from './config.js';
import { miktConfig } from './mikt/config.js';
import { COUPLING_RISE, createCoupledAgent } from './mikt/networks.js';
import { createPpoAgent } from './ppo/networks.js';
import { GradientShard, learnerShapes, Optimiser } from './ppo/update.js';
import { allocateRollout } from './rollout.js';
import { randomTeacher } from './testing.js';

// One whole update (10 epochs of 4 minibatches) on one recorded rollout, at the sizes of a small robot.
const sizes = { observation: 23, action: 5 };
const spaces = { observation: { size: 23, low: -1, high: 1 }, action: { size: 5, low: -1, high: 1 } };
const config = resolveConfig({
  env: 'recorded',
  algo: 'mikt',
  steps: 1e5,
  stepsPerUpdate: 256,
  minibatches: 4,
});
const teacher = randomTeacher(
  { observation: 17, action: 4, policyHidden: [64, 64], valueHidden: [64, 64] },
  5,
);
const agents: [string, Agent][] = [
  ['PPO', createPpoAgent(config, spaces)],
  [
    'MIKT',
    createCoupledAgent({ ...miktConfig.parse({ stepsPerUpdate: 256, minibatches: 4 }), seed: 0 }, spaces, [
      teacher,
    ]),
  ],
];

const rollout = allocateRollout(config, sizes);
const rng = Rng.fromSeed(9);
for (const values of [
  rollout.observations,
  rollout.actions,
  rollout.values,
  rollout.advantages,
  rollout.returns,
]) {
  rng.fillNormal(values);
}
// Near the density of the first policy, a standard normal around 0.
rollout.logProbabilities.forEach((_, row) => {
  const action = rollout.actions.subarray(row * 5, row * 5 + 5);
  rollout.logProbabilities[row] =
    -0.5 * action.reduce((sum, x) => sum + x * x, 0) - 2.5 * Math.log(2 * Math.PI);
});

function update(engine: Engine, agent: Agent) {
  const variables = engine.createVariables(learnerShapes(agent, config, sizes));
  variables.write('parameters', agent.layout.initialise(Rng.fromSeed(1)));
  for (const [name, values] of Object.entries(agent.frozen)) variables.write(name, values);
  const shards = Array.from({ length: config.gradientShards }, (_, shard) => {
    const gradient = new GradientShard(engine, agent, variables, config, sizes, shard);
    gradient.setCoefficients(agent.coefficients.length > 0 ? { [COUPLING_RISE]: 0.5 } : {});
    return gradient;
  });
  const optimiser = new Optimiser(engine, agent, variables, config, sizes);
  const order = Uint32Array.from({ length: 256 }, (_, i) => i);
  const shuffler = Rng.fromSeed(2);
  let t = 0;
  for (let epoch = 0; epoch < config.epochs; epoch++) {
    shuffler.shuffle(order);
    for (let minibatch = 0; minibatch < 4; minibatch++) {
      for (const shard of shards) shard.run(rollout, order.subarray(minibatch * 64, (minibatch + 1) * 64));
      optimiser.step(3e-4, ++t);
    }
  }
  return agent.layout.unpack(variables.read('parameters'));
}

const engines: [string, () => Promise<Engine>][] = [
  ['wasm simd', () => createWasmEngine({ form: 'simd' })],
  ['wasm', () => createWasmEngine()],
];
for (const { backend, problem } of await probeBackends()) {
  if (!problem) engines.push([`tfjs ${backend}`, () => createTfjsEngine(backend)]);
}

it.each(agents)('one update of %s leads to the same parameters on every engine', async (_name, agent) => {
  const expected = update(createReferenceEngine(), agent);
  for (const [engine, create] of engines) {
    const actual = update(await create(), agent);
    for (const [name, { data }] of Object.entries(expected)) {
      // The floor is a hundredth of what the update moves: biases start at 0 and stay near it.
      expect(relativeDifference(actual[name]!.data, data, 1e-2), `${engine}: ${name}`).toBeLessThan(1e-4);
    }
  }
});
