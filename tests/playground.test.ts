import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  policyFromCheckpoint,
  presetValues,
  readTrainingState,
  resolveConfig,
  teacherFromCheckpoint,
  train,
} from '@mikt/algos';
import { evaluatePolicy } from '@mikt/eval';
import { createEngine } from '@mikt/graph';
import { decodeCheckpoint } from '@mikt/runs';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axeViolations, filesOf, findChromium, launch, SOFTWARE_WEBGL, serve } from './chromium.js';
import { type PageServer, mikt as run, servePage, temporaryFolder } from './cli.js';

const executable = findChromium();
if (!executable)
  console.log('No Chromium ($MIKT_CHROMIUM or on the PATH): the page of mikt playground is not tested.');

const { folder, remove } = temporaryFolder();
const at = (...parts: string[]) => path.join(folder, ...parts);
const mikt = (...args: string[]) => run(args, { cwd: folder });
const zoo = (name: string) => fileURLToPath(new URL(`../zoo/${name}.safetensors`, import.meta.url));

afterAll(remove);

/** The fewest steps that MIKT does with: a pass for the normaliser, and two updates. */
const STEPS = 6144;

describe('mikt playground --out', () => {
  it('writes static files with relative addresses, and replaces an earlier playground', async () => {
    const first = await mikt('playground', '--out', 'site', '--json');
    expect(first.status).toBe(0);
    const written = JSON.parse(first.stdout) as { index: string; files: number; bytes: number };
    expect(written).toMatchObject({ index: path.join('site', 'index.html') });
    expect(written.bytes).toBeLessThan(15e6);
    const html = readFileSync(at('site/index.html'), 'utf8');
    expect([...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address)).toEqual([
      'data:,',
      'playground.js',
    ]);
    writeFileSync(at('site/chunk-OLDER123.js'), '');
    writeFileSync(at('site/CNAME'), 'robots.example');
    expect((await mikt('playground', '--out', 'site')).stdout).toContain(`(${written.files} files, `);
    const names = readdirSync(at('site'));
    expect(names).toContain('CNAME');
    expect(names).not.toContain('chunk-OLDER123.js');
  });

  it('says why it does not', async () => {
    writeFileSync(at('index.html'), '<title>Mine</title>');
    for (const [args, status, words] of [
      [
        ['--out', '.'],
        2,
        'index.html is there and is no playground of mikt; move it, or give another --out.',
      ],
      [['--out', 'site', '--port', '80'], 2, '--port does nothing with --out'],
      [['--out', 'index.html/site'], 1, 'the playground cannot be written there'],
    ] as const) {
      const finished = await mikt('playground', ...args);
      expect(finished.stderr, args.join(' ')).toContain(words);
      expect(finished.status, args.join(' ')).toBe(status);
    }
  });
});

describe.skipIf(!executable)('the playground', () => {
  let browser: BrowserContext;
  let server: PageServer;
  let isolated: string;
  let plain: Awaited<ReturnType<typeof serve>>;

  beforeAll(async () => {
    browser = await launch(executable!, SOFTWARE_WEBGL);
    server = await servePage(['playground'], folder);
    isolated = server.url;
    // Any server, any path, and no headers.
    expect((await mikt('playground', '--out', 'site')).status).toBe(0);
    plain = await serve(filesOf(at('site'), '/robots/play/'));
  });
  afterAll(async () => {
    await browser?.close();
    plain?.server.close();
    server?.child.kill('SIGINT');
    if (server) expect(await once(server.child, 'close')).toEqual([0, null]);
  });

  /** A page in which robots stand still until they are told to walk, and what went wrong in it. */
  async function open(url: string) {
    const page = await browser.newPage();
    await page.emulateMedia({ reducedMotion: 'reduce' });
    const problems: string[] = [];
    const origins = new Set<string>();
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    page.on('request', (request) => origins.add(new URL(request.url()).origin));
    await page.goto(url);
    await page.getByRole('button', { name: 'Start' }).waitFor();
    return {
      page,
      async close() {
        expect(problems).toEqual([]);
        expect([...origins]).toEqual([new URL(url).origin]);
        await page.close();
      },
    };
  }

  async function setUp(page: Page, steps: number): Promise<void> {
    await page.getByLabel('Teacher', { exact: true }).selectOption('zoo:Hopper');
    await page.getByLabel('Student’s robot').selectOption('Hopper');
    await page.getByLabel('Steps', { exact: true }).fill(String(steps));
  }

  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
  const reading = (page: Page, name: string) => page.locator(`[data-reading=${name}]`).first();
  const standing = (page: Page, training: number) => page.locator('.trainings li .standing').nth(training);
  const student = (page: Page) => page.getByRole('img', { name: 'Student: Hopper, in three dimensions' });

  it('trains with a teacher on shared memory, then from scratch, and gives the student away', async () => {
    const { page, close } = await open(isolated);
    const threads = Math.min(os.availableParallelism(), 8);
    expect(await page.evaluate('crossOriginIsolated')).toBe(true);
    await setUp(page, STEPS);
    await button(page, 'Start').click();
    await student(page).waitFor();
    await button(page, 'Train the same from scratch').click();
    expect(await standing(page, 1).textContent()).toBe('waits for the one before');
    await expect.poll(() => page.locator('.curve').count(), { timeout: 30_000 }).toBe(5);
    expect(await reading(page, 'threads').textContent()).toBe(
      threads > 1 ? `${threads}, shared memory` : '1, no shared memory',
    );

    // The student goes on with what it has learned by now; it is drawn, and it walks when it is let.
    await expect
      .poll(() => standing(page, 0).textContent(), { timeout: 30_000 })
      .toMatch(/^finished · 6,144 steps/);
    await page.getByRole('button', { name: 'Watch MIKT (matched)' }).click();
    // Its own layers have the first word in this preset, so that it was set free at the end of so short a training.
    await page.getByText('Policy after 6,144 steps', { exact: true }).waitFor();
    const still = await student(page).screenshot();
    await button(page, 'Let the robots walk').click();
    await expect.poll(async () => (await student(page).screenshot()).equals(still)).toBe(false);
    await button(page, 'Pause the robots').click();

    await expect.poll(() => standing(page, 1).textContent(), { timeout: 30_000 }).toMatch(/^finished/);
    expect(await button(page, 'Train the same from scratch').isDisabled()).toBe(true);

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save the student of MIKT (matched)' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('Hopper-mikt-s1-6144.safetensors');
    await download.saveAs(at('student.safetensors'));

    // As axe sees it, and on a telephone.
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await axeViolations(page), colorScheme).toEqual([]);
    }
    await page.setViewportSize({ width: 400, height: 800 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(400);
    await close();

    const checkpoint = decodeCheckpoint(readFileSync(at('student.safetensors')), 'student');
    const teacher = teacherFromCheckpoint(
      decodeCheckpoint(readFileSync(zoo('Hopper')), 'zoo:Hopper'),
      'zoo:Hopper',
    );
    const config = { ...presetValues('mikt', 'matched'), env: 'Hopper', algo: 'mikt', seed: 1, steps: STEPS };
    const { state } = await train(resolveConfig(config), { teachers: [teacher] });
    // Bit for bit what Node ends with.
    expect(readTrainingState(checkpoint, 'student').learner.parameters).toEqual(state.learner.parameters);
    const engine = await createEngine('wasm');
    const policy = policyFromCheckpoint(checkpoint, engine, 'student');
    const { episodes } = await evaluatePolicy(policy, 'Hopper', { episodes: 1 });
    expect(episodes[0]!.length).toBeGreaterThan(1);
    policy.dispose();
    engine.dispose();
  }, 120_000);

  it('trains on one thread where there is no shared memory, says so, and stops', async () => {
    const { page, close } = await open(`${plain.url}/robots/play/`);
    expect(await page.locator('#isolation').textContent()).toContain(
      '“Cross-Origin-Opener-Policy: same-origin”',
    );
    expect(await page.getByLabel('Threads').count()).toBe(0);
    await setUp(page, 1e6);
    await button(page, 'Start').click();
    await expect.poll(() => page.locator('.curve').count(), { timeout: 30_000 }).toBe(5);
    expect(await reading(page, 'threads').textContent()).toBe('1, no shared memory');
    expect(await reading(page, 'steps').textContent()).toMatch(/ of 1,001,472$/);

    const plot = page.getByRole('group', { name: 'Return: mean of the last 100 episodes' });
    await plot.focus();
    await page.keyboard.press('Home');
    expect(await page.getByRole('status').textContent()).toMatch(
      /^2,048 environment steps: MIKT \(matched\) [\d.]+$/,
    );

    await button(page, 'Stop').click();
    await expect
      .poll(() => standing(page, 0).textContent(), { timeout: 30_000 })
      .toMatch(/^stopped · [\d,]+ steps/);
    expect(await button(page, 'Stop').isDisabled()).toBe(true);
    await close();
  }, 60_000);

  it('takes a teacher from a file, and says in a sentence what is wrong', async () => {
    const { page, close } = await open(isolated);
    const alert = page.getByRole('alert');
    const file = page.getByLabel('or a checkpoint of your own');
    writeFileSync(at('damaged.safetensors'), 'nothing');
    await file.setInputFiles(at('damaged.safetensors'));
    await expect.poll(() => alert.textContent()).toMatch(/^Damaged\.safetensors: /);
    await file.setInputFiles(zoo('Ant'));
    await page.getByText('Ant.safetensors after 2,000,896 steps').waitFor();

    await setUp(page, 100);
    await button(page, 'Start').click();
    await expect.poll(() => alert.textContent()).toMatch(/^The run has 1 learning update, too few/);
    await page.getByLabel('Teacher', { exact: true }).selectOption('none: from scratch');
    expect(await page.getByLabel('Method').locator('option').allTextContents()).toEqual(['PPO (VPG)']);
    await page.getByLabel('Student’s robot').selectOption('Centipede with other legs');
    await page.getByLabel('Legs').fill('100');
    await button(page, 'Start').click();
    await expect
      .poll(() => alert.textContent(), { timeout: 20_000 })
      .toBe('PPO (VPG): "Centipede100" asks for 100 legs; centipedes have 3 to 99.');
    expect(await standing(page, 0).textContent()).toMatch(/^failed: /);
    await page.getByRole('button', { name: 'Remove PPO (VPG)' }).click();
    expect(await page.locator('.trainings li').count()).toBe(0);
    expect(await page.getByRole('heading', { name: 'No training yet' }).count()).toBe(1);
    await close();
  }, 60_000);
});
