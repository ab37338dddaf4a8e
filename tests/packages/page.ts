import { gzipSync } from 'node:zlib';
import { build, type Plugin } from 'esbuild';

/** What a page loads at its start that imports something of a package. */
export interface PageCost {
  /** Minified, gzipped. */
  readonly bytes: number;
  /** Packages of others whose code came along. */
  readonly packages: readonly string[];
  /** Modules of Node that the page would look for. */
  readonly node: readonly string[];
}

/** Modules of Node are found, to be reported; what is imported dynamically is loaded later, if ever. */
const outside: Plugin = {
  name: 'outside of the page',
  setup({ onResolve }) {
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, external: true, sideEffects: false }));
    onResolve({ filter: /./ }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path, external: true } : null,
    );
  },
};

/**
 * Bundles a page that imports one name of an entry, or everything (`*`).
 * @param folder where the packages are installed
 */
export async function measurePage(folder: string, entry: string, name: string): Promise<PageCost> {
  const what = name === '*' ? '* as it' : `{ ${name} as it }`;
  const { outputFiles, metafile } = await build({
    stdin: { contents: `import ${what} from '${entry}'; globalThis.it = it;`, resolveDir: folder },
    absWorkingDir: folder,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    plugins: [outside],
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  const [{ inputs, imports }] = Object.values(metafile.outputs) as [(typeof metafile.outputs)[string]];
  const packages = Object.entries(inputs)
    // Of a CommonJS module that is not used an empty shell remains.
    .filter(([, { bytesInOutput }]) => bytesInOutput > 100)
    .map(([input]) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1])
    .filter((found) => found !== undefined && !found.startsWith('@mikt/'));
  return {
    bytes: gzipSync(outputFiles[0]!.contents).length,
    packages: [...new Set(packages as string[])].sort(),
    node: [...new Set(imports.map(({ path }) => path))].filter((path) => path.startsWith('node:')).sort(),
  };
}
