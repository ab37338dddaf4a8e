import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/**
 * One field of a message: its number, and how its values are read and written. `T` is what reading gives, where a
 * field that is absent has its type's default as proto3 has it; `I` is what writing takes.
 */
interface Field<T, I = T> {
  readonly number: number;
  absent(): T;
  /** @param before what was read of the field so far */
  read(reader: BinaryReader, type: WireType, before: T): T;
  write(writer: BinaryWriter, value: I): void;
}

type Fields = Readonly<Record<string, Field<unknown, unknown>>>;
type Read<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer T, infer _> ? T : never };
type Written<F extends Fields> = {
  readonly [K in keyof F]?: F[K] extends Field<infer _, infer I> ? I : never;
};

/** A message type of protocol buffers: the fields that are used of it. Fields that are not named are skipped. */
export interface Message<T, I> {
  encode(value: I): Uint8Array;
  /** @throws RangeError and the like where the bytes are not such a message */
  decode(bytes: Uint8Array): T;
}

/** What decoding a message gives. */
export type Decoded<M> = M extends Message<infer T, infer _> ? T : never;
/** What encoding a message takes; fields that are left out are not written. */
export type Encodable<M> = M extends Message<infer _, infer I> ? I : never;

export function message<F extends Fields>(fields: F): Message<Read<F>, Written<F>> {
  const entries = Object.entries(fields);
  const byNumber = new Map(entries.map(([key, field]) => [field.number, { key, field }]));
  return {
    encode(value) {
      const writer = new BinaryWriter();
      for (const [key, field] of entries) {
        if (value[key] !== undefined) field.write(writer, value[key]);
      }
      return writer.finish();
    },
    decode(bytes) {
      const reader = new BinaryReader(bytes);
      const value: Record<string, unknown> = {};
      for (const [key, field] of entries) value[key] = field.absent();
      while (reader.pos < reader.len) {
        const [number, type] = reader.tag();
        const known = byNumber.get(number);
        if (known) value[known.key] = known.field.read(reader, type, value[known.key]);
        else reader.skip(type, number);
      }
      return value as Read<F>;
    },
  };
}

/** How the values of a scalar type are read and written, without their field's number. */
interface Scalar<T> {
  readonly type: WireType;
  readonly absent: T;
  read(reader: BinaryReader): T;
  write(writer: BinaryWriter, value: T): void;
}

const TEXT: Scalar<string> = {
  type: WireType.LengthDelimited,
  absent: '',
  read: (reader) => reader.string(),
  write: (writer, value) => writer.string(value),
};
const BYTES: Scalar<Uint8Array> = {
  type: WireType.LengthDelimited,
  absent: new Uint8Array(),
  read: (reader) => reader.bytes(),
  write: (writer, value) => writer.bytes(value),
};
/** Of 64 bits in the file, where most are sizes and codes; a number beyond 2^53 is not exact. */
const INTEGER: Scalar<number> = {
  type: WireType.Varint,
  absent: 0,
  read: (reader) => Number(reader.int64()),
  write: (writer, value) => writer.int64(value),
};
const FLOAT: Scalar<number> = {
  type: WireType.Bit32,
  absent: 0,
  read: (reader) => reader.float(),
  write: (writer, value) => writer.float(value),
};
const DOUBLE: Scalar<number> = {
  type: WireType.Bit64,
  absent: 0,
  read: (reader) => reader.double(),
  write: (writer, value) => writer.double(value),
};

function single<T>(scalar: Scalar<T>): (number: number) => Field<T> {
  return (number) => ({
    number,
    absent: () => scalar.absent,
    read(reader, type) {
      expectType(type, scalar.type, number);
      return scalar.read(reader);
    },
    write: (writer, value) => scalar.write(writer.tag(number, scalar.type), value),
  });
}

function repeated<T>(scalar: Scalar<T>): (number: number) => Field<readonly T[]> {
  return (number) => ({
    number,
    absent: () => [],
    read(reader, type, before) {
      const values = before as T[];
      if (type !== WireType.LengthDelimited || scalar.type === WireType.LengthDelimited) {
        expectType(type, scalar.type, number);
        values.push(scalar.read(reader));
        return values;
      }
      // Numbers may come packed or one by one, whatever the definition says.
      const packed = new BinaryReader(reader.bytes());
      while (packed.pos < packed.len) values.push(scalar.read(packed));
      return values;
    },
    write(writer, values) {
      for (const value of values) scalar.write(writer.tag(number, scalar.type), value);
    },
  });
}

export const text = single(TEXT);
export const texts = repeated(TEXT);
export const integer = single(INTEGER);
export const integers = repeated(INTEGER);
export const float = single(FLOAT);
export const floats = repeated(FLOAT);
export const doubles = repeated(DOUBLE);
export const bytes = single(BYTES);

/** A message within a message; undefined where it is absent. */
export function nested<T, I>(number: number, type: Message<T, I>): Field<T | undefined, I> {
  return {
    number,
    absent: () => undefined,
    read(reader, wireType) {
      expectType(wireType, WireType.LengthDelimited, number);
      return type.decode(reader.bytes());
    },
    write: (writer, value) => writer.tag(number, WireType.LengthDelimited).bytes(type.encode(value)),
  };
}

/** Messages in a list. */
export function list<T, I>(number: number, type: Message<T, I>): Field<readonly T[], readonly I[]> {
  const one = nested(number, type);
  return {
    number,
    absent: () => [],
    read(reader, wireType, before) {
      (before as T[]).push(one.read(reader, wireType, undefined) as T);
      return before;
    },
    write(writer, values) {
      for (const value of values) one.write(writer, value);
    },
  };
}

function expectType(got: WireType, expected: WireType, field: number): void {
  if (got !== expected) throw new RangeError(`field ${field} has wire type ${got} instead of ${expected}`);
}
