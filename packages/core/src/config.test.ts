import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { describeConfig, parseAssignments, parseConfig, parseNumber } from './config.js';
import { InvalidInputError, UnknownNameError } from './errors.js';

const schema = z.strictObject({
  learningRate: z.number().positive().default(3e-4).describe('step size of Adam'),
  epochs: z.int().min(1).default(10).describe('passes over the transitions of an update'),
});

describe('parseConfig', () => {
  it('fills in defaults', () => {
    expect(parseConfig(schema, { epochs: 3 })).toEqual({ learningRate: 3e-4, epochs: 3 });
  });

  it('names an unknown key and suggests the nearest', () => {
    expect(() => parseConfig(schema, { learningrat: 1 })).toThrow(
      /unknown key "learningrat"; did you mean "learningRate"\?/,
    );
  });

  it('names the key, what was got and what is allowed', () => {
    expect(() => parseConfig(schema, { epochs: 0 })).toThrow(/epochs: .*>=1.*got 0/);
    expect(() => parseConfig(schema, { epochs: 'many' })).toThrow(InvalidInputError);
  });
});

it('reads numbers as people write them', () => {
  expect(['2e6', '2_000_000', '0.5', '-3', '.5'].map(parseNumber)).toEqual([2e6, 2e6, 0.5, -3, 0.5]);
  expect(['', 'two', '1__0', '0x10', '1e', 'NaN'].map(parseNumber)).toEqual(Array(6).fill(undefined));
});

it('reads key=value words', () => {
  expect(parseAssignments(['a=2e6', 'b=true', 'c=[64,64]', 'd=x=y'])).toEqual({
    a: 2e6,
    b: true,
    c: [64, 64],
    d: 'x=y',
  });
  expect(() => parseAssignments(['novalue'])).toThrow(/key=value, got "novalue"/);
});

it('swallows no key, whatever it is called', () => {
  const read = parseAssignments(['__proto__=1', 'a=2']);
  expect(Object.keys(read)).toEqual(['__proto__', 'a']);
  expect(() => parseConfig(schema, read)).toThrow(/unknown key "__proto__"/);
});

it('shows what it got, however large or deep', () => {
  let deep: unknown = [];
  for (let i = 0; i < 20_000; i++) deep = [deep];
  expect(() => parseConfig(schema, { epochs: deep })).toThrow(/epochs: .*got a list that cannot be shown\./);
  const long = captured(() => parseConfig(schema, { epochs: 'a'.repeat(100_000) })).message;
  expect(long).toMatch(/^configuration: epochs: .*a \[…\] a+"\.$/);
  expect(long.length).toBeLessThan(2100);
});

function captured(act: () => unknown): Error {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

it('describes a configuration from its schema', () => {
  expect(describeConfig(schema)[1]).toEqual({
    key: 'epochs',
    default: 10,
    description: 'passes over the transitions of an update',
  });
});

it('suggests the nearest name, and nothing for a far one', () => {
  expect(new UnknownNameError('environment', 'centipedfour', ['CentipedeFour', 'Ant']).message).toContain(
    'did you mean "CentipedeFour"?',
  );
  expect(new UnknownNameError('environment', 'Walker', ['CentipedeFour', 'Ant']).message).not.toContain(
    'did you mean',
  );
});
