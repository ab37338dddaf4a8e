// Keeps the packages apart: each may depend only on those below it, reaches them through their public entry, and
// never by a relative path.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Package folder -> the workspace packages it may depend on. */
const ALLOWED = {
  'packages/core': [],
  'packages/graph': ['core'],
  'packages/envs': ['core'],
  'packages/runs': ['core'],
  'packages/nets': ['core', 'graph'],
  'packages/algos': ['core', 'graph', 'envs', 'nets', 'runs'],
  'packages/eval': ['core', 'graph', 'envs', 'nets', 'runs', 'algos'],
  'packages/queue': ['core', 'runs'],
  'apps/report': ['core', 'graph', 'envs', 'nets', 'runs', 'algos', 'eval'],
  'apps/cli': ['core', 'graph', 'envs', 'nets', 'runs', 'algos', 'eval', 'queue', 'report', 'zoo'],
};

/** Sources of scripts for pages. What they import is built into them, so that no user needs to install it. */
const BUILT_IN = /^apps\/report\/src\/\w+\/browser\//;

const IMPORT = /(?:\bfrom\s+|^import\s+|\bimport\(\s*)(['"])([@\w.][\w@./-]*)\1/gm;

function* sources(folder) {
  for (const name of readdirSync(folder)) {
    const file = path.join(folder, name);
    if (statSync(file).isDirectory()) yield* sources(file);
    else if (/\.(ts|tsx|mts|js|mjs)$/.test(name)) yield file;
  }
}

const problems = [];
for (const [folder, allowed] of Object.entries(ALLOWED)) {
  const manifest = JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8'));
  const declared = {
    ...manifest.dependencies,
    ...manifest.optionalDependencies,
    ...manifest.peerDependencies,
  };
  for (const name of Object.keys(declared)) {
    if (name.startsWith('@mikt/') && !allowed.includes(name.slice('@mikt/'.length))) {
      problems.push(`${folder}/package.json depends on ${name}, which does not lie below it.`);
    }
  }
  const entries = path.join(root, folder, 'src');
  for (const file of sources(entries)) {
    const where = path.relative(root, file);
    const mayUseDevelopment = file.endsWith('.test.ts') || BUILT_IN.test(where);
    for (const [, , specifier] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
      if (specifier.startsWith('.')) {
        const target = path.resolve(path.dirname(file), specifier);
        if (!target.startsWith(path.join(root, folder) + path.sep)) {
          problems.push(`${where} reaches out of its package with ${specifier}.`);
        }
        continue;
      }
      if (specifier.startsWith('node:')) continue;
      const [scope, name, ...deep] = specifier.split('/');
      const dependency = specifier.startsWith('@') ? `${scope}/${name}` : scope;
      if (mayUseDevelopment && (dependency === 'vitest' || dependency in (manifest.devDependencies ?? {})))
        continue;
      if (!(dependency in declared))
        problems.push(`${where} imports ${dependency}, which its package.json does not name.`);
      if (scope === '@mikt' && deep.length > 0) {
        const { exports } = JSON.parse(
          readFileSync(path.join(root, folder, 'node_modules', dependency, 'package.json'), 'utf8'),
        );
        if (!(`./${deep.join('/')}` in exports))
          problems.push(`${where} reaches into ${dependency} with ${specifier}.`);
      }
    }
  }
}

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
