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
  /** Markdown by tag. */
  readonly texts?: Readonly<Record<string, string>>;
  /** A process starts writing at `step`: what earlier files say of that step and later ones holds no longer. */
  readonly sessionStart?: true;
}

export const EVENT_FILE_VERSION = 'brain.Event:2';

// Field numbers and values of event.proto, summary.proto and tensor.proto.
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5, sessionLog: 7 } as const;
const SUMMARY = { value: 1 } as const;
const VALUE = { tag: 1, simpleValue: 2, tensor: 8, metadata: 9 } as const;
const METADATA = { pluginData: 1 } as const;
const PLUGIN_DATA = { pluginName: 1 } as const;
const TENSOR = { type: 1, stringValue: 8 } as const;
const TYPE_STRING = 7;
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
 * @throws FileError where a checksum does not match, or a record is no event
 */
export function decodeEvents(bytes: Uint8Array, path: string): EventRecord[] {
  return Array.from(readEvents(bytes, path), ({ event }) => event);
}

/** As `decodeEvents`, one at a time, each with the offset of its end in the file. */
export function* readEvents(
  bytes: Uint8Array,
  path: string,
): Generator<{ readonly event: EventRecord; readonly end: number }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  for (let record = 1; offset + HEADER_BYTES <= bytes.length; record++) {
    if (view.getUint32(offset + 8, true) !== maskedCrc32c(bytes.subarray(offset, offset + 8))) {
      throw new FileError(path, `record ${record}: its length is damaged.`);
    }
    const length = Number(view.getBigUint64(offset, true));
    const start = offset + HEADER_BYTES;
    if (start + length + FOOTER_BYTES > bytes.length) return;
    const data = bytes.subarray(start, start + length);
    if (view.getUint32(start + length, true) !== maskedCrc32c(data)) {
      throw new FileError(path, `record ${record}: its data is damaged.`);
    }
    offset = start + length + FOOTER_BYTES;
    yield { event: decodeMessage(data, path, record), end: offset };
  }
}

function encodeMessage({
  wallTime,
  step,
  fileVersion,
  scalars = {},
  texts = {},
  sessionStart,
}: EventRecord): Uint8Array {
  const writer = new BinaryWriter();
  const message = (field: number, write: () => void) => {
    writer.tag(field, WireType.LengthDelimited).fork();
    write();
    writer.join();
  };
  const value = (tag: string, write: () => void) =>
    message(SUMMARY.value, () => {
      writer.tag(VALUE.tag, WireType.LengthDelimited).string(tag);
      write();
    });

  writer.tag(EVENT.wallTime, WireType.Bit64).double(wallTime);
  writer.tag(EVENT.step, WireType.Varint).int64(step);
  if (fileVersion !== undefined) writer.tag(EVENT.fileVersion, WireType.LengthDelimited).string(fileVersion);
  if (sessionStart) {
    message(EVENT.sessionLog, () => writer.tag(SESSION_LOG.status, WireType.Varint).int32(SESSION_START));
  }
  const numbers = Object.entries(scalars);
  const markdowns = Object.entries(texts);
  if (numbers.length + markdowns.length === 0) return writer.finish();
  message(EVENT.summary, () => {
    for (const [tag, number] of numbers) {
      // Beyond float32 the protobuf writer refuses; infinity is what the cast would give.
      value(tag, () => writer.tag(VALUE.simpleValue, WireType.Bit32).float(Math.fround(number)));
    }
    for (const [tag, markdown] of markdowns) {
      value(tag, () => {
        message(VALUE.tensor, () => {
          writer.tag(TENSOR.type, WireType.Varint).int32(TYPE_STRING);
          writer.tag(TENSOR.stringValue, WireType.LengthDelimited).string(markdown);
        });
        message(VALUE.metadata, () =>
          message(METADATA.pluginData, () =>
            writer.tag(PLUGIN_DATA.pluginName, WireType.LengthDelimited).string('text'),
          ),
        );
      });
    }
  });
  return writer.finish();
}

function decodeMessage(data: Uint8Array, path: string, record: number): EventRecord {
  try {
    let event: EventRecord = { wallTime: 0, step: 0 };
    eachField(data, (field, reader, type) => {
      if (field === EVENT.wallTime) event = { ...event, wallTime: reader.double() };
      else if (field === EVENT.step) event = { ...event, step: Number(reader.int64()) };
      else if (field === EVENT.fileVersion) event = { ...event, fileVersion: reader.string() };
      else if (field === EVENT.summary) event = { ...event, ...decodeSummary(reader.bytes()) };
      else if (field === EVENT.sessionLog) {
        if (decodeStatus(reader.bytes()) === SESSION_START) event = { ...event, sessionStart: true };
      } else reader.skip(type, field);
    });
    return event;
  } catch (cause) {
    throw new FileError(path, `record ${record} is not a TensorBoard event.`, { cause });
  }
}

/** Scalars and texts; values of other kinds (images, histograms, tensors of numbers) are left out. */
function decodeSummary(data: Uint8Array): Pick<EventRecord, 'scalars' | 'texts'> {
  const scalars: [string, number][] = [];
  const texts: [string, string][] = [];
  eachField(data, (field, reader, type) => {
    if (field !== SUMMARY.value) return reader.skip(type, field);
    let tag = '';
    let value: number | undefined;
    let text: string | undefined;
    eachField(reader.bytes(), (inner, innerReader, innerType) => {
      if (inner === VALUE.tag) tag = innerReader.string();
      else if (inner === VALUE.simpleValue) value = innerReader.float();
      else if (inner === VALUE.tensor) text = decodeString(innerReader.bytes());
      else innerReader.skip(innerType, inner);
    });
    if (value !== undefined) scalars.push([tag, value]);
    if (text !== undefined) texts.push([tag, text]);
  });
  return {
    ...(scalars.length > 0 ? { scalars: Object.fromEntries(scalars) } : {}),
    ...(texts.length > 0 ? { texts: Object.fromEntries(texts) } : {}),
  };
}

/** The first string of a tensor of strings; undefined for tensors of other types. */
function decodeString(tensor: Uint8Array): string | undefined {
  let text: string | undefined;
  eachField(tensor, (field, reader, type) => {
    if (field === TENSOR.stringValue) text ??= reader.string();
    else reader.skip(type, field);
  });
  return text;
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
