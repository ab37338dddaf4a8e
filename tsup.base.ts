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

/**
 * A package that pages import from: a built module for each of its sources, so that a bundler drops those that are
 * not used together with what they import. Of a single file it keeps every import. Types are of the public entries.
 */
export function library(entries: string[] = ['src/index.ts']): Options {
  return {
    ...base,
    entry: ['src/**/*.ts', '!src/**/*.test.ts', '!src/**/testing*', '!src/**/testing/**'],
    bundle: false,
    dts: { entry: entries },
  };
}
