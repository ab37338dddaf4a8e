import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { slug } from 'github-slugger';
import { type DefaultTheme, defineConfig } from 'vitepress';
import { linkedSources, linksOnSite } from '../links';
import { EXCLUDED, pageOnSite, sidebar } from '../pages';
import { serveSources, writeSources } from '../sources';

/** Where the site is on its host, such as `/mikt/`. */
const base = process.env.DOCS_BASE ?? '/';

/** The packages, and in each the kinds of what it exports. With all names the site would be five times as large. */
const api = (
  JSON.parse(
    readFileSync(new URL('../api/typedoc-sidebar.json', import.meta.url), 'utf8'),
  ) as DefaultTheme.SidebarItem[]
).map(({ text, link, items }) => ({
  text: text!,
  link: link!,
  collapsed: true,
  items: items!.map((kind) => ({ text: kind.text!, link: `${link}#${slug(kind.text!)}` })),
}));

export default defineConfig({
  title: 'mikt',
  description: 'Transfer reinforcement learning between robots whose observations and actions do not match',
  base,
  head: [['link', { rel: 'icon', href: `${base}icon.svg` }]],
  // The pages are all over the repository, each beside what it is about.
  srcDir: '../..',
  srcExclude: EXCLUDED,
  rewrites: pageOnSite,
  outDir: 'dist',
  cacheDir: '.vitepress/cache',
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    // The anchors that a repository host gives to the same headings.
    anchor: { slugify: (heading) => slug(heading) },
    config: (md) => linksOnSite(md, base),
  },
  buildEnd: ({ outDir }) => writeSources(linkedSources, outDir, base),
  themeConfig: {
    nav: [
      { text: 'First transfer', link: '/guides/first-transfer' },
      { text: 'Command line', link: '/cli' },
      { text: 'API', link: '/api/', activeMatch: '^/api/' },
      { text: 'Architecture', link: '/architecture' },
    ],
    sidebar: { '/': sidebar(), '/api/': [{ text: 'API', items: api }] },
    outline: [2, 3],
    search: { provider: 'local' },
  },
  vite: {
    plugins: [serveSources(base)],
    publicDir: fileURLToPath(new URL('../public', import.meta.url)),
    // The index of the search, which is loaded when somebody searches.
    build: { chunkSizeWarningLimit: 2000 },
    server: { watch: { ignored: ['**/runs/**', '**/dist/**', '**/.turbo/**'] } },
  },
});
