import { FileError } from '@mikt/core';
import { describe, expect, it } from 'vitest';
import { crc32c, decodeEvents, encodeEvent } from './event-records.js';

const concatenate = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
const first = encodeEvent({ wallTime: 1.5, step: 0, fileVersion: 'brain.Event:2' });
const second = encodeEvent({
  wallTime: 2,
  step: 2048,
  scalars: { 'train/loss': 0.5, 'mixing/policy/1': -1 },
});

describe('TensorBoard events', () => {
  it("computes Castagnoli's checksum", () => {
    // RFC 3720, appendix B.4: 32 bytes of zeros, of ones, and 0..31; and the usual check string.
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index))).toBe(0x46dd794e);
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
  });

  it('writes the bytes that TensorBoard writes', () => {
    // tensorboard 2.21: RecordWriter(f).write(Event(wall_time=1.5, step=3, summary=Summary(value=[
    //   Summary.Value(tag="train/loss", simple_value=0.5)])).SerializeToString()); f.getvalue().hex()
    const golden =
      '200000000000000029eda95009000000000000f83f10032a130a110a0a747261696e2f6c6f7373150000003f1341efbe';
    const record = encodeEvent({ wallTime: 1.5, step: 3, scalars: { 'train/loss': 0.5 } });
    expect(Buffer.from(record).toString('hex')).toBe(golden);
  });

  it('round-trips versions, scalars and session starts', () => {
    const start = encodeEvent({ wallTime: 3, step: 2049, sessionStart: true });
    expect(decodeEvents(concatenate(first, second, start), 'x')).toEqual([
      { wallTime: 1.5, step: 0, fileVersion: 'brain.Event:2' },
      { wallTime: 2, step: 2048, scalars: { 'train/loss': 0.5, 'mixing/policy/1': -1 } },
      { wallTime: 3, step: 2049, sessionStart: true },
    ]);
  });

  it('writes values beyond a 32-bit float as infinite', () => {
    const record = encodeEvent({ wallTime: 0, step: 0, scalars: { a: 1e300, b: -Infinity } });
    expect(decodeEvents(record, 'x')[0]!.scalars).toEqual({ a: Infinity, b: -Infinity });
  });

  it('leaves out a record that was being written, and finds flipped bits', () => {
    const bytes = concatenate(first, second);
    for (let length = first.length; length < bytes.length; length++) {
      expect(decodeEvents(bytes.subarray(0, length), 'x')).toHaveLength(1);
    }
    for (let position = 0; position < bytes.length; position++) {
      const flipped = bytes.slice();
      flipped[position]! ^= 1;
      expect(() => decodeEvents(flipped, 'x'), `byte ${position}`).toThrow(FileError);
    }
  });

  it('round-trips texts, and leaves out values of other kinds', () => {
    const text = encodeEvent({ wallTime: 0, step: 0, texts: { configuration: '| σ |' } });
    expect(decodeEvents(text, 'x')).toEqual([{ wallTime: 0, step: 0, texts: { configuration: '| σ |' } }]);
    // tensorboard 2.21: as above, with Summary.Value(tag="a", tensor=make_tensor_proto(numpy.float32(0.5))).
    const tensor =
      '1e00000000000000d9dc123209000000000000f83f10032a110a0f0a0161420a080112002a040000003f3e31367d';
    expect(decodeEvents(Buffer.from(tensor, 'hex'), 'x')).toEqual([{ wallTime: 1.5, step: 3 }]);
  });

  it('says which record is no event', () => {
    // tensorboard 2.21: RecordWriter(f).write(b"\xff\xff"); f.getvalue().hex()
    const foreign = Buffer.from('020000000000000078270b34ffffd6ea84a2', 'hex');
    expect(() => decodeEvents(concatenate(first, foreign), 'x')).toThrow(FileError);
    expect(() => decodeEvents(concatenate(first, foreign), 'x')).toThrow(
      'x: record 2 is not a TensorBoard event.',
    );
  });
});
