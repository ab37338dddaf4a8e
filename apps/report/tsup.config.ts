import { cpSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
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
      // What a page never reaches: run folders on disk, worker threads, MuJoCo's loader for Node.
      setup: ({ onResolve }) =>
        onResolve({ filter: /^(node:.*|module)$/ }, ({ path }) => ({
          path,
          external: true,
          sideEffects: false,
        })),
    },
    {
      name: 'nothing of TensorFlow',
      // Pages run networks on the wasm engine alone: the other one would be more than half of a script.
      setup: ({ onResolve, onLoad }) => {
        onResolve({ filter: /^@tensorflow\// }, ({ path }) => ({ path, namespace: 'left-out' }));
        onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'module.exports = {};' }));
      },
    },
  ],
};

/** Two of the font's eighteen styles, and its licence. */
function copyFonts(): void {
  const from = path.dirname(createRequire(import.meta.url).resolve('@expo-google-fonts/inter'));
  for (const file of [
    '400Regular/Inter_400Regular.ttf',
    '600SemiBold/Inter_600SemiBold.ttf',
    'LICENSE_FONT',
  ]) {
    cpSync(path.join(from, file), path.join('dist/fonts', path.basename(file)));
  }
}

export default defineConfig([
  // The scripts are built at the same time; neither may clear away the other's.
  { ...base, clean: ['!browser/**'], onSuccess: async () => copyFonts() },
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
  {
    ...forPages,
    // The page, the worker that trains, and the threads of a training have most of their code in common.
    entry: {
      playground: 'src/playground/browser/playground.ts',
      trainer: 'src/playground/browser/trainer.ts',
      worker: 'src/playground/browser/worker.ts',
    },
    outDir: 'dist/browser/playground',
    clean: true,
    format: ['esm'],
    splitting: true,
  },
]);
