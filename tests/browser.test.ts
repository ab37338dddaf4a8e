import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { resolveConfig, train } from '@mikt/algos';
import { relativeDifference } from '@mikt/graph';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { findChromium, launch, serve } from './chromium.js';

const executable = findChromium();
if (!executable) console.log('No Chromium ($MIKT_CHROMIUM or on the PATH): the browser test is skipped.');

const run = {
  ...{ env: 'Hopper', algo: 'ppo', seed: 1, steps: 2048, stepsPerUpdate: 512, minibatches: 8, epochs: 2 },
  ...{ envs: 4, policyHidden: [16, 16], valueHidden: [16, 16] },
};

/** What the page's script gives to the test. */
interface InPage {
  parameters: Record<string, number[]>;
  engine: string;
  episodes: number;
}

const PAGE_SCRIPT = `
  import { loadPhysics } from '@mikt/envs';
  import { resolveConfig, train } from '@mikt/algos';
  window.trainInPage = async (config) => {
    await loadPhysics({ wasmUrl: '/mujoco.wasm' });
    const { state } = await train(resolveConfig(config));
    const parameters = Object.entries(state.learner.parameters).map(([name, { data }]) => [name, [...data]]);
    return { parameters: Object.fromEntries(parameters), engine: state.engine, episodes: state.progress.episodes };
  };
`;

it.skipIf(!executable)(
  'PPO in a page ends with the parameters that it ends with in Node',
  async () => {
    const here = fileURLToPath(new URL('.', import.meta.url));
    const bundle = await build({
      stdin: { contents: PAGE_SCRIPT, resolveDir: here, loader: 'js' },
      bundle: true,
      format: 'esm',
      write: false,
      minify: true,
      // Reached in Node only: run folders (not their reader), worker threads, native TensorFlow.
      external: ['module', 'node:*', '@tensorflow/tfjs-node'],
      plugins: [
        {
          name: 'no run folders',
          setup: ({ onResolve }) =>
            onResolve({ filter: /^@mikt\/runs$/ }, ({ path }) => ({ path, external: true })),
        },
      ],
    });
    const resolve = createRequire(path.join(here, '../packages/envs/package.json')).resolve;
    const kernels = path.join(here, '../packages/graph/dist/kernels');
    const { url, server } = await serve({
      '/': '<!doctype html><title>mikt</title><script type="module" src="/page.js"></script>',
      '/page.js': bundle.outputFiles[0]!.text,
      '/mujoco.wasm': { file: path.join(path.dirname(resolve('@mujoco/mujoco')), 'mujoco.wasm') },
      ...Object.fromEntries(
        ['relaxed-private.wasm', 'simd-private.wasm'].map((file) => [
          `/kernels/${file}`,
          { file: path.join(kernels, file) },
        ]),
      ),
    });
    const browser = await launch(executable!);
    try {
      const page = await browser.newPage();
      const problems: string[] = [];
      page.on('pageerror', (error) => problems.push(error.message));
      const requests: string[] = [];
      page.on('request', (request) => requests.push(new URL(request.url()).origin));
      await page.goto(url);
      await page.waitForFunction('window.trainInPage');
      const inPage = (await page.evaluate(`window.trainInPage(${JSON.stringify(run)})`)) as InPage;

      const { state } = await train(resolveConfig(run), { threads: 1 });
      expect(inPage.engine).toBe(state.engine);
      expect(inPage.episodes).toBe(state.progress.episodes);
      let largest = 0;
      for (const [name, { data }] of Object.entries(state.learner.parameters)) {
        largest = Math.max(largest, relativeDifference(inPage.parameters[name]!, data));
      }
      console.log(`largest difference between page and Node: ${largest}`);
      expect(largest).toBe(0);
      expect(problems).toEqual([]);
      expect(new Set(requests)).toEqual(new Set([url]));
    } finally {
      await browser.close();
      server.close();
    }
  },
  120_000,
);
