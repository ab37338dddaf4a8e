import { defineConfig, type Options } from 'tsup';
import { base } from '../../tsup.base';

/** Scripts for pages, each with everything that it needs in it. */
const forPages: Options = {
  outDir: 'dist/browser',
  platform: 'browser',
  target: 'es2022',
  minify: true,
  splitting: false,
  noExternal: [/.*/],
  outExtension: () => ({ js: '.js' }),
  esbuildPlugins: [
    {
      name: 'nothing of Node',
      // What a page never reaches: run folders on disk, worker threads, MuJoCo's loader for Node, native TensorFlow.
      setup: ({ onResolve }) =>
        onResolve({ filter: /^(node:.*|module|@tensorflow\/tfjs-node)$/ }, ({ path }) => ({
          path,
          external: true,
          sideEffects: false,
        })),
    },
  ],
};

export default defineConfig([
  // The scripts are built at the same time; neither may clear away the other's.
  { ...base, clean: ['!browser/**'] },
  {
    ...forPages,
    entry: {
      live: 'src/page/browser/live.ts',
      page: 'src/page/browser/page.ts',
      player: 'src/viewer/browser/player.ts',
    },
    format: ['iife'],
  },
  { ...forPages, entry: { watch: 'src/viewer/browser/watch.ts' }, format: ['esm'] },
]);
