import { InvalidInputError } from '@mikt/core';
import type { ModelFiles } from '../compiled-model.js';
import { isModelFile, type ModelElement, readElements, textOf } from './model-xml.js';

/** Bytes of a model's text with its includes, of one other file, and of everything together. */
export const LIMITS = { text: 4e6, file: 32e6, total: 64e6, files: 1000 } as const;

/** Elements of a model, those counted that are made by repetition: compiling many more takes minutes. */
const MOST_ELEMENTS = 10_000;

/** What numbers in a model may ask for: more would fill the memory before MuJoCo could say no. */
const MOST: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  size: {
    ...{ memory: 2 ** 30, nstack: 1e8, nconmax: 1e5, njmax: 1e5, nkey: 1e4, nuserdata: 1e6 },
    ...Object.fromEntries(
      ['body', 'jnt', 'geom', 'site', 'cam', 'tendon', 'actuator', 'sensor'].map((part) => [
        `nuser_${part}`,
        1000,
      ]),
    ),
  },
  texture: { width: 8192, height: 8192 },
  hfield: { nrow: 4096, ncol: 4096 },
};

/**
 * Refuses a model that would take MuJoCo minutes or all memory to compile.
 * @throws InvalidInputError saying what is too large and what is allowed
 */
export function checkModelSize({ model, files }: ModelFiles): void {
  const weights = new Map<string, FileWeight>();
  for (const [path, bytes] of Object.entries(files)) {
    if (path === model || isModelFile(path)) weights.set(path, weigh(textOf(bytes), path));
  }
  let total = 0;
  for (const [path] of weights) total += weightOf(path, weights, new Set());
  if (total > MOST_ELEMENTS) {
    throw new InvalidInputError(
      `the model comes to more than ${format(MOST_ELEMENTS)} elements, those counted that <replicate>, <composite>, ` +
        `<flexcomp> and <attach> repeat (${total === Number.POSITIVE_INFINITY ? 'without end' : format(total)}); make it smaller.`,
    );
  }
}

interface FileWeight {
  /** Elements, with what repeats them. */
  readonly elements: number;
  /** Models that are attached, by their names in the file, and how often each is. */
  readonly attached: ReadonlyMap<string, number>;
  /** Last parts of the paths of models, by their names. */
  readonly models: ReadonlyMap<string, string>;
}

function weigh(text: string, path: string): FileWeight {
  let elements = 0;
  const attached = new Map<string, number>();
  const models = new Map<string, string>();
  // How often each of the open elements is made.
  const open = [1];
  readElements(
    text,
    (element) => {
      refuseLargeNumbers(element, path);
      const { tag, attributes } = element;
      const times = open.at(-1)! * repeats(element);
      open.push(times);
      elements += times;
      if (tag === 'attach') {
        const name = attributes.model ?? '';
        attached.set(name, (attached.get(name) ?? 0) + times);
      }
      if (tag === 'model' && attributes.file) {
        const file = attributes.file.split(/[\\/]/).at(-1)!;
        models.set(attributes.name ?? file.replace(/\.\w+$/, ''), file);
      }
    },
    () => open.pop(),
  );
  return { elements, attached, models };
}

/** Of a file with all that it attaches; infinite where it attaches itself. */
function weightOf(
  path: string,
  weights: ReadonlyMap<string, FileWeight>,
  above: ReadonlySet<string>,
): number {
  if (above.has(path)) return Number.POSITIVE_INFINITY;
  const { elements, attached, models } = weights.get(path)!;
  let total = elements;
  for (const [name, times] of attached) {
    const file = models.get(name);
    const found = [...weights.keys()].filter((other) => other.split('/').at(-1) === file);
    for (const other of found) total += times * weightOf(other, weights, new Set([...above, path]));
    if (total > MOST_ELEMENTS) break;
  }
  return total;
}

/** How often an element and all in it is made. */
function repeats({ tag, attributes }: ModelElement): number {
  if (tag === 'replicate') return Math.max(1, numberOf(attributes.count) ?? 1);
  if (tag !== 'composite' && tag !== 'flexcomp') return 1;
  const counts = (attributes.count ?? '')
    .trim()
    .split(/\s+/)
    .map((word) => numberOf(word) ?? 1);
  return counts.reduce((product, count) => product * Math.max(1, count), 1);
}

function refuseLargeNumbers({ tag, attributes }: ModelElement, path: string): void {
  const limits = Object.hasOwn(MOST, tag) ? MOST[tag]! : {};
  for (const [name, most] of Object.entries(limits)) {
    const value = numberOf(attributes[name]);
    if (value === undefined || value <= most) continue;
    throw new InvalidInputError(
      `${path}: <${tag} ${name}="${attributes[name]!}"> asks for too much; ${format(most)} is the most that is allowed.`,
    );
  }
}

/** As MuJoCo reads sizes: with K, M, G and so on for powers of 1024. */
function numberOf(text: string | undefined): number | undefined {
  const [, digits, unit] = /^\s*(\d+(?:\.\d*)?(?:e[+-]?\d+)?)\s*([KMGTPE]?)/i.exec(text ?? '') ?? [];
  if (digits === undefined) return undefined;
  return Number(digits) * (unit ? 1024 ** ('KMGTPE'.indexOf(unit.toUpperCase()) + 1) : 1);
}

function format(value: number): string {
  return value.toLocaleString('en-US');
}
