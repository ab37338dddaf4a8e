import { describeValue, FileError, InvalidInputError } from '@mikt/core';

/** The number types of a tensor; each is one safetensors dtype. */
export type TensorData = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

/** A tensor's values in row-major order; `data.length` is the product of `shape` (1 for a scalar, `[]`). */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export type NamedTensors = Readonly<Record<string, StoredTensor>>;

export interface Safetensors {
  readonly tensors: NamedTensors;
  /** The file's `__metadata__`; empty where it has none. */
  readonly metadata: Readonly<Record<string, string>>;
}

interface Dtype {
  readonly bytes: number;
  readonly view: (buffer: ArrayBuffer, byteOffset: number, length: number) => TensorData;
}

const DTYPES: Readonly<Record<string, Dtype>> = {
  F64: { bytes: 8, view: (buffer, offset, length) => new Float64Array(buffer, offset, length) },
  F32: { bytes: 4, view: (buffer, offset, length) => new Float32Array(buffer, offset, length) },
  I32: { bytes: 4, view: (buffer, offset, length) => new Int32Array(buffer, offset, length) },
  U32: { bytes: 4, view: (buffer, offset, length) => new Uint32Array(buffer, offset, length) },
  U8: { bytes: 1, view: (buffer, offset, length) => new Uint8Array(buffer, offset, length) },
};

const METADATA = '__metadata__';
const PREFIX_BYTES = 8;
/** The reference implementation's limit. */
const MAX_HEADER_BYTES = 100_000_000;

/** The safetensors name of an array's number type. */
export function dtypeOf(data: TensorData): string {
  if (data instanceof Float64Array) return 'F64';
  if (data instanceof Float32Array) return 'F32';
  if (data instanceof Int32Array) return 'I32';
  if (data instanceof Uint32Array) return 'U32';
  return 'U8';
}

/**
 * A safetensors file (little-endian, as every platform with WebAssembly is). The same tensors and metadata give
 * the same bytes whatever their order: widest type first, then by name, so that every tensor is aligned.
 * @throws InvalidInputError where a tensor's length is not the product of its shape
 */
export function encodeSafetensors({ tensors, metadata }: Safetensors): Uint8Array {
  const entries = Object.entries(tensors).sort(
    ([nameA, a], [nameB, b]) =>
      b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT || compareText(nameA, nameB),
  );
  const table: [string, unknown][] = [];
  const sortedMetadata = Object.entries(metadata).sort(([a], [b]) => compareText(a, b));
  if (sortedMetadata.length > 0) table.push([METADATA, Object.fromEntries(sortedMetadata)]);
  let end = 0;
  for (const [name, { shape, data }] of entries) {
    if (name === METADATA) throw new InvalidInputError(`a tensor cannot be named "${METADATA}".`);
    if (elementCount(shape) !== data.length) {
      throw new InvalidInputError(
        `tensor "${name}": shape [${shape.join(', ')}] does not hold ${data.length} values.`,
      );
    }
    const begin = end;
    end += data.byteLength;
    table.push([name, { dtype: dtypeOf(data), shape, data_offsets: [begin, end] }]);
  }

  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(table)));
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const dataStart = PREFIX_BYTES + headerBytes;
  const bytes = new Uint8Array(dataStart + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true);
  bytes.fill(0x20, PREFIX_BYTES, dataStart);
  bytes.set(json, PREFIX_BYTES);
  let offset = dataStart;
  for (const [, { data }] of entries) {
    bytes.set(bytesOf(data), offset);
    offset += data.byteLength;
  }
  return bytes;
}

/**
 * Reads a safetensors file of the dtypes F64, F32, I32, U32 and U8. Nothing in it is trusted: every length is
 * checked against the bytes that are there before anything is allocated.
 *
 * Tensors are views of `bytes` where they are aligned, copies otherwise.
 * @param path names the file in errors
 * @throws FileError saying what is wrong
 */
export function decodeSafetensors(bytes: Uint8Array, path: string): Safetensors {
  const header = parseHeader(bytes, path);
  const dataStart = header.dataStart;
  const dataBytes = bytes.length - dataStart;
  let metadata: Record<string, string> = {};
  const entries: { name: string; dtype: Dtype; shape: number[]; begin: number; end: number }[] = [];
  for (const [name, entry] of Object.entries(header.table)) {
    if (name === METADATA) {
      if (!isRecord(entry) || !Object.values(entry).every((value) => typeof value === 'string')) {
        throw new FileError(path, `${METADATA} is not a table of text; the file is damaged.`);
      }
      metadata = entry as Record<string, string>;
    } else {
      entries.push({ name, ...parseEntry(name, entry, dataBytes, path) });
    }
  }

  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  const tensors = entries.map(({ name, dtype, shape, begin, end }): [string, StoredTensor] => {
    if (begin !== covered) {
      const problem = begin < covered ? 'overlaps the tensor before it' : 'leaves a hole before it';
      throw new FileError(path, `tensor "${name}" ${problem}; the file is damaged.`);
    }
    covered = end;
    const start = bytes.byteOffset + dataStart + begin;
    const length = (end - begin) / dtype.bytes;
    const aligned = start % dtype.bytes === 0 && bytes.buffer instanceof ArrayBuffer;
    const data = aligned
      ? dtype.view(bytes.buffer as ArrayBuffer, start, length)
      : dtype.view(copyBuffer(bytes, dataStart + begin, dataStart + end), 0, length);
    return [name, { shape, data }];
  });
  if (covered !== dataBytes) {
    throw new FileError(
      path,
      `its tensors take ${covered} bytes and ${dataBytes} are there; the file is damaged.`,
    );
  }
  return { tensors: Object.fromEntries(tensors), metadata };
}

/** The bytes of an array, without a copy. */
export function bytesOf(data: TensorData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Order by UTF-16 code units: the same on every machine, unlike a locale's. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function parseHeader(bytes: Uint8Array, path: string): { table: Record<string, unknown>; dataStart: number } {
  if (bytes.length < PREFIX_BYTES) {
    throw new FileError(path, `is too short for a safetensors file (${bytes.length} bytes).`);
  }
  const declared = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  const available = bytes.length - PREFIX_BYTES;
  if (declared > BigInt(Math.min(available, MAX_HEADER_BYTES))) {
    throw new FileError(
      path,
      `is cut short or not a safetensors file: its header should be ${declared} bytes and ${available} are left.`,
    );
  }
  const dataStart = PREFIX_BYTES + Number(declared);
  let table: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      bytes.subarray(PREFIX_BYTES, dataStart),
    );
    table = JSON.parse(text);
  } catch (cause) {
    throw new FileError(path, 'its header is not JSON; the file is damaged or not a safetensors file.', {
      cause,
    });
  }
  if (!isRecord(table)) throw new FileError(path, 'its header is not a JSON object; the file is damaged.');
  return { table, dataStart };
}

function parseEntry(
  name: string,
  entry: unknown,
  dataBytes: number,
  path: string,
): { dtype: Dtype; shape: number[]; begin: number; end: number } {
  const damaged = (problem: string) => new FileError(path, `tensor "${name}": ${problem}.`);
  if (!isRecord(entry)) throw damaged('its entry is not an object; the file is damaged');
  const { dtype: dtypeName, shape, data_offsets: offsets } = entry;
  const dtype =
    typeof dtypeName === 'string' && Object.hasOwn(DTYPES, dtypeName) ? DTYPES[dtypeName] : undefined;
  if (dtype === undefined) {
    throw damaged(
      `has dtype ${describeValue(dtypeName)}; the ones read here are ${Object.keys(DTYPES).join(', ')}`,
    );
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) {
    throw damaged(`its shape is ${describeValue(shape)}, not a list of sizes; the file is damaged`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw damaged(`its offsets are ${describeValue(offsets)}, not two positions; the file is damaged`);
  }
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > dataBytes) {
    throw damaged(`its bytes ${begin} to ${end} are outside the ${dataBytes} that are there; cut short?`);
  }
  // A product beyond 2^53 is not exact, but is then larger than any file.
  if (elementCount(shape) * dtype.bytes !== end - begin) {
    throw damaged(`shape [${shape.join(', ')}] does not fill its ${end - begin} bytes; the file is damaged`);
  }
  return { dtype, shape, begin, end };
}

function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function copyBuffer(bytes: Uint8Array, begin: number, end: number): ArrayBuffer {
  const copy = new ArrayBuffer(end - begin);
  new Uint8Array(copy).set(bytes.subarray(begin, end));
  return copy;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
