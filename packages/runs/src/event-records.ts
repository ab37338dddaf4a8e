import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { FileError } from '@mikt/core';

/** One record of a TensorBoard event file (`tensorflow.Event`, the fields used here). */
export interface EventRecord {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  /** The first record's format name, `brain.Event:2`. */
  readonly fileVersion?: string;
  /** Values by tag, as 32-bit floats. */
  readonly scalars?: Readonly<Record<string, number>>;
  /** A process starts writing at `step`: TensorBoard then drops what earlier files say of that step and later. */
  readonly sessionStart?: true;
}

export const EVENT_FILE_VERSION = 'brain.Event:2';

// Field numbers of event.proto and summary.proto.
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5, sessionLog: 7 } as const;
const SUMMARY = { value: 1 } as const;
const VALUE = { tag: 1, simpleValue: 2 } as const;
const SESSION_LOG = { status: 1 } as const;
const SESSION_START = 1;

const HEADER_BYTES = 12;
const FOOTER_BYTES = 4;

/** A record as it stands in an event file: a TFRecord (length, its checksum, data, its checksum). */
export function encodeEvent(event: EventRecord): Uint8Array {
  const data = encodeMessage(event);
  const record = new Uint8Array(HEADER_BYTES + data.length + FOOTER_BYTES);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(record.subarray(0, 8)), true);
  record.set(data, HEADER_BYTES);
  view.setUint32(HEADER_BYTES + data.length, maskedCrc32c(data), true);
  return record;
}

/**
 * The records of an event file. A last record that is not all there was being written: it is left out.
 * @param path names the file in errors
 * @throws FileError where a checksum does not match
 */
export function decodeEvents(bytes: Uint8Array, path: string): EventRecord[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const events: EventRecord[] = [];
  let offset = 0;
  while (offset + HEADER_BYTES <= bytes.length) {
    if (view.getUint32(offset + 8, true) !== maskedCrc32c(bytes.subarray(offset, offset + 8))) {
      throw new FileError(path, `record ${events.length + 1}: its length is damaged.`);
    }
    const length = Number(view.getBigUint64(offset, true));
    const start = offset + HEADER_BYTES;
    if (start + length + FOOTER_BYTES > bytes.length) break;
    const data = bytes.subarray(start, start + length);
    if (view.getUint32(start + length, true) !== maskedCrc32c(data)) {
      throw new FileError(path, `record ${events.length + 1}: its data is damaged.`);
    }
    events.push(decodeMessage(data));
    offset = start + length + FOOTER_BYTES;
  }
  return events;
}

function encodeMessage({ wallTime, step, fileVersion, scalars, sessionStart }: EventRecord): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(EVENT.wallTime, WireType.Bit64).double(wallTime);
  writer.tag(EVENT.step, WireType.Varint).int64(step);
  if (fileVersion !== undefined) writer.tag(EVENT.fileVersion, WireType.LengthDelimited).string(fileVersion);
  if (scalars !== undefined) {
    writer.tag(EVENT.summary, WireType.LengthDelimited).fork();
    for (const [tag, value] of Object.entries(scalars)) {
      writer.tag(SUMMARY.value, WireType.LengthDelimited).fork();
      writer.tag(VALUE.tag, WireType.LengthDelimited).string(tag);
      // Beyond float32 the protobuf writer refuses; infinity is what the cast would give.
      writer.tag(VALUE.simpleValue, WireType.Bit32).float(Math.fround(value));
      writer.join();
    }
    writer.join();
  }
  if (sessionStart) {
    writer.tag(EVENT.sessionLog, WireType.LengthDelimited).fork();
    writer.tag(SESSION_LOG.status, WireType.Varint).int32(SESSION_START);
    writer.join();
  }
  return writer.finish();
}

function decodeMessage(data: Uint8Array): EventRecord {
  let event: EventRecord = { wallTime: 0, step: 0 };
  eachField(data, (field, reader, type) => {
    if (field === EVENT.wallTime) event = { ...event, wallTime: reader.double() };
    else if (field === EVENT.step) event = { ...event, step: Number(reader.int64()) };
    else if (field === EVENT.fileVersion) event = { ...event, fileVersion: reader.string() };
    else if (field === EVENT.summary) event = { ...event, scalars: decodeSummary(reader.bytes()) };
    else if (field === EVENT.sessionLog) {
      if (decodeStatus(reader.bytes()) === SESSION_START) event = { ...event, sessionStart: true };
    } else reader.skip(type, field);
  });
  return event;
}

function decodeSummary(data: Uint8Array): Record<string, number> {
  const scalars: [string, number][] = [];
  eachField(data, (field, reader, type) => {
    if (field !== SUMMARY.value) return reader.skip(type, field);
    let tag = '';
    let value = Number.NaN;
    eachField(reader.bytes(), (inner, innerReader, innerType) => {
      if (inner === VALUE.tag) tag = innerReader.string();
      else if (inner === VALUE.simpleValue) value = innerReader.float();
      else innerReader.skip(innerType, inner);
    });
    scalars.push([tag, value]);
  });
  return Object.fromEntries(scalars);
}

function decodeStatus(data: Uint8Array): number {
  let status = 0;
  eachField(data, (field, reader, type) => {
    if (field === SESSION_LOG.status) status = reader.int32();
    else reader.skip(type, field);
  });
  return status;
}

function eachField(
  data: Uint8Array,
  visit: (field: number, reader: BinaryReader, type: WireType) => void,
): void {
  const reader = new BinaryReader(data);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    visit(field, reader, type);
  }
}

// Castagnoli's polynomial, reflected (RFC 3720, appendix B.4).
const CRC32C_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  return crc;
});

export function crc32c(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) crc = (crc >>> 8) ^ CRC32C_TABLE[(crc ^ byte) & 0xff]!;
  return ~crc >>> 0;
}

/** TFRecord's mask: a checksum of data that itself holds checksums would be weak otherwise. */
function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
