import type { ModelSource } from './compiled-model.js';

/** What tinyxml2's error codes mean; the others say it by their names. */
const XML_ERRORS: Readonly<Record<string, string>> = {
  MISMATCHED_ELEMENT: 'a closing tag does not fit the tag that it should close',
  PARSING_TEXT: 'there is text where an element should begin',
  PARSING: 'something is missing, such as a closing tag or a quotation mark',
  PARSING_ATTRIBUTE: 'an attribute is not written as name="value"',
  ELEMENT_DEPTH_EXCEEDED: 'its elements are nested too deeply',
  EMPTY_DOCUMENT: 'it is empty',
};

/**
 * Why MuJoCo refuses a model, as the end of a sentence: the place, then the reason.
 * @param message of MuJoCo's compiler or parser
 */
export function compileProblem(message: string, source: ModelSource): string {
  const [, code, xmlLine] =
    /^XML parse error \d+:\s*Error=XML_ERROR_(\w+)[\s\S]*?Line number=(\d+)/.exec(message) ?? [];
  if (code !== undefined) {
    const why = XML_ERRORS[code] ?? code.toLowerCase().replaceAll('_', ' ');
    return `${place(source, { line: Number(xmlLine) })}it is not XML: ${why}.`;
  }
  const missing = /Error opening file '([^']*)'/.exec(message)?.[1];
  if (missing !== undefined) {
    return `${place(source, {})}it names the file "${missing}", which was not found below the model's folder.`;
  }
  const [, reason, tag, tagLine] =
    /^(?:XML Error: )?([\s\S]*?)\s*Element '([^']*)', line (\d+)\s*$/.exec(message) ?? [];
  if (reason !== undefined) {
    return `${place(source, { line: Number(tagLine), text: `<${tag}` })}${inOneLine(reason)} (element <${tag}>).`;
  }
  const [, what, name, nameLine, more] =
    /^([\s\S]*?)\s*Element name '([^']*)', id -?\d+, line (-?\d+)\s*([\s\S]*)$/.exec(message) ?? [];
  if (what !== undefined) {
    const who = name ? ` ("${name}")` : '';
    const details = more ? `; ${inOneLine(more)}` : '';
    return `${place(source, { line: Number(nameLine), text: name ? `"${name}"` : '' })}${inOneLine(what)}${who}${details}.`;
  }
  return `${place(source, {})}${inOneLine(message)}.`;
}

/** `robot.xml, line 3: `. Lines of files that a model includes are not known: there the text is looked for. */
function place(source: ModelSource, { line = 0, text = '' }: { line?: number; text?: string }): string {
  if (typeof source === 'string') return line > 0 ? `line ${line}: ` : '';
  if (line > 0) return `${source.model}, line ${line}: `;
  const found = text === '' ? [] : placesOf(source.files, text);
  return found.length === 1 ? `${found[0]}: ` : `${source.model}: `;
}

function placesOf(files: Readonly<Record<string, Uint8Array>>, text: string): string[] {
  return Object.entries(files)
    .filter(([path]) => /\.(xml|mjcf|urdf)$/i.test(path))
    .flatMap(([path, bytes]) =>
      new TextDecoder()
        .decode(bytes)
        .split('\n')
        .flatMap((line, i) => (hasWord(line, text) ? [`${path}, line ${i + 1}`] : [])),
    );
}

/** Whether a line has a text with no further letters behind it: `<body` is not `<bod`. */
function hasWord(line: string, text: string): boolean {
  const at = line.indexOf(text);
  return at >= 0 && !/^\w/.test(line.slice(at + text.length));
}

/** MuJoCo's words without its line ends and full stops. */
export function inOneLine(words: string): string {
  const text = words
    .replaceAll(/\s*\n\s*/g, '; ')
    .replace(/^((XML )?Error|ParseXML): /, '')
    .replace(/[.;\s]+$/, '');
  return /^[A-Z][a-z ]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
