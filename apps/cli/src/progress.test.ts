import type { TrainingProgress } from '@mikt/algos';
import { describe, expect, it } from 'vitest';
import { formatDuration, ProgressLine } from './progress.js';

const progress: TrainingProgress = {
  steps: 120_832,
  totalSteps: 500_000,
  stepsPerSecond: 812.4,
  secondsLeft: 467,
  return100: 84.25,
  phase: 1,
  metrics: { 'mixing/policy/1': 0.4, 'mixing/value/1': 0.5 },
};

function screen(columns: number | undefined) {
  const written: string[] = [];
  return {
    stream: {
      isTTY: columns !== undefined,
      ...(columns === undefined ? {} : { columns }),
      write: (text: string) => written.push(text),
    },
    written,
  };
}

describe('on a terminal', () => {
  it('redraws one line', () => {
    const { stream, written } = screen(140);
    const line = new ProgressLine('CentipedeSix mikt', stream);
    line.show(progress);
    line.end();
    expect(written).toEqual([
      "\r\x1b[2KCentipedeSix mikt  120,832/500,000 steps (24%)  return 84.3  7 min 47 s left  812 steps/s  phase 1  student's weight 0.45",
      '\n',
    ]);
  });

  it('leaves out from the end what does not fit, and never wraps', () => {
    for (const columns of [30, 60, 80]) {
      const { stream, written } = screen(columns);
      new ProgressLine('CentipedeSix mikt', stream).show(progress);
      expect(written[0]!.replace('\r\x1b[2K', '').length).toBeLessThan(columns);
      expect(written[0]).toContain('CentipedeSix');
    }
  });
});

it('elsewhere writes a plain line every ten seconds', () => {
  const { stream, written } = screen(undefined);
  let now = 0;
  const line = new ProgressLine('Ant ppo', stream, () => now);
  for (now = 0; now < 25; now += 0.5) line.show({ ...progress, return100: undefined, metrics: {} });
  expect(written).toHaveLength(2);
  expect(written[0]).toBe('Ant ppo  120,832/500,000 steps (24%)  return -  7 min 47 s left  812 steps/s\n');
});

it.each([
  [0.4, '0 s'],
  [42, '42 s'],
  [432, '7 min 12 s'],
  [3600 * 3 + 300, '3 h 05 min'],
  [Number.POSITIVE_INFINITY, '?'],
])('%d seconds read %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});
