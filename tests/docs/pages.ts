import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import MarkdownIt, { type Token } from 'markdown-it';

/** The repository's folder. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const markdown = new MarkdownIt();

/** A fenced block of a page: its info string is a language and marks, as in ```` ```sh no-run=network ````. */
export interface Block {
  /** Path of its page in the repository. */
  readonly page: string;
  /** Number of the line with its fence. */
  readonly line: number;
  readonly language: string;
  /** `name=value` or `name` after the language. */
  readonly marks: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Every page that people read: those of the repository's root, of `docs`, and each README below. */
export function listPages(): string[] {
  const at = (folder: string, recursive = false) =>
    readdirSync(path.join(ROOT, folder), { recursive, encoding: 'utf8' })
      .map((name) => path.posix.join(folder, name.split(path.sep).join('/')))
      .filter((file) => file.endsWith('.md') && !file.includes('node_modules/'));
  const folders = ['packages', 'apps'].flatMap((parent) =>
    readdirSync(path.join(ROOT, parent)).map((name) => `${parent}/${name}/README.md`),
  );
  return [
    ...['README.md', 'CONTRIBUTING.md'],
    ...at('docs', true).filter((file) => !file.startsWith('docs/site/')),
    ...folders.filter((file) => existsSync(path.join(ROOT, file))),
    ...at('zoo'),
    ...at('studies'),
    ...at('bench', true),
  ];
}

export function readPage(page: string): string {
  return readFileSync(path.join(ROOT, page), 'utf8');
}

/** The fenced blocks of a page, in order. */
export function blocksOf(page: string): Block[] {
  return markdown
    .parse(readPage(page), {})
    .filter(({ type }) => type === 'fence')
    .map(({ info, content, map }) => {
      const [language = '', ...words] = info.trim().split(/\s+/);
      const marks = words.map((word) => word.split(/=(.*)/s).slice(0, 2));
      return {
        page,
        line: map![0] + 1,
        language,
        marks: Object.fromEntries(marks.map(([name, value = '']) => [name, value])),
        text: content,
      };
    });
}

/** Where a block is, for a person. */
export function placeOf({ page, line }: Block): string {
  return `${page}:${line}`;
}

/** The relative links of a page, as they are written; those of pictures among them. */
export function linksOf(page: string): string[] {
  const tokens = markdown.parse(readPage(page), {}).flatMap(({ children }) => children ?? []);
  return tokens
    .flatMap((token) => token.attrGet(token.type === 'image' ? 'src' : 'href') ?? [])
    .filter((link) => !/^[a-z]+:/.test(link));
}

/** The texts of a page's headings, in order. */
export function headingsOf(page: string): string[] {
  const tokens = markdown.parse(readPage(page), {});
  return tokens.flatMap(({ type }, i) => (type === 'heading_open' ? textOf(tokens[i + 1]!) : []));
}

function textOf({ children }: Token): string {
  return (children ?? [])
    .map(({ type, content }) => (type === 'text' || type === 'code_inline' ? content : ''))
    .join('');
}
