// Which files of the repository are pages of the site, where they stand on it, and how they are found from its side.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DefaultTheme } from 'vitepress';

/** The repository's folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** What has no place on the site; all other Markdown of the repository is its pages. */
export const EXCLUDED = ['.*/**', '{runs,report,tests}/**', '**/{src,testdata}/**', '**/CHANGELOG.md'];

/** A page's path on the site. `docs/` is the site's root; a folder's README is its first page. */
export function pageOnSite(file: string): string {
  if (file === 'README.md') return 'readme.md';
  if (file === 'CONTRIBUTING.md') return 'contributing.md';
  return file.replace(/^docs\/(site\/(?=api\/))?/, '').replace(/(^|\/)README\.md$/, '$1index.md');
}

/** The groups of the sidebar. Of the pages named here, those are listed that are there. */
const GROUPS: Readonly<Record<string, string>> = {
  Guides: `
    docs/guides/first-transfer.md docs/own-robot.md docs/guides/own-method.md docs/report.md docs/watch.md
    docs/interchange.md docs/guides/determinism.md docs/guides/speed.md docs/queue.md docs/scaling.md docs/playground.md`,
  'Methods and results': `
    docs/algorithms/mikt.md docs/algorithms/mlpp.md docs/algorithms/ppo.md docs/results/README.md
    docs/results/figure-3.md`,
  Reference: `
    docs/cli.md docs/environments.md docs/run-folder.md docs/metrics.md studies/README.md`,
  'Zoo of teachers': `
    zoo/README.md zoo/CentipedeFour.md zoo/CentipedeSix.md zoo/Ant.md zoo/Hopper.md`,
  Packages: `
    packages/core/README.md packages/graph/README.md packages/envs/README.md packages/nets/README.md
    packages/runs/README.md packages/algos/README.md packages/eval/README.md packages/queue/README.md apps/report/README.md
    apps/cli/README.md`,
  'The project': `
    README.md docs/architecture.md CONTRIBUTING.md bench/README.md bench/peers/README.md bench/fuzz/README.md`,
};

/** The sidebar of everything but the API. A page of `docs/` or a package that no group names comes last, not lost. */
export function sidebar(): DefaultTheme.SidebarItem[] {
  const groups = Object.entries(GROUPS).map(([text, pages]) => ({ text, pages: pages.trim().split(/\s+/) }));
  const named = new Set(['docs/index.md', ...groups.flatMap(({ pages }) => pages)]);
  const all = (folder: string, file: (name: string) => string) =>
    readdirSync(path.join(root, folder)).map((name) => `${folder}/${file(name)}`);
  const others = [
    ...['docs', 'docs/guides', 'docs/algorithms', 'docs/results'].flatMap((folder) =>
      all(folder, (name) => name),
    ),
    ...['packages', 'apps'].flatMap((folder) => all(folder, (name) => `${name}/README.md`)),
  ].filter((file) => file.endsWith('.md') && !named.has(file));
  return [...groups, { text: 'More', pages: others }]
    .map(({ text, pages }) => ({
      text,
      items: pages
        .filter((file) => existsSync(path.join(root, file)))
        .map((file) => ({ text: titleOf(file), link: `/${pageOnSite(file)}` })),
    }))
    .filter(({ items }) => items.length > 0);
}

/** The first heading of a page. */
function titleOf(file: string): string {
  const heading = /^# (.+)$/m.exec(readFileSync(path.join(root, file), 'utf8'));
  if (!heading) throw new Error(`${file} has no heading of the first level to take its title from.`);
  return heading[1]!.replaceAll('`', '');
}
