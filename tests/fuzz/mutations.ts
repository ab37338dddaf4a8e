import fc from 'fast-check';

/** Numbers at which readers go wrong. */
const NUMBERS = [0, -0, -1, 1, 0.5, 255, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53, 1e308, -1e308, 1e-320];
/** Texts at which readers go wrong. */
const TEXTS = [
  ...['', ' ', '\0', '\u202e', '\ud800', '../../outside', '/outside', 'C:\\outside', 'zoo:../../outside'],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '$tensor',
    'NaN',
    'Infinity',
    '1e999',
    '0x10',
  ],
  ...['{"__proto__":{"polluted":1}}', '<script>', '#{process.exit()}', '`touch outside`', '%2e%2e%2f'],
];

/** `depth` arrays, one in the other. */
function nested(depth: number): unknown {
  let value: unknown = [];
  for (let i = 1; i < depth; i++) value = [value];
  return value;
}

/** JSON data that nobody expects. */
export const nastyValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<unknown>(null, true, false, [], {}, ...NUMBERS, ...TEXTS) },
  { weight: 2, arbitrary: fc.jsonValue() },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 50 }) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>('a'.repeat(100_000), nested(20), nested(20_000)) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(Array(10_000).fill(1), Array(1000).fill('a')) },
);

const key = fc.oneof(fc.constantFrom(...TEXTS), fc.string({ maxLength: 10 }));

interface TreeEdit {
  /** Which child to go to at each level, modulo their number. */
  readonly path: readonly number[];
  readonly kind: 'set' | 'delete' | 'add' | 'swap';
  readonly key: string;
  readonly value: unknown;
}

const treeEdit: fc.Arbitrary<TreeEdit> = fc.record({
  path: fc.array(fc.nat(1000), { minLength: 1, maxLength: 6 }),
  kind: fc.constantFrom('set', 'set', 'delete', 'add', 'swap'),
  key,
  value: nastyValue,
});

/** Plain data with up to four things in it changed, removed or added. */
export function mutatedTree<T>(...seeds: readonly T[]): fc.Arbitrary<T> {
  return fc.tuple(fc.constantFrom(...seeds), fc.array(treeEdit, { maxLength: 4 })).map(([seed, edits]) => {
    const tree = structuredClone(seed);
    for (const edit of edits) editTree(tree, edit);
    return tree;
  });
}

function editTree(tree: unknown, { path, kind, key, value }: TreeEdit): void {
  let at = tree as Record<string, unknown>;
  for (const [level, step] of path.entries()) {
    const keys = Object.keys(at);
    if (keys.length === 0) break;
    const chosen = keys[step % keys.length]!;
    const child = at[chosen];
    if (
      level < path.length - 1 &&
      typeof child === 'object' &&
      child !== null &&
      !ArrayBuffer.isView(child)
    ) {
      at = child as Record<string, unknown>;
      continue;
    }
    if (kind === 'set') define(at, chosen, value);
    else if (kind === 'delete') delete at[chosen];
    else if (kind === 'add') define(at, key, value);
    else define(at, chosen, at[keys[(step + 1) % keys.length]!]);
    return;
  }
}

/** As JSON.parse does: `__proto__` is a key like others. A list's length stays as it is. */
function define(object: Record<string, unknown>, key: string, value: unknown): void {
  Reflect.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

export interface ByteEdit {
  readonly kind: 'flip' | 'set' | 'number' | 'cut' | 'insert' | 'repeat' | 'remove';
  /** Where, as a share of the length. */
  readonly at: number;
  readonly size: number;
  readonly value: number;
  readonly bytes: Uint8Array;
}

const byteEdit: fc.Arbitrary<ByteEdit> = fc.record({
  kind: fc.constantFrom('flip', 'flip', 'set', 'number', 'cut', 'insert', 'repeat', 'remove'),
  // Headers are at the front: half of the edits go there.
  at: fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 0.02, noNaN: true })),
  size: fc.integer({ min: 1, max: 64 }),
  value: fc.nat(0xffffffff),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 32 }),
});

/** Bytes of a file with up to six places changed, cut, doubled or filled in; or no such file at all. */
export function mutatedBytes(...seeds: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const edited = fc
    .tuple(fc.constantFrom(...seeds), fc.array(byteEdit, { maxLength: 6 }))
    .map(([seed, edits]) => edits.reduce(editBytes, seed));
  return fc.oneof(
    { weight: 20, arbitrary: edited },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
  );
}

export function editBytes(bytes: Uint8Array, { kind, at, size, value, bytes: given }: ByteEdit): Uint8Array {
  const position = Math.min(Math.floor(at * bytes.length), Math.max(bytes.length - 1, 0));
  const join = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
  const [head, tail] = [bytes.subarray(0, position), bytes.subarray(position)];
  switch (kind) {
    case 'cut':
      return join(head);
    case 'insert':
      return join(head, given, tail);
    case 'repeat':
      return join(head, tail.subarray(0, size), tail);
    case 'remove':
      return join(head, tail.subarray(size));
    default: {
      // A Buffer's own slice would not be a copy.
      const copy = join(bytes);
      if (copy.length === 0) return copy;
      if (kind === 'flip') copy[position]! ^= 1 << (value % 8);
      if (kind === 'set') copy[position] = value % 256;
      if (kind === 'number' && copy.length - position >= 4) {
        new DataView(copy.buffer).setUint32(position, value % 3 === 0 ? 0xffffffff : value, true);
      }
      return copy;
    }
  }
}

/** As `mutatedBytes`, with words of the seeds and of `dictionary` put in as well. */
export function mutatedText(
  seeds: readonly string[],
  dictionary: readonly string[] = [],
): fc.Arbitrary<string> {
  const words = fc.constantFrom(...TEXTS, ...NUMBERS.map(String), ...dictionary, 'a'.repeat(10_000));
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    remove: fc.constantFrom(0, 0, 1, 3, 10, 100),
    word: fc.oneof(words, fc.string({ unit: 'binary', maxLength: 8 })),
  });
  return fc.tuple(fc.constantFrom(...seeds), fc.array(edit, { maxLength: 4 })).map(([seed, edits]) =>
    edits.reduce((text, { at, remove, word }) => {
      const position = Math.floor(at * text.length);
      return text.slice(0, position) + word + text.slice(position + remove);
    }, seed),
  );
}
