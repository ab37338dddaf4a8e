import { expect, it } from 'vitest';
import { formatReturn, layOut, shortCount, shorten, totalWidth, wrapWords } from './text.js';

it('lays columns out, numbers at the right', () => {
  const columns = [
    { title: 'run', cells: ['a', 'longer'] },
    { title: 'steps', cells: ['1', '1,000,000'], alignRight: true },
  ];
  expect(layOut(columns)).toEqual(['run         steps', 'a               1', 'longer  1,000,000']);
  expect(totalWidth(columns)).toBe(17);
  expect(layOut([{ title: '', cells: ['a', 'b'] }])).toEqual(['a', 'b']);
});

it('cuts what is too long and says so', () => {
  expect(shorten('four', 4)).toBe('four');
  expect(shorten('runs/hopper', 8)).toBe('runs/ho…');
  expect(shorten('runs/hopper', 8, 'beginning')).toBe('…/hopper');
});

it('breaks lines at words, and words where there is no other way', () => {
  expect(wrapWords('one two three', 8)).toEqual(['one two', '  three']);
  expect(wrapWords('one', 8)).toEqual(['one']);
  expect(wrapWords('a runs/very/long/path b', 10)).toEqual(['a', '…long/path', '  b']);
});

it('writes steps and returns in few characters', () => {
  expect([2_000_896, 1_204_224, 501_760, 20_480, 512, 0].map(shortCount)).toEqual([
    '2M',
    '1.2M',
    '502k',
    '20.5k',
    '512',
    '0',
  ]);
  expect([1234.56, -0.04, undefined, Number.NaN].map(formatReturn)).toEqual(['1,234.6', '0.0', '-', '-']);
});
