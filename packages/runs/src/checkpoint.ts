import { FileError, InvalidInputError } from '@mikt/core';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import {
  bytesOf,
  compareText,
  decodeSafetensors,
  dtypeOf,
  encodeSafetensors,
  type NamedTensors,
} from './safetensors.js';

export const CHECKPOINT_FORMAT = 'mikt-checkpoint';
export const CHECKPOINT_FORMAT_VERSION = 1;

/**
 * What a checkpoint says about its tensors: plain JSON data. This package adds and checks `format` and
 * `formatVersion`; the rest belongs to whoever writes it. JSON has one zero and no NaN: numbers whose bits
 * matter go into tensors.
 */
export type CheckpointHeader = Readonly<Record<string, unknown>>;

export interface Checkpoint {
  readonly header: CheckpointHeader;
  readonly tensors: NamedTensors;
}

export interface DecodedCheckpoint extends Checkpoint {
  /** SHA-256 of header and tensors, as 64 hexadecimal digits: equal where, and only where, the contents are. */
  readonly sha256: string;
}

const HEADER_KEY = 'mikt';
const DIGEST_KEY = 'mikt_sha256';

/**
 * A checkpoint as the bytes of a safetensors file; the same contents give the same bytes.
 * @throws InvalidInputError where the header is not JSON data or a tensor does not fit its shape
 */
export function encodeCheckpoint({ header, tensors }: Checkpoint): Uint8Array {
  checkJson(header, 'header');
  const json = JSON.stringify({
    ...header,
    format: CHECKPOINT_FORMAT,
    formatVersion: CHECKPOINT_FORMAT_VERSION,
  });
  return encodeSafetensors({
    tensors,
    metadata: { [HEADER_KEY]: json, [DIGEST_KEY]: digest(json, tensors) },
  });
}

/**
 * Reads what `encodeCheckpoint` wrote. Reading runs no code, and every byte that matters is covered by a checksum.
 * @param path names the file in errors
 * @throws FileError where the file is damaged, no checkpoint, or of a newer format
 */
export function decodeCheckpoint(bytes: Uint8Array, path: string): DecodedCheckpoint {
  const { tensors, metadata } = decodeSafetensors(bytes, path);
  const json = Object.hasOwn(metadata, HEADER_KEY) ? metadata[HEADER_KEY] : undefined;
  if (json === undefined) {
    throw new FileError(
      path,
      `is a safetensors file, but not a mikt checkpoint (no "${HEADER_KEY}" metadata).`,
    );
  }
  const header = parseHeader(json, path);
  const sha = digest(json, tensors);
  if (metadata[DIGEST_KEY] !== sha) {
    throw new FileError(path, 'its contents do not match its checksum; the file is damaged.');
  }
  return { header, tensors, sha256: sha };
}

function parseHeader(json: string, path: string): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(json);
  } catch (cause) {
    throw new FileError(path, 'its checkpoint header is not JSON; the file is damaged.', { cause });
  }
  const { format, formatVersion } = (header ?? {}) as Record<string, unknown>;
  if (format !== CHECKPOINT_FORMAT || !Number.isSafeInteger(formatVersion)) {
    throw new FileError(
      path,
      `its checkpoint header does not say "${CHECKPOINT_FORMAT}"; the file is damaged.`,
    );
  }
  if (formatVersion !== CHECKPOINT_FORMAT_VERSION) {
    throw new FileError(
      path,
      `is a checkpoint of format ${formatVersion}; this version of mikt reads format ` +
        `${CHECKPOINT_FORMAT_VERSION}. Use the version that wrote it, or a newer one.`,
    );
  }
  return header as Record<string, unknown>;
}

/** Over contents, not file bytes: rewriting the file with another safetensors tool keeps it. */
function digest(json: string, tensors: NamedTensors): string {
  const hash = sha256.create();
  const addText = (text: string) => {
    const bytes = utf8ToBytes(text);
    // The length in front keeps two texts from running into each other.
    hash.update(utf8ToBytes(`${bytes.length}:`)).update(bytes);
  };
  addText(json);
  for (const [name, { shape, data }] of Object.entries(tensors).sort(([a], [b]) => compareText(a, b))) {
    addText(JSON.stringify([name, dtypeOf(data), shape]));
    hash.update(bytesOf(data));
  }
  return bytesToHex(hash.digest());
}

/** What JSON.stringify would change without a word (NaN, functions, class instances) is an error here. */
function checkJson(value: unknown, where: string): void {
  if (value === null || value === undefined || typeof value === 'string' || typeof value === 'boolean')
    return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  if (Array.isArray(value)) {
    value.forEach((item, index) => {
      if (item === undefined) throw new InvalidInputError(`${where}[${index}] is undefined, not JSON data.`);
      checkJson(item, `${where}[${index}]`);
    });
    return;
  }
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    for (const [key, item] of Object.entries(value)) checkJson(item, `${where}.${key}`);
    return;
  }
  throw new InvalidInputError(
    `${where} is ${describe(value)}, not JSON data; numbers like this go into tensors.`,
  );
}

function describe(value: unknown): string {
  return typeof value === 'object' ? `a ${value?.constructor?.name ?? 'bare object'}` : String(value);
}
