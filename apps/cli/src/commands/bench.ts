import os from 'node:os';
import { listEnvs, makeEnv } from '@mikt/envs';
import { Command } from 'commander';
import { measureKernel, measureMinibatches } from '../bench/engines.js';
import type { Spread } from '../bench/spread.js';
import { measurePhysics, measureTrainings } from '../bench/training.js';
import { formatNumber, printJson, say, table, wholeNumber } from '../options.js';

interface BenchFlags {
  readonly threads: number;
  readonly updates: number;
  readonly json?: boolean;
}

export function benchCommand(): Command {
  return new Command('bench')
    .description('measure engines, physics and training on this machine, in one run')
    .option('--threads <n>', 'threads to compare with one', wholeNumber(1), os.availableParallelism())
    .option('--updates <n>', 'updates of each training that are timed', wholeNumber(1), 6)
    .option('--json', 'print as JSON')
    .action(async ({ threads, updates, json }: BenchFlags) => {
      const startUp = await firstStep();
      const kernel = await measureKernel();
      const minibatches = await measureMinibatches(say);
      const physics = await measurePhysics(listEnvs(), threads, say);
      const training = await measureTrainings(threads, updates, say);
      const peakMegabytes = process.resourceUsage().maxRSS / 1024;
      const machine = {
        cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
        cores: os.availableParallelism(),
        node: process.versions.node,
        loadAverage: os.loadavg()[0]!,
      };
      if (json)
        printJson({
          machine,
          startUpSeconds: startUp,
          kernel,
          minibatches,
          physics,
          training,
          peakMegabytes,
        });
      else {
        const sections = [
          `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, load average ${formatNumber(machine.loadAverage)} at the end.`,
          `Start-up to the first environment step: ${formatNumber(startUp, 2)} s. Peak memory of this run: ${formatNumber(peakMegabytes, 0)} MB.`,
          'Medians of several rounds, lowest to highest in brackets.',
          table(
            ['matrix kernel', 'product', 'GFLOP/s'],
            kernel.map((row) => [row.form, row.product, cell(row.gflops)]),
          ),
          table(
            ['minibatch, 1 thread', 'algorithm', 'ms', 'GFLOP/s', 'of the kernel'],
            minibatches.map((row) => [
              row.engine,
              row.algo,
              cell(row.milliseconds, 2),
              formatNumber(row.gflops),
              row.ofKernel === undefined ? '-' : percent(row.ofKernel),
            ]),
          ),
          table(
            ['physics', 'threads', 'steps/s'],
            physics.map((row) => [row.env, row.threads, cell(row.stepsPerSecond, 0)]),
          ),
          table(
            ['training', 'algorithm', 'threads', 'steps/s', 'of its physics', 'collecting', 'learning'],
            training.map((row) => [
              row.env,
              row.algo,
              row.threads,
              cell(row.stepsPerSecond, 0),
              percent(row.ofPhysics.median),
              percent(row.collect),
              percent(row.learn),
            ]),
          ),
        ];
        process.stdout.write(`${sections.join('\n\n')}\n`);
      }
    });
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

function cell({ median, low, high }: Spread, digits = 1): string {
  return `${formatNumber(median, digits)} (${formatNumber(low, digits)} to ${formatNumber(high, digits)})`;
}

function percent(share: number): string {
  return `${Math.round(100 * share)}%`;
}
