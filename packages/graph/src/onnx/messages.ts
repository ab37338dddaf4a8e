import {
  bytes,
  type Decoded,
  doubles,
  type Encodable,
  float,
  floats,
  integer,
  integers,
  list,
  message,
  nested,
  text,
  texts,
} from './protobuf.js';

// The parts of ONNX's format (onnx.proto, IR version 8) that are read or written here, under its own names.

/** TensorProto.DataType */
export const DATA_TYPE = { float: 1, int64: 7, double: 11 } as const;
/** AttributeProto.AttributeType */
export const ATTRIBUTE_TYPE = { float: 1, int: 2, tensor: 4, ints: 7 } as const;
/** TensorProto.DataLocation: the values are in another file. */
export const EXTERNAL = 1;

const tensorProto = message({
  dims: integers(1),
  dataType: integer(2),
  floatData: floats(4),
  int64Data: integers(7),
  name: text(8),
  rawData: bytes(9),
  doubleData: doubles(10),
  dataLocation: integer(14),
});

const attributeProto = message({
  name: text(1),
  f: float(2),
  i: integer(3),
  t: nested(5, tensorProto),
  ints: integers(8),
  type: integer(20),
});

const nodeProto = message({
  input: texts(1),
  output: texts(2),
  name: text(3),
  opType: text(4),
  attribute: list(5, attributeProto),
  domain: text(7),
});

const dimension = message({ dimValue: integer(1), dimParam: text(2) });
const tensorShapeProto = message({ dim: list(1, dimension) });
const tensorTypeProto = message({ elemType: integer(1), shape: nested(2, tensorShapeProto) });
const typeProto = message({ tensorType: nested(1, tensorTypeProto) });
const valueInfoProto = message({ name: text(1), type: nested(2, typeProto), docString: text(3) });

const graphProto = message({
  node: list(1, nodeProto),
  name: text(2),
  initializer: list(5, tensorProto),
  docString: text(10),
  input: list(11, valueInfoProto),
  output: list(12, valueInfoProto),
});

const operatorSetIdProto = message({ domain: text(1), version: integer(2) });
const stringStringEntryProto = message({ key: text(1), value: text(2) });

export const modelProto = message({
  irVersion: integer(1),
  producerName: text(2),
  producerVersion: text(3),
  docString: text(6),
  graph: nested(7, graphProto),
  opsetImport: list(8, operatorSetIdProto),
  metadataProps: list(14, stringStringEntryProto),
});

export type ModelProto = Decoded<typeof modelProto>;
export type GraphProto = Decoded<typeof graphProto>;
export type NodeProto = Decoded<typeof nodeProto>;
export type TensorProto = Decoded<typeof tensorProto>;
export type NodeInput = Encodable<typeof nodeProto>;
export type TensorInput = Encodable<typeof tensorProto>;
export type ValueInfoInput = Encodable<typeof valueInfoProto>;
