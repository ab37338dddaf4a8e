import { FileError, InvalidInputError } from '@mikt/core';
import { describe, expect, it } from 'vitest';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './checkpoint.js';
import { decodeSafetensors, encodeSafetensors } from './safetensors.js';

const checkpoint: Checkpoint = {
  header: { env: 'Ant', counters: { steps: 2048, update: 1 }, rng: [1, 2, 3], note: null },
  tensors: {
    'policy/0': { shape: [2, 2], data: new Float32Array([1, -2, 3, Number.NaN]) },
    variance: { shape: [1], data: new Float64Array([0.1]) },
  },
};

describe('checkpoint', () => {
  it('round-trips header and tensors', () => {
    const decoded = decodeCheckpoint(encodeCheckpoint(checkpoint), 'x');
    expect(decoded.tensors).toEqual(checkpoint.tensors);
    expect(decoded.header).toEqual({ ...checkpoint.header, format: 'mikt-checkpoint', formatVersion: 1 });
  });

  it('round-trips what it has read, to the same bytes', () => {
    const bytes = encodeCheckpoint(checkpoint);
    expect(encodeCheckpoint(decodeCheckpoint(bytes, 'x'))).toEqual(bytes);
  });

  it('has a fingerprint that changes with the header and with the tensors, and with nothing else', () => {
    const fingerprint = (changed: Partial<Checkpoint>) =>
      decodeCheckpoint(encodeCheckpoint({ ...checkpoint, ...changed }), 'x').sha256;
    const reversed = Object.fromEntries(Object.entries(checkpoint.tensors).reverse());
    expect(fingerprint({ tensors: reversed })).toBe(fingerprint({}));
    expect(fingerprint({ header: { ...checkpoint.header, env: 'Hopper' } })).not.toBe(fingerprint({}));
    const reshaped = {
      ...checkpoint.tensors,
      'policy/0': { ...checkpoint.tensors['policy/0']!, shape: [4] },
    };
    expect(fingerprint({ tensors: reshaped })).not.toBe(fingerprint({}));
  });

  it('never reads a file with a flipped bit, at any position', () => {
    const bytes = encodeCheckpoint(checkpoint);
    for (let position = 0; position < bytes.length; position++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = bytes.slice();
        flipped[position]! ^= 1 << bit;
        expect(() => decodeCheckpoint(flipped, 'x'), `byte ${position}, bit ${bit}`).toThrow(FileError);
      }
    }
  });

  it('never reads a file cut short, at any length', () => {
    const bytes = encodeCheckpoint(checkpoint);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeCheckpoint(bytes.subarray(0, length), 'x'), `${length} bytes`).toThrow(FileError);
    }
  });

  const withHeader = (header: unknown) =>
    encodeSafetensors({ tensors: {}, metadata: { mikt: JSON.stringify(header) } });
  it.each([
    [
      'another safetensors file',
      encodeSafetensors({ tensors: checkpoint.tensors, metadata: {} }),
      'not a mikt checkpoint',
    ],
    [
      'a newer format',
      withHeader({ format: 'mikt-checkpoint', formatVersion: 2 }),
      'reads format 1. Use the version',
    ],
    ['another format', withHeader({ format: 'other', formatVersion: 1 }), 'does not say "mikt-checkpoint"'],
    ['an empty header', withHeader(null), 'does not say "mikt-checkpoint"'],
    [
      'a missing checksum',
      withHeader({ format: 'mikt-checkpoint', formatVersion: 1 }),
      'do not match its checksum',
    ],
    ['a header that is not JSON', encodeSafetensors({ tensors: {}, metadata: { mikt: '{' } }), 'is not JSON'],
  ])('refuses %s', (_, bytes, problem) => {
    expect(() => decodeCheckpoint(bytes, 'x.safetensors')).toThrow(FileError);
    expect(() => decodeCheckpoint(bytes, 'x.safetensors')).toThrow(problem);
  });

  it('survives being rewritten by another safetensors tool', () => {
    const { tensors, metadata } = decodeSafetensors(encodeCheckpoint(checkpoint), 'x');
    const rewritten = encodeSafetensors({ tensors, metadata: { ...metadata, by: 'another tool' } });
    expect(decodeCheckpoint(rewritten, 'x').tensors).toEqual(checkpoint.tensors);
  });

  it.each([
    ['NaN', { a: { b: [1, Number.NaN] } }, 'header.a.b[1] is NaN'],
    [
      'an array of numbers that JSON has no form for',
      { a: new Float32Array(1) },
      'header.a is a Float32Array',
    ],
    ['a function', { a: () => 1 }, 'header.a is'],
  ])('refuses a header with %s', (_, header, problem) => {
    expect(() => encodeCheckpoint({ header, tensors: {} })).toThrow(InvalidInputError);
    expect(() => encodeCheckpoint({ header, tensors: {} })).toThrow(problem);
  });
});
