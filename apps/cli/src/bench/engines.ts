import {
  batchInputs,
  coefficientInputs,
  createCoupledAgent,
  createPpoAgent,
  GradientShard,
  learnerShapes,
  type MiktConfig,
  Optimiser,
  type RunConfig,
  resolveConfig,
  type Teacher,
} from '@mikt/algos';
import { type EnvSpaces, Rng } from '@mikt/core';
import {
  createTfjsEngine,
  createWasmEngine,
  type Engine,
  input,
  type KernelForm,
  matmul,
  matrixProducts,
  probeBackends,
  type Tensor,
  variable,
} from '@mikt/graph';
import { ActorCritic, ParameterLayout } from '@mikt/nets';
import { type Spread, spread } from './spread.js';

const REPEATS = 7;

/** One minibatch step (gradient, clipping, Adam) of an algorithm on an engine. */
export interface MinibatchRow {
  readonly engine: string;
  readonly env: string;
  readonly algo: string;
  readonly threads: number;
  /** Parts that the minibatch is divided into. */
  readonly gradientShards: number;
  readonly milliseconds: Spread;
  /** Of its matrix products alone, in all of its time. */
  readonly gflops: number;
  /** Share of what the bare matrix kernel reaches on the same products, where that was measured. */
  readonly ofKernel?: number;
}

/** The bare matrix kernel on one product. */
export interface KernelRow {
  readonly form: KernelForm;
  readonly product: string;
  readonly gflops: Spread;
}

/** Shapes of CentipedeEight with CentipedeFour's teacher. */
const SPACES: EnvSpaces = {
  observation: { size: 181, low: -1, high: 1 },
  action: { size: 22, low: -1, high: 1 },
};
const SIZES = { observation: SPACES.observation.size, action: SPACES.action.size };
const TEACHER_SIZES = { observation: 97, action: 10, policyHidden: [64, 64], valueHidden: [64, 64] };

/** Every engine that loads here, and why the others do not. */
export async function availableEngines(): Promise<
  { name: string; create?: () => Promise<Engine>; problem?: string }[]
> {
  const forms: KernelForm[] = ['relaxed', 'simd'];
  const engines: { name: string; create?: () => Promise<Engine>; problem?: string }[] = [];
  for (const form of forms) {
    try {
      (await createWasmEngine({ form, megabytes: 1 })).dispose();
      engines.push({ name: `wasm ${form}`, create: () => createWasmEngine({ form }) });
    } catch (error) {
      engines.push({ name: `wasm ${form}`, problem: (error as Error).message });
    }
  }
  for (const { backend, problem } of await probeBackends()) {
    const name = `tfjs ${backend}`;
    engines.push(problem ? { name, problem } : { name, create: () => createTfjsEngine(backend) });
  }
  return engines;
}

/** Times a minibatch of PPO and of MIKT, undivided, on every engine and one thread. */
export async function measureMinibatches(say: (sentence: string) => void): Promise<MinibatchRow[]> {
  const rows: MinibatchRow[] = [];
  for (const { name, create, problem } of await availableEngines()) {
    if (!create) {
      say(`${name}: ${problem}`);
      continue;
    }
    const engine = await create();
    for (const algo of ['ppo', 'mikt']) {
      say(`${name}, ${algo} minibatch`);
      const config = resolveConfig({ env: 'CentipedeEight', algo, steps: 1e6, gradientShards: 1 });
      const milliseconds = timeMinibatch(engine, config);
      const gflops = minibatchFlops(config) / milliseconds.median / 1e6;
      const kernel = engine.name === 'wasm' ? timeProducts(engine, config) : undefined;
      rows.push({
        engine: name,
        env: 'CentipedeEight',
        algo,
        threads: 1,
        gradientShards: 1,
        milliseconds,
        gflops,
        ...(kernel ? { ofKernel: kernel / milliseconds.median } : {}),
      });
    }
    engine.dispose();
  }
  return rows;
}

/** The bare kernel at the shapes of a minibatch's largest products. */
export async function measureKernel(): Promise<KernelRow[]> {
  const rows: KernelRow[] = [];
  for (const { name, create } of await availableEngines()) {
    if (!create || !name.startsWith('wasm')) continue;
    const engine = await create();
    const form = name.endsWith('relaxed') ? 'relaxed' : 'simd';
    for (const [m, k, n] of [
      [64, 181, 64],
      [64, 64, 64],
      [64, 64, 181],
    ] as const) {
      const product = matmul(input('a', [m, k]), input('b', [k, n]));
      const seconds = timeRuns(engine, [product], 2000);
      rows.push({
        form,
        product: `${m}×${k} · ${k}×${n}`,
        gflops: spread(seconds.map((s) => (2 * m * k * n) / s / 1e9)),
      });
    }
    engine.dispose();
  }
  return rows;
}

function timeMinibatch(engine: Engine, config: RunConfig): Spread {
  const agent = agentFor(config);
  const variables = engine.createVariables(learnerShapes(agent, config, SIZES));
  variables.write('parameters', agent.layout.initialise(Rng.fromSeed(1)));
  for (const [name, values] of Object.entries(agent.frozen)) variables.write(name, values);
  const gradient = new GradientShard(engine, agent, variables, config, SIZES, 0);
  const optimiser = new Optimiser(engine, agent, variables, config, SIZES);
  gradient.setCoefficients(Object.fromEntries(agent.coefficients.map((name) => [name, 0.5])));
  const rng = Rng.fromSeed(2);
  const count = config.stepsPerUpdate;
  const normal = (size: number) => rng.fillNormal(new Float32Array(size));
  const rollout = {
    observations: normal(count * SIZES.observation),
    actions: normal(count * SIZES.action),
    logProbabilities: normal(count).map((x) => 0.1 * x - 1.42 * SIZES.action),
    values: normal(count),
    advantages: normal(count),
    returns: normal(count),
    rawObservations: new Float64Array(),
    discountedReturns: new Float64Array(),
  };
  const order = rng.shuffle(Uint32Array.from({ length: count }, (_, i) => i));
  const rows = count / config.minibatches;
  const times: number[] = [];
  let t = 0;
  for (let repeat = 0; repeat <= REPEATS; repeat++) {
    const started = performance.now();
    for (let i = 0; i < config.minibatches; i++) {
      gradient.run(rollout, order.subarray(i * rows, (i + 1) * rows));
      optimiser.step(1e-5, ++t);
    }
    // The first round warms up.
    if (repeat > 0) times.push((performance.now() - started) / config.minibatches);
  }
  gradient.dispose();
  optimiser.dispose();
  variables.dispose();
  return spread(times);
}

/** Floating-point operations of a minibatch's matrix products, however it is divided into shards. */
export function minibatchFlops(config: RunConfig): number {
  return matrixProducts(minibatchRoots(config)).reduce((sum, { flops }) => sum + flops, 0);
}

/** Milliseconds of the bare kernel on all matrix products of a minibatch, one after the other. */
function timeProducts(engine: Engine, config: RunConfig): number {
  const seen = new Map<string, { count: number; product: Tensor }>();
  for (const { a, b, transposeA, transposeB } of matrixProducts(minibatchRoots(config))) {
    const key = JSON.stringify([a, b, transposeA, transposeB]);
    const known = seen.get(key);
    if (known) known.count++;
    else
      seen.set(key, { count: 1, product: matmul(input('a', a), input('b', b), { transposeA, transposeB }) });
  }
  let seconds = 0;
  for (const { count, product } of seen.values())
    seconds += count * spread(timeRuns(engine, [product], 500)).median;
  return 1000 * seconds;
}

/** Seconds of one run, measured over `runs` of them, several times. */
function timeRuns(engine: Engine, outputs: readonly Tensor[], runs: number): number[] {
  const program = engine.compile({
    outputs: Object.fromEntries(outputs.map((tensor, i) => [`${i}`, tensor])),
  });
  const rng = Rng.fromSeed(3);
  for (const values of Object.values(program.inputs)) rng.fillNormal(values as Float32Array);
  const times: number[] = [];
  for (let repeat = 0; repeat <= REPEATS; repeat++) {
    const started = performance.now();
    for (let i = 0; i < runs; i++) program.run();
    if (repeat > 0) times.push((performance.now() - started) / 1000 / runs);
  }
  program.dispose();
  return times;
}

function minibatchRoots(config: RunConfig): Tensor[] {
  const agent = agentFor(config);
  const rows = config.stepsPerUpdate / config.minibatches;
  const parameters = agent.layout.bind(variable('parameters', [agent.layout.size]));
  const { total } = agent.loss(parameters, batchInputs(rows, SIZES), coefficientInputs(agent));
  return [total, parameters.gradient(total)];
}

function agentFor(config: RunConfig) {
  return config.algo === 'mikt'
    ? createCoupledAgent(config as RunConfig & MiktConfig, SPACES, [benchTeacher()])
    : createPpoAgent(config, SPACES);
}

/** A teacher of CentipedeFour's size with first weights: how long it takes does not depend on what it learned. */
export function benchTeacher(): Teacher {
  const layout = new ParameterLayout(new ActorCritic(TEACHER_SIZES).specs);
  return {
    source: 'bench',
    env: 'CentipedeFour',
    fingerprint: '',
    sizes: TEACHER_SIZES,
    parameters: layout.unpack(layout.initialise(Rng.fromSeed(4))),
    observationScale: 1,
  };
}
