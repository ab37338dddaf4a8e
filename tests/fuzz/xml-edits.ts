import fc from 'fast-check';
import { COMMON, LONG, NAMES, SNIPPETS, VALUES } from './xml-words.js';

/** An element as it is changed: neither comments nor text matter here. */
export interface XmlElement {
  tag: string;
  attributes: [name: string, value: string][];
  children: XmlElement[];
  /** How often it stands in itself. */
  nested?: number;
}

/** Reads XML that is known to be in order. */
function parseXml(text: string): XmlElement {
  const root: XmlElement = { tag: '', attributes: [], children: [] };
  const open = [root];
  for (const [, end, tag, inside, isEmpty] of text
    .replaceAll(/<!--[\s\S]*?-->|<\?[\s\S]*?\?>/g, '')
    .matchAll(/<(\/?)([\w-]+)((?:[^">]|"[^"]*")*?)(\/?)>/g)) {
    if (end) {
      open.pop();
      continue;
    }
    const attributes = [...inside!.matchAll(/([\w-]+)="([^"]*)"/g)].map(
      ([, name, value]): [string, string] => [name!, value!],
    );
    const element: XmlElement = { tag: tag!, attributes, children: [] };
    open.at(-1)!.children.push(element);
    if (!isEmpty) open.push(element);
  }
  return root.children[0]!;
}

function renderXml({ tag, attributes, children, nested = 1 }: XmlElement): string {
  const inside = attributes.map(([name, value]) => ` ${name}="${value}"`).join('');
  const above = nested - 1;
  return `${`<${tag}>`.repeat(above)}<${tag}${inside}>${children.map(renderXml).join('')}</${tag}>${`</${tag}>`.repeat(above)}`;
}

type Edit =
  | {
      readonly kind: 'value' | 'attribute';
      readonly at: number;
      readonly which: number;
      readonly value: string;
    }
  | { readonly kind: 'scale'; readonly at: number; readonly which: number; readonly factor: number }
  | {
      readonly kind: 'drop' | 'remove' | 'move' | 'rename' | 'sameName';
      readonly at: number;
      readonly which: number;
    }
  | { readonly kind: 'repeat'; readonly at: number; readonly times: number }
  | { readonly kind: 'nest'; readonly at: number; readonly times: number }
  | { readonly kind: 'insert'; readonly at: number; readonly which: number; readonly into: string };

const at = fc.nat(10_000);
const which = fc.nat(10_000);
const value = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...VALUES) },
  { weight: 1, arbitrary: fc.constantFrom(...LONG) },
  { weight: 2, arbitrary: fc.double().map(String) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
);
const factor = fc.constantFrom(-1, 0, 0.5, 2, 10, 1e-3, 1e3, 1e-9, 1e9, Number.NaN, Number.POSITIVE_INFINITY);
const edit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('scale' as const), at, which, factor }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('value' as const), at, which, value }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('attribute' as const), at, which, value }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom(...(['drop', 'remove', 'move', 'rename', 'sameName'] as const)),
      at,
      which,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('repeat' as const),
      at,
      times: fc.constantFrom(2, 3, 50, 2000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('nest' as const),
      at,
      times: fc.constantFrom(1, 10, 100, 3000),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('insert' as const),
      at,
      which,
      into: fc.constantFrom(...Object.keys(SNIPPETS)),
    }),
  },
);

/** The text of an XML file with one to four of its elements changed, removed, doubled, wrapped or put elsewhere. */
export function mutatedXml(...seeds: readonly string[]): fc.Arbitrary<string> {
  const edits = fc.array(edit, { minLength: 1, maxLength: 4 });
  return fc.tuple(fc.constantFrom(...seeds), edits).map(([seed, some]) => {
    const root = parseXml(seed);
    for (const each of some) apply(root, each);
    return renderXml(root);
  });
}

interface Place {
  readonly element: XmlElement;
  readonly parent: XmlElement | undefined;
}

function places(element: XmlElement, parent?: XmlElement): Place[] {
  return [{ element, parent }, ...element.children.flatMap((child) => places(child, element))];
}

function apply(root: XmlElement, change: Edit): void {
  const all = places(root);
  const { element, parent } = all[change.at % all.length]!;
  const { attributes } = element;
  const siblings = parent?.children ?? [];
  const index = siblings.indexOf(element);
  switch (change.kind) {
    case 'scale':
    case 'value': {
      const attribute = attributes[change.which % Math.max(attributes.length, 1)];
      if (!attribute) return;
      attribute[1] = 'factor' in change ? scaled(attribute[1], change.factor) : quoted(change.value);
      return;
    }
    case 'attribute': {
      const names = NAMES[element.tag] ?? COMMON;
      const name = names[change.which % names.length]!;
      const found = attributes.find((each) => each[0] === name);
      if (found) found[1] = quoted(change.value);
      else attributes.push([name, quoted(change.value)]);
      return;
    }
    case 'drop':
      attributes.splice(change.which % Math.max(attributes.length, 1), 1);
      return;
    case 'remove':
      if (index >= 0) siblings.splice(index, 1);
      return;
    case 'move': {
      const target = all[change.which % all.length]!.element;
      if (index < 0 || places(element).some((place) => place.element === target)) return;
      siblings.splice(index, 1);
      target.children.push(element);
      return;
    }
    case 'rename':
      element.tag = all[change.which % all.length]!.element.tag;
      return;
    case 'sameName': {
      const other = all[change.which % all.length]!.element.attributes.find(([name]) => name === 'name');
      const own = attributes.find(([name]) => name === 'name');
      if (own && other) own[1] = other[1];
      return;
    }
    case 'repeat':
      for (let i = 1; i < change.times && index >= 0; i++) siblings.push(structuredClone(element));
      return;
    case 'nest':
      element.nested = change.times;
      return;
    case 'insert': {
      const snippets = SNIPPETS[change.into]!;
      const takers = all.filter((place) => place.element.tag === change.into);
      const into = takers.length > 0 ? takers[change.at % takers.length]!.element : element;
      into.children.push(parseXml(snippets[change.which % snippets.length]!));
    }
  }
}

function quoted(text: string): string {
  return text.replaceAll('"', '&quot;');
}

/** Every number of a list, times a factor. */
function scaled(text: string, factor: number): string {
  return text
    .split(' ')
    .map((word) => (word !== '' && Number.isFinite(Number(word)) ? String(Number(word) * factor) : word))
    .join(' ');
}
