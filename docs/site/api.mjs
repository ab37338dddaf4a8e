// The API reference: Markdown from the doc comments of what every package exports, a tree of pages for each.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Application } from 'typedoc';

const at = (file) => fileURLToPath(new URL(file, import.meta.url));

/** The order in which packages build on each other; others come after these. */
const ORDER = ['core', 'graph', 'envs', 'nets', 'runs', 'algos', 'eval'];
const rank = (name) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
const PACKAGES = [
  ...readdirSync(at('../../packages'))
    .sort((a, b) => rank(a) - rank(b))
    .map((name) => `packages/${name}`),
  'apps/report',
];

/** Writes `api/`. @throws Error where a doc comment links to nothing */
export async function writeApi() {
  rmSync(at('api'), { recursive: true, force: true });
  const app = await Application.bootstrapWithPlugins({
    plugin: ['typedoc-plugin-markdown', 'typedoc-vitepress-theme'],
    name: 'API',
    entryPoints: PACKAGES.map((folder) => at(`../../${folder}/src/index.ts`)),
    sortEntryPoints: false,
    tsconfig: at('../../tsconfig.json'),
    docsRoot: at('.'),
    out: at('api'),
    readme: 'none',
    // npm run check has done that.
    skipErrorChecking: true,
    excludeExternals: true,
    excludePrivate: true,
    parametersFormat: 'table',
    disableGit: true,
    sourceLinkTemplate: '/source/{path}.html#L{line}',
    logLevel: 'Warn',
  });
  const project = await app.convert();
  if (!project) throw new Error('TypeDoc could not read the packages.');
  PACKAGES.forEach((folder, i) => {
    project.children[i].name = JSON.parse(readFileSync(at(`../../${folder}/package.json`), 'utf8')).name;
  });
  await app.generateOutputs(project);
  if (app.logger.hasErrors() || app.logger.hasWarnings())
    throw new Error('TypeDoc has something to say, see above.');
}
