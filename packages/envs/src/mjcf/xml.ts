/** What an attribute holds: numbers are written in full precision, lists separated by spaces. */
export type XmlValue = string | number | boolean | readonly number[];

/** One XML element without text, which is all MJCF needs. */
export interface XmlElement {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, XmlValue>>;
  readonly children: readonly XmlElement[];
}

/** Builds an element; attributes keep their order. */
export function element(
  tag: string,
  attributes: Readonly<Record<string, XmlValue>> = {},
  children: readonly XmlElement[] = [],
): XmlElement {
  return { tag, attributes, children };
}

/** The element as indented text, ending with a newline. */
export function renderXml({ tag, attributes, children }: XmlElement, indent = ''): string {
  const names = Object.entries(attributes).map(([name, value]) => ` ${name}="${renderValue(value)}"`);
  const opening = `${indent}<${tag}${names.join('')}`;
  if (children.length === 0) return `${opening}/>\n`;
  const content = children.map((child) => renderXml(child, `${indent}  `)).join('');
  return `${opening}>\n${content}${indent}</${tag}>\n`;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function renderValue(value: XmlValue): string {
  if (typeof value === 'string') return value.replace(/[&<>"]/g, (character) => ESCAPES[character]!);
  return typeof value === 'object' ? value.join(' ') : String(value);
}
