import os from 'node:os';
import { listEnvs, makeEnv } from '@mikt/envs';
import { Command, Option } from 'commander';
import { measureKernel, measureMinibatches } from '../bench/engines.js';
import { type BenchResult, describeBench, PARTS, type Part } from '../bench/report.js';
import { measureTeamMinibatches } from '../bench/team.js';
import { measurePhysics, measureTrainings } from '../bench/training.js';
import { printJson, say, wholeNumber } from '../options.js';

interface BenchFlags {
  readonly threads: number;
  readonly updates: number;
  readonly only: readonly Part[];
  readonly json?: boolean;
}

export function benchCommand(): Command {
  return new Command('bench')
    .description('measure engines, physics and training on this machine, in one run')
    .addOption(new Option('--only <part...>', 'measure these parts').choices(PARTS).default(PARTS, 'all'))
    .option('--threads <n>', 'threads to compare with one', wholeNumber(1), os.availableParallelism())
    .option('--updates <n>', 'updates of each training that are timed', wholeNumber(1), 6)
    .option('--json', 'print as JSON')
    .action(async (flags: BenchFlags) => {
      const result = await bench(flags);
      if (flags.json) printJson(result);
      else process.stdout.write(`${describeBench(result)}\n`);
    });
}

async function bench({ threads, updates, only }: BenchFlags): Promise<BenchResult> {
  const measure: Record<Part, () => Promise<Partial<BenchResult>>> = {
    'start-up': async () => ({ startUpSeconds: await firstStep() }),
    physics: async () => ({ physics: await measurePhysics(listEnvs(), threads, say) }),
    training: async () => ({ training: await measureTrainings(threads, updates, say) }),
    engines: async () => ({
      kernel: await measureKernel(),
      minibatches: [...(await measureMinibatches(say)), ...(await measureTeamMinibatches(threads, say))],
    }),
  };
  const found: Partial<BenchResult> = {};
  const peakMegabytes: Partial<Record<Part, number>> = {};
  const seconds: Partial<Record<Part, number>> = {};
  for (const part of PARTS.filter((part) => only.includes(part))) {
    const started = performance.now();
    Object.assign(found, await measure[part]());
    seconds[part] = (performance.now() - started) / 1000;
    peakMegabytes[part] = process.resourceUsage().maxRSS / 1024;
  }
  const machine = {
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    node: process.versions.node,
    loadAverage: os.loadavg()[0]!,
  };
  return { machine, ...found, peakMegabytes, seconds };
}

/** Seconds from the start of this process to the end of its first environment step. */
async function firstStep(): Promise<number> {
  const env = await makeEnv('CentipedeEight');
  env.reset({ seed: 0 });
  env.step(new Float32Array(env.spaces.action.size));
  const seconds = performance.now() / 1000;
  env.dispose();
  return seconds;
}
