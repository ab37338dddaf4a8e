import { InvalidInputError } from '@mikt/core';
import type { ModelFiles } from '../compiled-model.js';
import { isModelFile, type ModelElement, readElements, textOf } from './model-xml.js';

/** Bytes of a model's text with its includes, of one other file, and of everything together. */
export const LIMITS = { text: 4e6, file: 32e6, total: 64e6, files: 1000 } as const;

/** Elements of a model, those counted that are made by repetition: compiling many more takes minutes. */
const MOST_ELEMENTS = 10_000;

/** What numbers in a model may ask for: more would fill the memory, or take hours, before MuJoCo could say no. */
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
  option: {
    ...{ iterations: 10_000, noslip_iterations: 10_000, ls_iterations: 1000, ccd_iterations: 1000 },
    ...{ sdf_iterations: 1000, sdf_initpoints: 1000 },
  },
  // Seconds of the simulation that finds how long a tendon can get.
  lengthrange: { inttotal: 100 },
  mesh: { params: 100 },
  texture: { width: 4096, height: 4096 },
  hfield: { nrow: 2048, ncol: 2048 },
  user: { dim: 10_000 },
};
const LEAST: typeof MOST = { lengthrange: { timestep: 1e-3 } };

/** Elements that each vertex of a soft body comes to, or each part of a chain: they take longer than others. */
const PER_VERTEX = 10;

/**
 * Refuses a model that would take MuJoCo minutes or all memory to compile.
 * @throws InvalidInputError saying what is too large and what is allowed
 */
export function checkModelSize({ model, files }: ModelFiles): void {
  const weights = new Map<string, FileWeight>();
  for (const [path, bytes] of Object.entries(files)) {
    if (path === model || isModelFile(path) || isXml(bytes)) weights.set(path, weigh(textOf(bytes), path));
  }
  let total = 0;
  for (const [path] of weights) total += weightOf(path, weights, new Set());
  if (total > MOST_ELEMENTS) {
    throw new InvalidInputError(
      `the model comes to more than ${format(MOST_ELEMENTS)} elements, those counted that <replicate>, <composite>, ` +
        `<flexcomp>, <attach> and <include> repeat (${total === Number.POSITIVE_INFINITY ? 'without end' : format(total)}); make it smaller.`,
    );
  }
}

interface FileWeight {
  /** Elements, with what repeats them. */
  readonly elements: number;
  /** Last parts of the paths of models that are attached or included, and how often each is. */
  readonly taken: ReadonlyMap<string, number>;
}

function weigh(text: string, path: string): FileWeight {
  let elements = 0;
  const taken = new Map<string, number>();
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
      if (tag === 'attach') add(attached, attributes.model ?? '', times);
      if (tag === 'include') add(taken, lastPart(attributes.file), times);
      if (tag === 'model' && attributes.file) {
        const file = lastPart(attributes.file);
        models.set(attributes.name ?? file.replace(/\.\w+$/, ''), file);
      }
    },
    () => open.pop(),
  );
  for (const [name, times] of attached) add(taken, models.get(name) ?? '', times);
  return { elements, taken };
}

function add(counts: Map<string, number>, key: string, times: number): void {
  counts.set(key, (counts.get(key) ?? 0) + times);
}

function lastPart(path = ''): string {
  return path.split(/[\\/]/).at(-1)!;
}

/** Whether MuJoCo could include it, whatever it is called. */
function isXml(bytes: Uint8Array): boolean {
  return textOf(bytes.subarray(0, 1000)).trimStart().startsWith('<');
}

/** Of a file with all that it takes in; infinite where it takes itself in. */
function weightOf(
  path: string,
  weights: ReadonlyMap<string, FileWeight>,
  above: ReadonlySet<string>,
): number {
  if (above.has(path)) return Number.POSITIVE_INFINITY;
  const { elements, taken } = weights.get(path)!;
  let total = elements;
  for (const [file, times] of taken) {
    const found = [...weights.keys()].filter((other) => lastPart(other) === file);
    for (const other of found) total += times * weightOf(other, weights, new Set([...above, path]));
    if (total > MOST_ELEMENTS) break;
  }
  return total;
}

/** How often an element and all in it is made. */
function repeats({ tag, attributes }: ModelElement): number {
  if (tag === 'replicate') return Math.max(1, numberOf(attributes.count) ?? 1);
  if (tag !== 'composite' && tag !== 'flexcomp') return 1;
  const product = (text = '') =>
    numbersOf(text).reduce((result, count) => result * Math.max(1, count), PER_VERTEX);
  return Math.max(product(attributes.count), product(attributes.cellcount));
}

function refuseLargeNumbers({ tag, attributes }: ModelElement, path: string): void {
  const refuse = (name: string, allowed: string): never => {
    const value = attributes[name]!;
    const shown = value.length > 60 ? `${value.slice(0, 60)}…` : value;
    throw new InvalidInputError(
      `${path}: <${tag} ${name}="${shown}"> asks for too much; ${allowed} that is allowed.`,
    );
  };
  const limitsOf = (limits: typeof MOST) => Object.entries(Object.hasOwn(limits, tag) ? limits[tag]! : {});
  for (const [name, most] of limitsOf(MOST)) {
    if (numbersOf(attributes[name]).some((value) => value > most))
      refuse(name, `${format(most)} is the most`);
  }
  for (const [name, least] of limitsOf(LEAST)) {
    if (numbersOf(attributes[name]).some((value) => value < least)) refuse(name, `${least} is the least`);
  }
}

/** The numbers of a list; what is none is left to MuJoCo. */
function numbersOf(text = ''): number[] {
  return text
    .trim()
    .split(/\s+/)
    .map(numberOf)
    .filter((value) => value !== undefined);
}

/** As MuJoCo reads sizes: with K, M, G and so on for powers of 1024. */
function numberOf(text: string | undefined): number | undefined {
  const [, sign, digits, unit] =
    /^\s*([+-]?)((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf)\s*([KMGTPE]?)/i.exec(text ?? '') ?? [];
  if (digits === undefined) return undefined;
  const size = /^inf$/i.test(digits) ? Number.POSITIVE_INFINITY : Number(digits);
  return (sign === '-' ? -size : size) * (unit ? 1024 ** ('KMGTPE'.indexOf(unit.toUpperCase()) + 1) : 1);
}

function format(value: number): string {
  return value.toLocaleString('en-US');
}
