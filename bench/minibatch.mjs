// Milliseconds of one minibatch step (64 rows; gradient, clipping, Adam) of PPO and of MIKT from CentipedeFour, on
// the wasm engine and on every tfjs backend that loads. Build first (npm run setup), then: node bench/minibatch.mjs
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

// The packages as the command line sees them: this folder is no package of its own.
const require = createRequire(new URL('../packages/algos/package.json', import.meta.url));
const load = (name) => import(pathToFileURL(require.resolve(name)));
const { createCoupledAgent, createPpoAgent, GradientShard, learnerShapes, Optimiser, resolveConfig } =
  await import('../packages/algos/dist/index.js');
const { Rng } = await load('@mikt/core');
const { createTfjsEngine, createWasmEngine, probeBackends } = await load('@mikt/graph');
const { ActorCritic, ParameterLayout } = await load('@mikt/nets');

const box = (size) => ({ size, low: -1, high: 1 });
const SIZES = { CentipedeSix: [139, 16], CentipedeEight: [181, 22] };
const hidden = { policyHidden: [64, 64], valueHidden: [64, 64] };

function teacher() {
  const sizes = { observation: 97, action: 10, ...hidden };
  const layout = new ParameterLayout(new ActorCritic(sizes).specs);
  return {
    source: 'bench',
    env: 'CentipedeFour',
    fingerprint: '',
    sizes,
    parameters: layout.unpack(layout.initialise(Rng.fromSeed(1))),
  };
}

function rollout([observation, action], rows) {
  const rng = Rng.fromSeed(2);
  const normal = (size) => rng.fillNormal(new Float32Array(size));
  return {
    observations: normal(rows * observation),
    actions: normal(rows * action),
    logProbabilities: normal(rows).map((x) => x - 1.4 * action),
    values: normal(rows),
    advantages: normal(rows),
    returns: normal(rows),
  };
}

const engines = ['relaxed', 'simd'].map((form) => [`wasm ${form}`, () => createWasmEngine({ form })]);
for (const { backend, problem } of await probeBackends()) {
  const name = `tfjs ${backend}`;
  if (problem) console.log(`${name.padEnd(12)} ${problem}`);
  else engines.push([name, () => createTfjsEngine(backend)]);
}

for (const [name, create] of engines) {
  const engine = await create();
  for (const [env, sizes] of Object.entries(SIZES)) {
    const spaces = { observation: box(sizes[0]), action: box(sizes[1]) };
    for (const algo of ['ppo', 'mikt']) {
      const config = resolveConfig({ env, algo, steps: 1e6, gradientShards: 1 });
      const agent =
        algo === 'ppo' ? createPpoAgent(config, spaces) : createCoupledAgent(config, spaces, teacher());
      const rowSizes = { observation: sizes[0], action: sizes[1] };
      const variables = engine.createVariables(learnerShapes(agent, 1, rowSizes));
      variables.write('parameters', agent.layout.initialise(Rng.fromSeed(3)));
      for (const [frozen, values] of Object.entries(agent.frozen)) variables.write(frozen, values);
      const gradient = new GradientShard(engine, agent, variables, config, rowSizes, 0);
      const optimiser = new Optimiser(engine, agent, variables, config);
      gradient.setCoefficients(
        Object.fromEntries(agent.coefficients.map((coefficient) => [coefficient, 0.5])),
      );
      const data = rollout(sizes, config.stepsPerUpdate);
      const order = Rng.fromSeed(4).shuffle(Uint32Array.from({ length: config.stepsPerUpdate }, (_, i) => i));
      const rows = config.stepsPerUpdate / config.minibatches;
      const times = [];
      let steps = 0;
      const repeats = name === 'tfjs cpu' ? 2 : 6;
      for (let i = 0; i <= repeats; i++) {
        const start = performance.now();
        for (let minibatch = 0; minibatch < config.minibatches; minibatch++) {
          gradient.run(data, order.subarray(minibatch * rows, (minibatch + 1) * rows));
          optimiser.step(3e-4, ++steps);
        }
        // The first one warms up.
        if (i > 0) times.push((performance.now() - start) / config.minibatches);
      }
      times.sort((a, b) => a - b);
      const [low, median, high] = [times[0], times[times.length >> 1], times.at(-1)].map((ms) =>
        ms.toFixed(2),
      );
      console.log(`${name.padEnd(12)} ${env.padEnd(15)} ${algo.padEnd(5)} ${median} ms (${low} to ${high})`);
      gradient.dispose();
      optimiser.dispose();
      variables.dispose();
    }
  }
}
