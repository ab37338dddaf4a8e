import { readFileSync } from 'node:fs';
import { FileError, InvalidInputError } from '@mikt/core';
import { describe, expect, it } from 'vitest';
import { decodeSafetensors, encodeSafetensors, type NamedTensors } from './safetensors.js';

const tensors: NamedTensors = {
  'policy/weights': { shape: [2, 3], data: new Float32Array([1.5, -2, 3.25, -0, Number.NaN, 4e5]) },
  'normaliser/mean': { shape: [2], data: new Float64Array([0.1, -0.2]) },
  counter: { shape: [], data: new Uint32Array([4_294_967_295]) },
  shift: { shape: [2], data: new Int32Array([-1, 2]) },
  bytes: { shape: [3], data: new Uint8Array([1, 2, 255]) },
  nothing: { shape: [0, 4], data: new Float32Array(0) },
};

/** A file with this header text and this many bytes of data. */
function fileOf(header: string, dataBytes: number): Uint8Array {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

describe('safetensors', () => {
  it('round-trips every number type, shape and metadata, bit for bit', () => {
    const decoded = decodeSafetensors(
      encodeSafetensors({ tensors, metadata: { a: 'é"\n', b: '' } }),
      'x.safetensors',
    );
    expect(decoded).toEqual({ tensors, metadata: { a: 'é"\n', b: '' } });
    expect(Object.is(decoded.tensors['policy/weights']!.data[3], -0)).toBe(true);
  });

  it('reads a file that the Python package wrote', () => {
    // safetensors 0.8.0, numpy 2.4.6:
    // save_file({"weights": np.array([[1.5, -2.0, 3.25], [0.0, 1e-3, 4e5]], np.float32),
    //   "bias": np.array([0.1, -0.2]), "counter": np.array(7, np.uint32), "shift": np.array([-1, 2], np.int32),
    //   "bytes": np.array([1, 2, 255], np.uint8)}, "golden.safetensors", metadata={"made by": "safetensors 0.8.0"})
    const bytes = readFileSync(new URL('../testdata/golden.safetensors', import.meta.url));
    expect(decodeSafetensors(bytes, 'golden.safetensors')).toEqual({
      tensors: {
        weights: { shape: [2, 3], data: new Float32Array([1.5, -2, 3.25, 0, 1e-3, 4e5]) },
        bias: { shape: [2], data: new Float64Array([0.1, -0.2]) },
        counter: { shape: [], data: new Uint32Array([7]) },
        shift: { shape: [2], data: new Int32Array([-1, 2]) },
        bytes: { shape: [3], data: new Uint8Array([1, 2, 255]) },
      },
      metadata: { 'made by': 'safetensors 0.8.0' },
    });
  });

  it('gives the same bytes whatever the order of tensors and metadata', () => {
    const reversed = Object.fromEntries(Object.entries(tensors).reverse());
    expect(encodeSafetensors({ tensors: reversed, metadata: { b: '2', a: '1' } })).toEqual(
      encodeSafetensors({ tensors, metadata: { a: '1', b: '2' } }),
    );
  });

  it('starts the data at a multiple of 8, and reads views where it is aligned and copies elsewhere', () => {
    const bytes = encodeSafetensors({ tensors, metadata: {} });
    const dataStart = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(dataStart % 8).toBe(0);
    const aligned = decodeSafetensors(bytes, 'x').tensors;
    expect(Object.values(aligned).every(({ data }) => data.buffer === bytes.buffer)).toBe(true);
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    expect(decodeSafetensors(shifted.subarray(1), 'x').tensors).toEqual(tensors);
  });

  it('refuses to write a tensor that does not fill its shape', () => {
    const wrong = { a: { shape: [2, 2], data: new Float32Array(3) } };
    expect(() => encodeSafetensors({ tensors: wrong, metadata: {} })).toThrow(InvalidInputError);
    expect(() => encodeSafetensors({ tensors: wrong, metadata: {} })).toThrow(
      'tensor "a": shape [2, 2] does not hold 3 values.',
    );
  });

  it('finds a file cut short at any length', () => {
    const bytes = encodeSafetensors({ tensors, metadata: { a: '1' } });
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeSafetensors(bytes.subarray(0, length), 'cut'), `${length} bytes`).toThrow(FileError);
    }
  });

  const f32 = (offsets: string, shape = '[1]', dtype = '"F32"') =>
    `{"dtype":${dtype},"shape":${shape},"data_offsets":${offsets}}`;
  it.each([
    [
      'a header longer than the file',
      Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 127, 1),
      'header should be',
    ],
    ['a header that is not UTF-8', fileOf('{}', 0).fill(0xff, 8), 'not JSON'],
    ['a header that is not JSON', fileOf('{"a":', 0), 'not JSON'],
    ['a header that is a list', fileOf('[]', 0), 'not a JSON object'],
    ['metadata that is not text', fileOf('{"__metadata__":{"a":1}}', 0), '__metadata__'],
    ['an entry that is not an object', fileOf('{"a":7}', 0), 'not an object'],
    ['an unknown dtype', fileOf(`{"a":${f32('[0,2]', '[1]', '"F16"')}}`, 2), 'has dtype "F16"'],
    ['a dtype of the prototype', fileOf(`{"a":${f32('[0,2]', '[1]', '"toString"')}}`, 2), 'has dtype'],
    ['a negative size', fileOf(`{"a":${f32('[0,4]', '[-1]')}}`, 4), 'its shape is [-1]'],
    ['a fractional offset', fileOf(`{"a":${f32('[0,4.5]')}}`, 8), 'its offsets are'],
    ['offsets the wrong way round', fileOf(`{"a":${f32('[4,0]')}}`, 4), 'outside the 4'],
    ['offsets outside the file', fileOf(`{"a":${f32('[0,8]', '[2]')}}`, 4), 'outside the 4'],
    ['a shape that does not fill its bytes', fileOf(`{"a":${f32('[0,4]', '[2]')}}`, 4), 'does not fill'],
    [
      'an enormous shape',
      fileOf(`{"a":${f32('[0,4]', '[9007199254740991,9007199254740991]')}}`, 4),
      'does not fill',
    ],
    ['overlapping tensors', fileOf(`{"a":${f32('[0,4]')},"b":${f32('[0,4]')}}`, 4), 'overlaps'],
    ['a hole between tensors', fileOf(`{"a":${f32('[0,4]')},"b":${f32('[8,12]')}}`, 12), 'leaves a hole'],
    ['bytes after the tensors', fileOf(`{"a":${f32('[0,4]')}}`, 5), 'take 4 bytes and 5 are there'],
  ])('refuses %s', (_, bytes, problem) => {
    expect(() => decodeSafetensors(bytes, 'bad.safetensors')).toThrow(FileError);
    expect(() => decodeSafetensors(bytes, 'bad.safetensors')).toThrow(problem);
    expect(() => decodeSafetensors(bytes, 'bad.safetensors')).toThrow('bad.safetensors: ');
  });
});
