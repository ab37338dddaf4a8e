import { expect, it } from 'vitest';
import {
  escapeText,
  formatCount,
  formatReturn,
  formatSeconds,
  formatSigned,
  listOf,
  plural,
  shellCommand,
  slug,
} from './format.js';

it('writes returns with separators and one decimal, and a dash where there is none', () => {
  expect([1085, 1234567.891, -12.34, -0.04, 0].map(formatReturn)).toEqual([
    '1,085.0',
    '1,234,567.9',
    '−12.3',
    '0.0',
    '0.0',
  ]);
  expect([undefined, Number.NaN].map(formatReturn)).toEqual(['–', '–']);
});

it('writes differences with their sign', () => {
  expect([308.24, -51, 0.04, -0.04, Number.NaN].map((value) => formatSigned(value))).toEqual([
    '+308.2',
    '−51.0',
    '0.0',
    '0.0',
    '–',
  ]);
  expect(formatSigned(-12_345.6, 0)).toBe('−12,346');
});

it('writes counts, times and lists', () => {
  expect(formatCount(500_000)).toBe('500,000');
  expect([8.34, 187, 7500, 3_599.7, undefined].map(formatSeconds)).toEqual([
    '8.3 s',
    '3 min 07 s',
    '2 h 05 min',
    '1 h 00 min',
    '–',
  ]);
  expect([plural(1, 'seed'), plural(1200, 'seed')]).toEqual(['1 seed', '1,200 seeds']);
  expect([listOf([]), listOf(['a']), listOf(['a', 'b']), listOf(['a', 'b', 'c'])]).toEqual([
    '',
    'a',
    'a and b',
    'a, b and c',
  ]);
});

it('quotes a command for the shell', () => {
  expect(shellCommand(['mikt', 'train', 'Ant', '--set', 'a=1'])).toBe('mikt train Ant --set a=1');
  expect(shellCommand(['mikt', 'my run', "it's", '$(x)', ''])).toBe(`mikt 'my run' 'it'\\''s' '$(x)' ''`);
});

it('escapes text for HTML and attributes, and takes out what XML cannot hold', () => {
  expect(escapeText(`<b a="1" b='2'>&\u0001`)).toBe('&lt;b a=&quot;1&quot; b=&#39;2&#39;&gt;&amp;\ufffd');
});

it('makes file names', () => {
  expect([slug('MIKT from CentipedeFour (a 1)'), slug('../../x'), slug('日本')]).toEqual([
    'mikt-from-centipedefour-a-1',
    'x',
    'unnamed',
  ]);
});
