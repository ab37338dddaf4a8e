import type { Options } from 'tsup';

/** What every package's build shares: one ESM entry with its types and source map. */
export const base: Options = {
  entry: ['src/index.ts'],
  format: ['esm'],
  target: 'es2022',
  dts: true,
  sourcemap: true,
  clean: true,
  // Bundlers tell Node's modules by their prefix.
  removeNodeProtocol: false,
};
