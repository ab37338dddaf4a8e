import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { resolveConfig, teacherFromCheckpoint, train } from '@mikt/algos';
import { relativeDifference } from '@mikt/graph';
import { ISOLATION_HEADERS } from '@mikt/report';
import { decodeCheckpoint } from '@mikt/runs';
import { build } from 'esbuild';
import type { BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium, launch, serve } from './chromium.js';

const executable = findChromium();
if (!executable) console.log('No Chromium ($MIKT_CHROMIUM or on the PATH): the browser test is skipped.');

const here = fileURLToPath(new URL('.', import.meta.url));
const zoo = path.join(here, '../zoo/Hopper.safetensors');

const run = {
  ...{ env: 'Hopper', seed: 1, steps: 2048, stepsPerUpdate: 512, minibatches: 8, epochs: 2, envs: 4 },
  ...{ policyHidden: [16, 16], valueHidden: [16, 16] },
};

/** What the page's script gives to the test. */
interface InPage {
  parameters: Record<string, number[]>;
  engine: string;
  episodes: number;
  threads: number;
}

const PAGE_SCRIPT = `
  import { resolveConfig, teacherFromCheckpoint, train } from '@mikt/algos';
  import { decodeCheckpoint } from '@mikt/runs/reader';
  window.trainInPage = async (config, threads) => {
    const teachers = [];
    if (config.algo !== 'ppo') {
      const response = await fetch('teacher.safetensors');
      teachers.push(teacherFromCheckpoint(decodeCheckpoint(new Uint8Array(await response.arrayBuffer()), 'zoo'), 'zoo'));
    }
    let team;
    const openSink = async (opened) => {
      team = opened.threads;
      return { appendMetrics() {}, appendEpisode() {}, async saveCheckpoint() {} };
    };
    const { state } = await train(resolveConfig(config), { threads, teachers, openSink });
    const parameters = Object.entries(state.learner.parameters).map(([name, { data }]) => [name, [...data]]);
    return {
      parameters: Object.fromEntries(parameters),
      engine: state.engine,
      episodes: state.progress.episodes,
      threads: team,
    };
  };
`;

async function bundle(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: here, loader: 'js' },
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
  return outputFiles[0]!.text;
}

/** Everything that the package looks for beside a page's script: its worker's, the physics, the kernels. */
async function files(): Promise<Record<string, string | { file: string }>> {
  const resolve = createRequire(path.join(here, '../packages/envs/package.json')).resolve;
  const kernels = ['relaxed-private', 'relaxed-shared', 'simd-private', 'simd-shared'];
  return {
    '/': '<!doctype html><title>mikt</title><script type="module" src="/page.js"></script>',
    '/page.js': await bundle(PAGE_SCRIPT),
    '/worker.js': await bundle("import '@mikt/algos/worker';"),
    '/mujoco.wasm': { file: path.join(path.dirname(resolve('@mujoco/mujoco')), 'mujoco.wasm') },
    '/teacher.safetensors': { file: zoo },
    ...Object.fromEntries(
      kernels.map((name) => [
        `/kernels/${name}.wasm`,
        { file: path.join(here, `../packages/graph/dist/kernels/${name}.wasm`) },
      ]),
    ),
  };
}

describe.skipIf(!executable)('training in a page', () => {
  let browser: BrowserContext;
  let isolated: Awaited<ReturnType<typeof serve>>;
  let plain: Awaited<ReturnType<typeof serve>>;
  beforeAll(async () => {
    const pages = await files();
    isolated = await serve(pages, ISOLATION_HEADERS);
    plain = await serve(pages);
    browser = await launch(executable!);
  });
  afterAll(async () => {
    await browser?.close();
    isolated?.server.close();
    plain?.server.close();
  });

  async function trainInPage(url: string, config: object, threads?: number): Promise<InPage> {
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    const requests: string[] = [];
    page.on('request', (request) => requests.push(new URL(request.url()).origin));
    await page.goto(url);
    await page.waitForFunction('window.trainInPage');
    const trained = await page.evaluate(`window.trainInPage(${JSON.stringify(config)}, ${threads})`);
    await page.close();
    expect(problems).toEqual([]);
    expect(new Set(requests)).toEqual(new Set([url]));
    return trained as InPage;
  }

  it.each(['ppo', 'mikt'])(
    '%s ends with the parameters that it ends with in Node, on any number of threads',
    async (algo) => {
      const config = {
        ...run,
        algo,
        ...(algo === 'mikt' ? { encoderHidden: [16], variationalHidden: [16] } : {}),
      };
      const teachers =
        algo === 'mikt' ? [teacherFromCheckpoint(decodeCheckpoint(readFileSync(zoo), 'zoo'), 'zoo')] : [];
      const { state } = await train(resolveConfig(config), { threads: 1, teachers });
      for (const [url, asked, threads] of [
        [plain.url, 2, 1],
        [isolated.url, 2, 2],
      ] as const) {
        const inPage = await trainInPage(url, config, asked);
        expect(inPage.threads).toBe(threads);
        expect(inPage.engine).toBe(state.engine);
        expect(inPage.episodes).toBe(state.progress.episodes);
        let largest = 0;
        for (const [name, { data }] of Object.entries(state.learner.parameters)) {
          largest = Math.max(largest, relativeDifference(inPage.parameters[name]!, data));
        }
        console.log(`${algo}, ${threads} threads: largest difference between page and Node: ${largest}`);
        expect(largest).toBe(0);
      }
    },
    120_000,
  );

  it('says which script is missing where a page has none for its threads', async () => {
    const page = await browser.newPage();
    await page.route('**/worker.js', (route) => route.fulfill({ status: 404 }));
    await page.goto(isolated.url);
    await page.waitForFunction('window.trainInPage');
    const message = await page.evaluate(
      `window.trainInPage(${JSON.stringify({ ...run, algo: 'ppo' })}, 2).catch((error) => error.message)`,
    );
    expect(message).toBe(`a worker thread failed: ${isolated.url}/worker.js could not be loaded.`);
    await page.close();
  });
});
