import { once } from 'node:events';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { resolveConfig, teacherFromCheckpoint, trainRun } from '@mikt/algos';
import { readCheckpoint, resolveCheckpoint } from '@mikt/runs';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { axeViolations, findChromium, launch, SOFTWARE_WEBGL } from './chromium.js';
import { mikt as run, servePage, temporaryFolder } from './cli.js';

const executable = findChromium();
if (!executable)
  console.log('No Chromium ($MIKT_CHROMIUM or on the PATH): the page of mikt report is not tested in one.');

const { folder, remove } = temporaryFolder();
const at = (...parts: string[]) => path.join(folder, ...parts);
const mikt = (...args: string[]) => run(args, { cwd: folder });

const small = {
  ...{ env: 'Hopper', steps: 5120, stepsPerUpdate: 512, minibatches: 4, epochs: 1, envs: 2 },
  ...{ policyHidden: [8, 8], valueHidden: [8, 8] },
};
const provenance = { command: ['mikt', 'test'], version: 'test' };

/** Two seeds of two methods, seconds of training. */
const RUNS = ['scratch-s1', 'scratch-s2', 'mikt-s1', 'mikt-s2'];
/** The same as a study file, which begins where they are. */
const STUDY = `
name: hop
steps: 5120
seeds: [1, 2, 3]
set: { stepsPerUpdate: 512, minibatches: 4, epochs: 1, envs: 2, policyHidden: [8, 8], valueHidden: [8, 8] }
pairs: [{ name: hop, teacher: runs/scratch-s1, env: Hopper }]
methods:
  - { label: from scratch, algo: vpg }
  - { label: with teacher, algo: mikt, preset: paper }
`;

let browser: BrowserContext;

beforeAll(async () => {
  for (const seed of [1, 2]) {
    await trainRun(resolveConfig({ ...small, algo: 'ppo', seed }), at('runs', `scratch-s${seed}`), {
      ...{ provenance, threads: 1 },
    });
  }
  const file = await resolveCheckpoint(at('runs/scratch-s1'));
  for (const seed of [1, 2]) {
    const config = resolveConfig({ ...small, algo: 'mikt', seed, handOverThreshold: 0 });
    await trainRun(config, at('runs', `mikt-s${seed}`), {
      ...{ provenance, threads: 1 },
      teachers: [teacherFromCheckpoint(await readCheckpoint(file), file)],
    });
  }
  const { status, stderr } = await mikt('report', 'runs', '--out', 'report');
  expect([status, stderr]).toEqual([0, expect.stringContaining('a rollout of mikt-s')]);
  if (executable) browser = await launch(executable, SOFTWARE_WEBGL);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  remove();
});

describe('mikt report', () => {
  it('takes a folder of runs, and writes the same bytes again', async () => {
    const { status, stdout } = await mikt(
      'report',
      ...RUNS.map((name) => `runs/${name}`),
      '--out',
      'again',
      '--json',
    );
    expect(status).toBe(0);
    const { index, figures } = JSON.parse(stdout) as { index: string; figures: string[] };
    expect(index).toBe(path.join('again', 'index.html'));
    expect(figures).toContain(path.join('again', 'figures', 'learning-curves.svg'));
    const files = (readdirSync(at('report'), { recursive: true }) as string[]).filter((name) =>
      name.includes('.'),
    );
    expect(files).toEqual(
      expect.arrayContaining(['index.html', 'figures/learning-curves.png', 'data/mikt-s2.csv']),
    );
    for (const name of files)
      expect(readFileSync(at('again', name)).equals(readFileSync(at('report', name)))).toBe(true);
  });

  it('takes a study, by its labels, and says what is missing', async () => {
    writeFileSync(at('hop.yaml'), STUDY);
    for (const name of RUNS) {
      const [method, seed] = name.split('-s') as [string, string];
      const target = method === 'mikt' ? `hop/with-teacher-s${seed}` : `Hopper/from-scratch-s${seed}`;
      cpSync(at('runs', name), at('studied', target), { recursive: true });
    }
    const args = [
      'report',
      'hop.yaml',
      '--runs',
      'studied',
      '--out',
      'of-study',
      '--no-idle',
      '--no-rollouts',
      '--no-png',
    ];
    const { status, stderr } = await mikt(...args);
    expect([status, stderr]).toEqual([0, expect.not.stringContaining('doing nothing')]);
    const page = readFileSync(at('of-study/index.html'), 'utf8');
    expect(page).toContain('<h1>Study hop</h1>');
    expect(page).toContain('of the study’s 6 runs, 2 not begun');
    expect(page).toContain('hop: with teacher, seed 3 (not begun)');
    expect(page).toContain('with teacher');
    expect(page).not.toContain('Policies walking');
    expect(readdirSync(at('of-study/figures')).filter((name) => name.endsWith('.png'))).toEqual([]);
  });

  it.each<[string, string[], number, RegExp]>([
    [
      'a study that has not begun',
      ['report', 'new.yaml', '--out', 'never'],
      1,
      /no run of the study has begun; run it with: mikt study run new\.yaml/,
    ],
    ['an empty folder', ['report', 'empty', '--out', 'never'], 1, /there is no run in it/],
    [
      '--runs without a study',
      ['report', 'runs', '--runs', 'x', '--out', 'never'],
      2,
      /--runs says where the runs of one study are, and no study/,
    ],
    ['--port without --live', ['report', 'runs', '--port', '8080'], 2, /--port belongs to --live/],
    [
      '--out with --live',
      ['report', 'runs', '--live', '--out', 'never'],
      2,
      /--out does nothing with --live/,
    ],
    [
      'another page in its place',
      ['report', 'runs', '--no-idle', '--out', 'mine'],
      2,
      /is no report of mikt; move it/,
    ],
  ])('refuses %s', async (_what, args, status, sentence) => {
    writeFileSync(at('new.yaml'), STUDY.replace('name: hop', 'name: new'));
    cpSync(at('runs/scratch-s1/checkpoints'), at('empty'), { recursive: true });
    cpSync(at('report/figures'), at('mine'), { recursive: true });
    writeFileSync(at('mine/index.html'), '<!doctype html><title>mine</title>');
    const result = await mikt(...args);
    expect(result.stderr).toMatch(sentence);
    expect([result.status, result.stdout]).toEqual([status, '']);
  });
});

describe.skipIf(!executable)('the page, opened from disk', () => {
  let page: Page;
  let problems: string[];
  let requests: string[];
  let opened: string;
  const url = () => pathToFileURL(at('report/index.html')).href;

  async function open(
    options: { address?: string; width?: number; height?: number; colorScheme?: 'light' | 'dark' } = {},
  ) {
    const { address = url(), width = 1280, height = 900, colorScheme = 'light' } = options;
    page = await browser.newPage();
    problems = [];
    requests = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      // Drivers of software rendering say how slow they are.
      if (message.type() === 'error') problems.push(message.text());
    });
    page.on('request', (each) => requests.push(each.url()));
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    opened = address;
    await page.goto(address);
  }
  afterEach(async () => {
    expect(problems).toEqual([]);
    // The page itself, and what it holds in itself.
    expect(requests.filter((each) => each !== opened && !/^(data|blob):/.test(each))).toEqual([]);
    await page.close();
  });

  const figure = () => page.locator('#learning-curves');
  const values = () => figure().locator('.values');

  it('tells values under the pointer', async () => {
    await open();
    const panel = figure().locator('.panel');
    await panel.scrollIntoViewIfNeeded();
    const box = (await panel.boundingBox())!;
    await page.mouse.move(box.x + 0.75 * box.width, box.y + box.height / 2);
    await expect.poll(() => values().count()).toBe(1);
    const told = (await values().textContent()) ?? '';
    expect(told).toMatch(/^[\d,]+ environment steps, 2 seeds/);
    expect(told).toMatch(/PPO \(VPG\)−?[\d,.]+−?[\d,.]+ to/);
    expect(told).toMatch(/doing nothing\d+/);
    expect(await figure().locator('.cursor circle').count()).toBe(2);
    await page.mouse.move(2, 2);
    await expect.poll(() => values().count()).toBe(0);
  });

  it('tells values by the keyboard, aloud too', async () => {
    await open();
    await figure().locator('.panel').focus();
    await page.keyboard.press('End');
    expect(await values().textContent()).toMatch(/^5,120 environment steps/);
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Shift+ArrowLeft');
    // 161 points from 0 to 5,120: eleven of them are 352 steps.
    expect(await values().textContent()).toMatch(/^4,768 environment steps/);
    expect(await page.locator('[aria-live=polite]').textContent()).toMatch(
      /^4,768 environment steps: .*PPO \(VPG\)/,
    );
    await page.keyboard.press('Escape');
    expect(await values().count()).toBe(0);
  });

  it('hides and shows lines by the legend', async () => {
    await open();
    const lines = figure().locator('svg.wide .lines_marks path:visible');
    const bands = figure().locator('svg.wide .bands_marks path:visible');
    expect([await lines.count(), await bands.count()]).toEqual([2, 2]);
    const button = figure().getByRole('button', { name: 'MIKT' });
    await button.focus();
    await page.keyboard.press('Space');
    expect(await button.getAttribute('aria-pressed')).toBe('false');
    expect([await lines.count(), await bands.count()]).toEqual([1, 1]);
    await figure().locator('.panel').focus();
    await page.keyboard.press('End');
    expect(await values().textContent()).not.toContain('MIKT');
    await button.click();
    expect(await lines.count()).toBe(2);
  });

  it('shows a part of a plot closer, and all of it again', async () => {
    await open();
    const panel = figure().locator('.panel');
    await panel.scrollIntoViewIfNeeded();
    const box = (await panel.boundingBox())!;
    const y = box.y + 0.6 * box.height;
    await page.mouse.move(box.x + 0.4 * box.width, y);
    await page.mouse.down();
    await page.mouse.move(box.x + 0.6 * box.width, y, { steps: 3 });
    await page.mouse.up();
    const labels = figure().locator('svg.wide .zoom-axes text');
    await expect.poll(() => labels.count()).toBeGreaterThan(3);
    const line = figure().locator('svg.wide .zoom-marks');
    expect(await line.getAttribute('transform')).toMatch(/^matrix\(/);
    // The pointer's place is one of the part that is seen.
    await page.mouse.move(box.x + 0.95 * box.width, y);
    const [, steps] = /^([\d,]+)/.exec((await values().textContent()) ?? '')!;
    expect(Number(steps!.replaceAll(',', ''))).toBeLessThan(3500);
    await figure().getByRole('button', { name: 'Whole plot' }).click();
    expect(await labels.count()).toBe(0);
    expect(await line.getAttribute('transform')).toBeNull();
  });

  it('plays recorded rollouts', async () => {
    await open();
    const card = page.locator('.rollout', { hasText: 'MIKT' });
    await card.getByRole('button', { name: 'Watch MIKT' }).press('Enter');
    await expect.poll(() => card.locator('canvas').count()).toBe(1);
    await expect.poll(() => card.locator('.play').count()).toBe(0);
  });

  it('is reached by the keyboard from beginning to end', async () => {
    await open();
    const focusable = await page
      .locator('a[href], button, summary, [tabindex="0"]')
      .evaluateAll(
        (all) =>
          all.filter((each) => (each as unknown as { checkVisibility(): boolean }).checkVisibility()).length,
      );
    const reached = new Set<string>();
    for (let i = 0; i < focusable; i++) {
      await page.keyboard.press('Tab');
      reached.add(
        await page.evaluate(`(() => {
          const all = [...document.querySelectorAll('*')];
          return String(all.indexOf(document.activeElement));
        })()`),
      );
    }
    expect(reached.size).toBe(focusable);
  });

  it.each(['light', 'dark'] as const)('has no fault that axe finds, %s', async (colorScheme) => {
    await open({ colorScheme });
    await page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true");
    expect(await axeViolations(page)).toEqual([]);
  });

  it('fits a telephone without scrolling sideways', async () => {
    await open({ width: 400, height: 800 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(400);
    expect(await figure().locator('svg.narrow').isVisible()).toBe(true);
    expect(await figure().locator('svg.wide').isVisible()).toBe(false);
  });

  it('is complete without its script', async () => {
    const silent = at('report/silent.html');
    const html = readFileSync(at('report/index.html'), 'utf8');
    writeFileSync(silent, html.replaceAll(/<script>.*?<\/script>/gs, ''));
    await open({ address: pathToFileURL(silent).href });
    expect(await figure().locator('svg.wide').isVisible()).toBe(true);
    expect(await page.locator('caption').count()).toBeGreaterThan(3);
    // Nothing speaks of what it cannot do.
    expect(await page.locator('.how').first().isVisible()).toBe(false);
    rmSync(silent);
  });
});

describe('mikt report --live', () => {
  function ask(url: string, target: string, host?: string): Promise<{ status: number; body: string }> {
    const { port } = new URL(url);
    return new Promise((resolve, reject) => {
      const sent = request(
        { host: '127.0.0.1', port, path: target, headers: host === undefined ? {} : { host }, agent: false },
        (response) => {
          let body = '';
          response.setEncoding('utf8');
          response.on('data', (data) => {
            body += data;
          });
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
        },
      );
      sent.on('error', reject);
      sent.end();
    });
  }

  it('serves the page, takes in new rows, answers nobody else, and ends with Ctrl-C', async () => {
    cpSync(at('runs/scratch-s1'), at('going/scratch-s1'), { recursive: true });
    const metrics = at('going/scratch-s1/metrics.csv');
    const whole = readFileSync(metrics, 'utf8');
    const rows = whole.trimEnd().split('\n');
    const manifest = at('going/scratch-s1/run.json');
    const finished = readFileSync(manifest, 'utf8');
    writeFileSync(manifest, finished.replace('"finished"', '"running"'));
    writeFileSync(metrics, `${rows.slice(0, 5).join('\n')}\n`);
    const { child, url } = await servePage(['report', '--live', '--no-idle', 'going'], folder);

    expect((await ask(url, '/')).body).toContain('interrupted at 40%');
    expect(await ask(url, '/', 'elsewhere.example')).toMatchObject({ status: 403 });
    expect(await ask(url, '/data/scratch-s1.csv')).toMatchObject({ status: 200 });
    for (const target of ['/../run.json', '/run.json', '/data/../../hop.yaml', '/figures']) {
      expect(await ask(url, target)).toMatchObject({ status: 404 });
    }

    if (executable) {
      const page = await browser.newPage();
      const problems: string[] = [];
      page.on('pageerror', (error) => problems.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') problems.push(message.text());
      });
      await page.goto(url);
      await expect
        .poll(() => page.locator('.live').textContent(), { timeout: 20_000 })
        .toMatch(/^Live: as of/);
      const legend = page.locator('#learning-curves .legend button');
      await legend.click();
      writeFileSync(metrics, whole);
      writeFileSync(manifest, finished);
      await expect
        .poll(() => page.locator('#overview + p').textContent(), { timeout: 40_000 })
        .toContain('all finished');
      await expect.poll(() => legend.getAttribute('aria-pressed')).toBe('false');
      await page.locator('#learning-curves .panel').focus();
      expect(problems).toEqual([]);
      await page.close();
    } else {
      writeFileSync(metrics, whole);
      writeFileSync(manifest, finished);
      await expect
        .poll(async () => (await ask(url, '/')).body, { timeout: 40_000 })
        .toContain('all finished');
    }

    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
    rmSync(at('going'), { recursive: true });
  }, 120_000);
});
