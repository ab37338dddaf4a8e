// Files that are no pages of the site but are linked from them, shown as they are: text with numbered lines, a folder
// as a list. There is no highlighting: the site would take twice as long to build.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { root } from './pages';

/** Where they are on the site. */
export const SOURCES = '/source/';

const STYLE = `
  :root { color-scheme: light dark; font: 14px/1.5 ui-monospace, monospace; }
  body { margin: 0 auto; max-width: 70rem; padding: 1rem; }
  header { border-bottom: 1px solid; padding-bottom: 0.5rem; }
  pre { font: inherit; overflow-x: auto; }
  ol { margin: 0; padding-left: 3.5em; }
  li::marker { color: GrayText; }
  li:target { background: color-mix(in srgb, currentColor 15%, transparent); }
`;

/** Follows the choice of light or dark that the site keeps. */
const APPEARANCE = `
  const chosen = localStorage.getItem('vitepress-theme-appearance');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.style.colorScheme = chosen;
`;

/** The address of a file or a folder. @param file its path in the repository */
export function sourceAddress(file: string): string {
  const isShown = isFolder(file) || /\.(ts|mjs|js|py|json|ya?ml)$|(^|\/)[A-Z]+$/.test(file);
  return `${SOURCES}${file}${isShown ? '.html' : ''}`;
}

/** Writes what these addresses lead to, and what the folders among them list. */
export function writeSources(addresses: Iterable<string>, folder: string, base: string): void {
  const files = new Set([...addresses].map((address) => address.slice(SOURCES.length)));
  for (const name of files) {
    const target = path.join(folder, SOURCES, name);
    mkdirSync(path.dirname(target), { recursive: true });
    const file = name.replace(/\.html$/, '');
    if (file === name) copyFileSync(path.join(root, file), target);
    else writeFileSync(target, page(file, base));
    // A set gives also what is added while it is walked.
    if (isFolder(file))
      for (const listed of filesIn(file)) files.add(sourceAddress(listed).slice(SOURCES.length));
  }
}

/** A plugin for Vite that gives the same while the pages are written. */
export function serveSources(base: string) {
  return {
    name: 'sources',
    configureServer({ middlewares }: { middlewares: Middlewares }) {
      middlewares.use(path.posix.join(base, SOURCES), (request, response, next) => {
        const name = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname.slice(1));
        const file = name.replace(/\.html$/, '');
        if (!existsSync(path.join(root, file))) next();
        else response.end(file === name ? readFileSync(path.join(root, file)) : page(file, base));
      });
    },
  };
}

interface Middlewares {
  use(
    address: string,
    answer: (request: IncomingMessage, response: ServerResponse, next: () => void) => void,
  ): void;
}

function page(file: string, base: string): string {
  const body = isFolder(file) ? list(file) : numbered(readFileSync(path.join(root, file), 'utf8'));
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${asHtml(file)} · mikt</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
<script>${APPEARANCE}</script>
<header><a href="${base}">mikt</a> / ${asHtml(file)}</header>
${body}
</html>
`;
}

function numbered(text: string): string {
  const lines = text.trimEnd().split('\n');
  return `<pre><ol>${lines.map((line, i) => `<li id="L${i + 1}">${asHtml(line)}\n`).join('')}</ol></pre>`;
}

function list(folder: string): string {
  const links = filesIn(folder).map((file) => {
    const address = path.posix.relative(path.posix.dirname(sourceAddress(folder)), sourceAddress(file));
    return `<li><a href="${address}">${asHtml(path.basename(file))}</a></li>`;
  });
  return `<ul>${links.join('\n')}</ul>`;
}

function filesIn(folder: string): string[] {
  const files = readdirSync(path.join(root, folder)).map((name) => path.posix.join(folder, name));
  return files.filter((file) => !isFolder(file));
}

function isFolder(file: string): boolean {
  return statSync(path.join(root, file)).isDirectory();
}

function asHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
