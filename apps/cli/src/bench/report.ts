import { formatNumber, table } from '../options.js';
import type { KernelRow, MinibatchRow } from './engines.js';
import type { Spread } from './spread.js';
import type { PhysicsRow, TrainingRow } from './training.js';

/** What can be measured, in the order in which it is: what needs little memory comes first. */
export const PARTS = ['start-up', 'physics', 'training', 'engines'] as const;
export type Part = (typeof PARTS)[number];

/** A benchmark of this machine; what was not asked for is not there. */
export interface BenchResult {
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly node: string;
    /** Over the last minute of the benchmark. */
    readonly loadAverage: number;
  };
  /** From the start of the process to the end of its first environment step. */
  readonly startUpSeconds?: number;
  readonly physics?: readonly PhysicsRow[];
  readonly training?: readonly TrainingRow[];
  readonly kernel?: readonly KernelRow[];
  readonly minibatches?: readonly MinibatchRow[];
  /** Largest resident memory of the process from its start to the end of each part. */
  readonly peakMegabytes: Readonly<Partial<Record<Part, number>>>;
  /** How long each part took to measure. */
  readonly seconds: Readonly<Partial<Record<Part, number>>>;
}

/** A benchmark as text: a few sentences and a table for each part. */
export function describeBench(result: BenchResult): string {
  const { machine, startUpSeconds, physics, training, kernel, minibatches, peakMegabytes } = result;
  const peaks = Object.entries(peakMegabytes).map(
    ([part, megabytes]) => `${formatNumber(megabytes, 0)} MB by the end of ${part}`,
  );
  const sections = [
    `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, load average ${formatNumber(machine.loadAverage)} at the end.`,
    startUpSeconds !== undefined &&
      `Start-up to the first environment step: ${formatNumber(startUpSeconds, 2)} s.`,
    `Peak memory: ${peaks.join(', ')}.`,
    'Medians of several rounds, lowest to highest in brackets.',
    physics && physicsTable(physics),
    training && trainingTable(training),
    kernel && kernelTable(kernel),
    minibatches && minibatchTable(minibatches),
  ];
  return sections.filter(Boolean).join('\n\n');
}

function physicsTable(rows: readonly PhysicsRow[]): string {
  return table(
    ['physics', 'threads', 'steps/s', 'per thread'],
    rows.map((row) => [
      row.env,
      row.threads,
      cell(row.stepsPerSecond, 0),
      formatNumber(row.stepsPerSecond.median / row.threads, 0),
    ]),
  );
}

function trainingTable(rows: readonly TrainingRow[]): string {
  return table(
    [
      ...['training', 'algorithm', 'threads', 'steps/s', 'its physics alone', "physics' share"],
      ...['collecting', 'learning', 'garbage collection'],
    ],
    rows.map((row) => [
      row.env,
      row.algo,
      row.threads,
      cell(row.stepsPerSecond, 0),
      cell(row.physicsStepsPerSecond, 0),
      `${percent(row.ofPhysics.median)} (${percent(row.ofPhysics.low)} to ${percent(row.ofPhysics.high)})`,
      percent(row.collect),
      percent(row.learn),
      row.garbage === undefined ? '-' : percent(row.garbage, 1),
    ]),
  );
}

function kernelTable(rows: readonly KernelRow[]): string {
  return table(
    ['matrix kernel, 1 thread', 'product', 'GFLOP/s'],
    rows.map((row) => [row.form, row.product, cell(row.gflops)]),
  );
}

function minibatchTable(rows: readonly MinibatchRow[]): string {
  return table(
    ['minibatch', 'algorithm', 'shards', 'threads', 'ms', 'GFLOP/s', 'of the kernel'],
    rows.map((row) => [
      row.engine,
      row.algo,
      row.gradientShards,
      row.threads,
      cell(row.milliseconds, 2),
      formatNumber(row.gflops),
      row.ofKernel === undefined ? '-' : percent(row.ofKernel),
    ]),
  );
}

function cell({ median, low, high }: Spread, digits = 1): string {
  return `${formatNumber(median, digits)} (${formatNumber(low, digits)} to ${formatNumber(high, digits)})`;
}

function percent(share: number, digits = 0): string {
  return `${formatNumber(100 * share, digits)}%`;
}
