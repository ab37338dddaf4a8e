import type { NamedTensors } from '@mikt/runs';

type Leaf = Float32Array | Float64Array | Uint8Array;

/** A tree of plain data whose arrays of numbers were taken out as tensors, named by their paths. */
export interface SplitTree {
  readonly data: Record<string, unknown>;
  readonly tensors: NamedTensors;
}

/** Marks in `data` the place of a tensor. */
const PLACE = '$tensor';

/**
 * Takes typed arrays (numbers, and bytes of files) and `{shape, data}` pairs, such as parameters, out of plain data, so that a safetensors file
 * holds the numbers and its header the rest.
 */
export function splitTree(tree: object): SplitTree {
  const tensors: Record<string, { shape: readonly number[]; data: Leaf }> = {};
  const walk = (value: unknown, path: string): unknown => {
    const tensor = asTensor(value);
    if (tensor) {
      tensors[path] = tensor;
      return { [PLACE]: path };
    }
    if (Array.isArray(value)) return value.map((item, i) => walk(item, join(path, String(i))));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, walk(item, join(path, key))]),
      );
    }
    return value;
  };
  return { data: walk(tree, '') as Record<string, unknown>, tensors };
}

/** Puts the tensors back: every one as `{shape, data}`. A place without its tensor becomes undefined. */
export function joinTree(data: unknown, tensors: NamedTensors): unknown {
  if (Array.isArray(data)) return data.map((item) => joinTree(item, tensors));
  if (typeof data !== 'object' || data === null) return data;
  const place = (data as Record<string, unknown>)[PLACE];
  if (typeof place === 'string') return Object.hasOwn(tensors, place) ? tensors[place] : undefined;
  return Object.fromEntries(Object.entries(data).map(([key, item]) => [key, joinTree(item, tensors)]));
}

function asTensor(value: unknown): { shape: readonly number[]; data: Leaf } | undefined {
  if (isLeaf(value)) return { shape: [value.length], data: value };
  const pair = value as { shape?: unknown; data?: unknown } | null;
  if (typeof pair === 'object' && pair !== null && Array.isArray(pair.shape) && isLeaf(pair.data)) {
    return { shape: pair.shape as number[], data: pair.data };
  }
  return undefined;
}

function isLeaf(value: unknown): value is Leaf {
  return value instanceof Float32Array || value instanceof Float64Array || value instanceof Uint8Array;
}

function join(path: string, key: string): string {
  return path ? `${path}/${key}` : key;
}
