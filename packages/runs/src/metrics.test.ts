import { FileError, InvalidInputError } from '@mikt/core';
import { describe, expect, it } from 'vitest';
import { cutTable, formatCell, formatHeader, formatRow, parseEpisodes, parseMetrics } from './metrics.js';

describe('metrics', () => {
  it('writes numbers so that the same ones are read, bit for bit', () => {
    const values = [
      0,
      -0,
      1,
      0.1,
      1 / 3,
      1e21,
      5e-324,
      -1.7976931348623157e308,
      2 ** 53,
      Infinity,
      -Infinity,
    ];
    const names = values.map((_, index) => `c${index}`);
    const columns = parseMetrics(formatHeader(names) + formatRow(values));
    values.forEach((value, index) => {
      expect(Object.is(columns[`c${index}`]![0], value), String(value)).toBe(true);
    });
  });

  it('writes the shortest form, and nothing for what is not there', () => {
    expect([0.1, 1e-7, 100, undefined, Number.NaN].map(formatCell)).toEqual(['0.1', '1e-7', '100', '', '']);
  });

  it('reads an empty cell as NaN', () => {
    expect(parseMetrics('steps,loss,mixing/policy/1\n2048,,0.5\n4096,1.5,\n')).toEqual({
      steps: new Float64Array([2048, 4096]),
      loss: new Float64Array([Number.NaN, 1.5]),
      'mixing/policy/1': new Float64Array([0.5, Number.NaN]),
    });
  });

  it('leaves out a last line that was being written, wherever it was torn', () => {
    const whole = 'steps,loss\n2048,0.5\n';
    const torn = `${whole}4096,0.25\n`;
    for (let length = whole.length; length < torn.length; length++) {
      expect(parseMetrics(torn.slice(0, length)).steps).toEqual(new Float64Array([2048]));
    }
    expect(parseMetrics('steps,lo')).toEqual({});
    expect(parseMetrics('')).toEqual({});
  });

  it.each([
    ['a row of another length', 'steps,loss\n1,2\n1\n', 'line 3 has 1 cells for 2 columns'],
    ['text for a number', 'steps,loss\n1,abc\n', 'line 2 has "abc" for a number'],
    ['zero bytes', 'steps,loss\n1,2\n\0\0,\0\n', 'line 3 has'],
    ['hexadecimal, which Number would take', 'steps\n0x10\n', 'line 2 has "0x10"'],
    ['a header that is not names', 'steps,\n', 'line 1 does not name the columns'],
    ['a column twice', 'a,a\n', 'line 1 does not name the columns'],
  ])('refuses %s, naming the line', (_, text, problem) => {
    expect(() => parseMetrics(text, 'runs/a/metrics.csv')).toThrow(FileError);
    expect(() => parseMetrics(text, 'runs/a/metrics.csv')).toThrow(problem);
  });

  it('reads episodes in order, and refuses another table', () => {
    expect(parseEpisodes('steps,return,length\n96,-3.5,12\n120,7,1000\n')).toEqual({
      steps: new Float64Array([96, 120]),
      return: new Float64Array([-3.5, 7]),
      length: new Float64Array([12, 1000]),
    });
    expect(() => parseEpisodes('steps,score\n1,2\n')).toThrow('its columns are steps,score');
    expect(parseEpisodes('').steps).toHaveLength(0);
  });

  it('cuts rows past a checkpoint and a torn end, and keeps the other bytes as they are', () => {
    const text = 'update,steps\n0,2048\n1,4096\n2,6144\n3,81';
    expect(cutTable(text, 4096, 'x')).toEqual({
      columns: ['update', 'steps'],
      text: 'update,steps\n0,2048\n1,4096\n',
      rowsCut: 1,
    });
    expect(cutTable(text, 0, 'x').text).toBe('update,steps\n');
    expect(() => cutTable('update\n1\n', 1, 'x')).toThrow('has no column "steps"');
  });

  it('refuses column names that a CSV file cannot hold', () => {
    expect(() => formatHeader(['a,b'])).toThrow(InvalidInputError);
    expect(() => formatHeader(['a', 'a'])).toThrow('the column "a" is there twice.');
  });
});
