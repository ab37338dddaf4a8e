// The pages are written to be read on a repository host as well: their links are relative, to other pages and to files
// of the code. Here they become addresses of the site.
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { MarkdownOptions } from 'vitepress';
import { pageOnSite, root } from './pages';
import { SOURCES, sourceAddress } from './sources';

type Markdown = Parameters<NonNullable<MarkdownOptions['config']>>[0];

/** Addresses of files that are no pages, as the links of all pages that were rendered have them. */
export const linkedSources = new Set<string>();

/** A plugin for markdown-it. A link to a file that is not there stops the build. */
export function linksOnSite(md: Markdown, base: string): void {
  md.core.ruler.push('links-on-site', ({ tokens, env }) => {
    const page = path.relative(root, env.realPath ?? env.path);
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const link = token.type === 'link_open' ? token.attrGet('href') : null;
      if (link === null || /^(#|[a-z]+:)/.test(link)) continue;
      const href = link.startsWith('/') ? link : linkOnSite(page, link);
      token.attrSet('href', href);
      if (!href.startsWith(SOURCES)) continue;
      linkedSources.add(href.replace(/#.*/, ''));
      // Not one of the pages that the site's own script turns, and looks for.
      token.attrSet('href', path.posix.join(base, href));
      token.attrSet('target', '_self');
    }
  });
}

/**
 * @param page by its path in the repository
 * @param link relative, as the page has it
 * @returns the address from the site's root
 */
function linkOnSite(page: string, link: string): string {
  const [target, hash = ''] = link.split(/(?=#)/) as [string, string?];
  const file = path.posix.join(path.posix.dirname(page), decodeURI(target)).replace(/\/$/, '');
  if (file.startsWith('..') || !existsSync(path.join(root, file))) {
    throw new Error(`${page} links to ${link}, which is not in the repository.`);
  }
  const readme = `${file}/README.md`;
  if (existsSync(path.join(root, readme))) return `/${pageOnSite(readme)}${hash}`;
  return file.endsWith('.md') ? `/${pageOnSite(file)}${hash}` : `${sourceAddress(file)}${hash}`;
}
