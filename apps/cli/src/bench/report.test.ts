import { describe, expect, it } from 'vitest';
import { type BenchResult, describeBench } from './report.js';

const machine = { cpu: 'A CPU', cores: 2, node: '20.0.0', loadAverage: 0.25 };
const spread = (median: number) => ({ median, low: 0.5 * median, high: 2 * median });

describe('describeBench', () => {
  it('says only what was measured', () => {
    const result: BenchResult = {
      machine,
      physics: [{ env: 'Ant', threads: 2, stepsPerSecond: spread(5000) }],
      peakMegabytes: { physics: 120.4 },
      seconds: { physics: 3 },
    };
    expect(describeBench(result).split('\n\n')).toEqual([
      'A CPU, 2 cores, Node 20.0.0, load average 0.3 at the end.',
      'Peak memory: 120 MB by the end of physics.',
      'Medians of several rounds, lowest to highest in brackets.',
      'physics  threads  steps/s                  per thread\nAnt            2  5,000 (2,500 to 10,000)  2,500',
    ]);
  });

  it('states shards and threads of a minibatch, and leaves out what is not known', () => {
    const row = { engine: 'wasm relaxed', env: 'CentipedeEight', algo: 'mikt', milliseconds: spread(1) };
    const minibatches = [
      { ...row, threads: 1, gradientShards: 1, gflops: 30, ofKernel: 0.651 },
      { ...row, threads: 2, gradientShards: 2, gflops: 44.44 },
    ];
    const lines = describeBench({ machine, minibatches, peakMegabytes: {}, seconds: {} }).split('\n');
    expect(lines.at(-2)!.split(/ {2,}/)).toEqual([
      ...['wasm relaxed', 'mikt', '1', '1', '1 (0.5 to 2)', '30', '65%'],
    ]);
    expect(lines.at(-1)!.split(/ {2,}/)).toEqual([
      ...['wasm relaxed', 'mikt', '2', '2', '1 (0.5 to 2)', '44.4', '-'],
    ]);
  });

  it('gives physics and garbage collection as shares of a training', () => {
    const row = { env: 'Ant', algo: 'ppo', threads: 1, stepsPerSecond: spread(100) };
    const training = [
      {
        ...row,
        physicsStepsPerSecond: spread(125),
        ofPhysics: { median: 0.8, low: 0.75, high: 0.9 },
        collect: 0.85,
        learn: 0.15,
        garbage: 0.0042,
      },
    ];
    const last = describeBench({ machine, training, peakMegabytes: {}, seconds: {} }).split('\n').at(-1)!;
    expect(last.split(/ {2,}/).slice(-4)).toEqual(['80% (75% to 90%)', '85%', '15%', '0.4%']);
  });
});
