import { expect, it } from 'vitest';
import { type BoardState, StudyBoard } from './board.js';

const state: BoardState = {
  study: 'grid',
  finished: 1,
  failed: 0,
  runs: 4,
  steps: 30_000,
  totalSteps: 80_000,
  secondsLeft: 432,
  running: [
    { name: 'Ant/vpg-s1', steps: 5_000, totalSteps: 20_000, stepsPerSecond: 100, return100: 12.34 },
    { name: 'Ant/mikt-s1', steps: 0, totalSteps: 20_000, stepsPerSecond: undefined, return100: undefined },
  ],
};
const SUMMARY = 'grid  1/4 runs finished  2 running  30,000/80,000 steps (37%)  7 min 12 s left';

function screen(columns?: number) {
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

it('redraws a block on a terminal, and writes lines that stay above it', () => {
  const { stream, written } = screen(120);
  const board = new StudyBoard(stream);
  board.show(state);
  board.show({ ...state, failed: 1, running: [] });
  board.say('Ant/vpg-s1: finished');
  expect(written).toEqual([
    `${SUMMARY}\n` +
      '  Ant/vpg-s1    25%  return 12.3  2 min 30 s left  100 steps/s\n' +
      '  Ant/mikt-s1    0%  return -  ? left\n',
    '\x1b[3A\r\x1b[J',
    'grid  1/4 runs finished  1 failed  0 running  30,000/80,000 steps (37%)  7 min 12 s left\n',
    '\x1b[1A\r\x1b[J',
    'Ant/vpg-s1: finished\n',
  ]);
});

it('never wraps', () => {
  const { stream, written } = screen(40);
  new StudyBoard(stream).show(state);
  for (const line of written[0]!.split('\n')) expect(line.length).toBeLessThan(40);
});

it('elsewhere writes a plain line every thirty seconds', () => {
  const { stream, written } = screen();
  let now = 0;
  const board = new StudyBoard(stream, () => now);
  for (now = 0; now < 70; now += 0.5) board.show(state);
  expect(written).toEqual([`${SUMMARY}\n`, `${SUMMARY}\n`]);
});
