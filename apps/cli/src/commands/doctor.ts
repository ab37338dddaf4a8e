import os from 'node:os';
import { canShareMemory, measureTraining, resolveConfig } from '@mikt/algos';
import { MUJOCO_VERSION } from '@mikt/envs';
import { Command } from 'commander';
import { availableEngines } from '../bench/engines.js';
import { spreadOf } from '../bench/spread.js';
import { formatNumber, printJson, say, table } from '../options.js';

/** What this machine has for training, as plain data. */
interface Diagnosis {
  readonly node: string;
  readonly mujoco: string;
  readonly cores: number;
  readonly memoryGigabytes: number;
  readonly sharedMemory: boolean;
  readonly engines: readonly { readonly name: string; readonly problem?: string }[];
  readonly speed: readonly { readonly threads: number; readonly stepsPerSecond: number }[];
  readonly advice: readonly string[];
}

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('say what this machine can do: engines, SIMD, threads, measured speed')
    .option('--json', 'print as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const diagnosis = await diagnose();
      if (json) {
        printJson(diagnosis);
        return;
      }
      const { node, mujoco, cores, memoryGigabytes, sharedMemory, engines, speed, advice } = diagnosis;
      const rows = [
        ['Node', node],
        ['MuJoCo', `${mujoco} (WASM)`],
        ['cores', String(cores)],
        ['memory', `${formatNumber(memoryGigabytes)} GB`],
        ['worker threads', sharedMemory ? 'yes, on shared memory' : 'no: one thread will do all the work'],
        ...engines.map(({ name, problem }) => [`engine ${name}`, problem ?? 'loads']),
        ...speed.map(({ threads, stepsPerSecond }) => [
          `PPO, ${threads === 1 ? '1 thread' : `${threads} threads`}`,
          `${formatNumber(stepsPerSecond, 0)} environment steps/s on CentipedeFour`,
        ]),
      ];
      const lines = [table(['what', 'this machine'], rows), ...advice];
      process.stdout.write(`${lines.join('\n')}\n`);
    });
}

async function diagnose(): Promise<Diagnosis> {
  const cores = os.availableParallelism();
  const sharedMemory = canShareMemory();
  const engines = (await availableEngines()).map(({ name, problem }) => ({
    name,
    ...(problem ? { problem } : {}),
  }));
  say('Measuring speed for some seconds');
  const speed = [];
  for (const threads of sharedMemory && cores > 1 ? [1, Math.min(cores, 8)] : [1]) {
    const config = resolveConfig({ env: 'CentipedeFour', algo: 'ppo', steps: 1e6 });
    const measured = await measureTraining(config, { updates: 2, threads });
    const { median } = spreadOf(
      measured.updates,
      ({ collect, learn }) => measured.stepsPerUpdate / (collect + learn),
    );
    speed.push({ threads: measured.threads, stepsPerSecond: median });
  }
  return {
    node: process.versions.node,
    mujoco: MUJOCO_VERSION,
    cores,
    memoryGigabytes: os.totalmem() / 2 ** 30,
    sharedMemory,
    engines,
    speed,
    advice: adviceFor(engines, sharedMemory, speed),
  };
}

function adviceFor(
  engines: Diagnosis['engines'],
  sharedMemory: boolean,
  speed: Diagnosis['speed'],
): string[] {
  const loads = (name: string) => engines.some((engine) => engine.name === name && !engine.problem);
  const [one, many] = speed;
  const advice: string[] = [];
  if (!loads('wasm relaxed')) {
    advice.push(
      'Relaxed SIMD is missing: a newer Node makes the networks faster; results are those of plain SIMD.',
    );
  }
  if (!sharedMemory) advice.push('Threads are off: unset MIKT_NO_THREADS if that was not meant.');
  if (one && many && many.stepsPerSecond < 1.3 * one.stepsPerSecond) {
    advice.push(
      'More threads hardly help here: the cores are busy or shared. Fewer runs at once will be faster.',
    );
  }
  return advice.length > 0 ? advice : ['Nothing is missing.'];
}
