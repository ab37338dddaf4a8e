import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import path from 'node:path';
import type { BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axeViolations, filesOf, findChromium, launch, serve } from './chromium.js';
import { listPages, ROOT } from './docs/pages.js';

const executable = findChromium();
if (!executable) console.log('No Chromium ($MIKT_CHROMIUM or on the PATH): the site is not looked at.');

const site = path.join(ROOT, 'docs/site/dist');
let pages: Map<string, string>;

// Pages are rendered and every link in them is followed: one that leads nowhere ends the build.
beforeAll(() => {
  execFileSync(process.execPath, [path.join(ROOT, 'docs/site/build.mjs')], { stdio: 'pipe' });
  const files = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.html'),
  );
  pages = new Map(files.map((file) => [`/${file}`, readFileSync(path.join(site, file), 'utf8')]));
}, 600_000);

describe('the site', () => {
  it('has every page of the repository', () => {
    expect(listPages().filter((page) => !pages.has(addressOf(page)))).toEqual([]);
  });

  it('has what every package exports', () => {
    for (const file of [
      'core/classes/Rng',
      'algos/functions/registerMethod',
      'report/functions/writeReport',
    ]) {
      expect([...pages.keys()]).toContain(`/api/@mikt/${file}.html`);
    }
  });

  it('links to headings that are there', () => {
    const ids = new Map([...pages].map(([file, html]) => [file, new Set(matches(html, / id="([^"]+)"/g))]));
    const broken = [...pages].flatMap(([file, html]) =>
      matches(html, /<a [^>]*href="([^"]+#[^"]+)"/g)
        .filter((href) => !/^https?:/.test(href))
        .filter((href) => {
          const { pathname, hash } = new URL(href, `http://site${file}`);
          const target = pathname.endsWith('/') ? `${pathname}index.html` : decodeURIComponent(pathname);
          return !ids.get(target)?.has(decodeURIComponent(hash.slice(1)));
        })
        .map((href) => `${file} -> ${href}`),
    );
    expect(broken).toEqual([]);
  });

  it('takes nothing from elsewhere', () => {
    const taken = [...pages.values()].flatMap((html) =>
      matches(html, /<(?:script|img|link|source|iframe)\b[^>]*(?:src|href)="(https?:[^"]+)"/g),
    );
    expect(taken).toEqual([]);
  });
});

describe.skipIf(!executable)('in a browser', () => {
  let browser: BrowserContext;
  let server: Server;
  let url: string;
  const asked = new Set<string>();
  const problems: string[] = [];

  beforeAll(async () => {
    ({ server, url } = await serve(filesOf(site)));
    browser = await launch(executable!);
    browser.on('request', (request) => asked.add(new URL(request.url()).origin));
    browser.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    browser.on('weberror', (error) => problems.push(error.error().message));
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  it('finds what is searched for, and goes there', async () => {
    const page = await browser.newPage();
    await page.goto(url);
    await page.keyboard.press('Control+k');
    await page.getByRole('searchbox').fill('registerMethod');
    const found = page.locator('.VPLocalSearchBox .result').filter({ hasText: 'registerMethod()' });
    await found.first().click();
    await page.waitForURL(/registerMethod/);
    expect(await page.locator('h1').textContent()).toContain('registerMethod()');
    await page.close();
  });

  it.each([
    '/',
    '/guides/first-transfer.html',
    '/guides/own-method.html',
    '/architecture.html',
    '/cli.html',
    '/api/@mikt/algos/',
  ])('%s fits a telephone, and can be read by all in light and dark', async (address) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await browser.newPage();
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width: 375, height: 700 });
      await page.goto(url + address, { waitUntil: 'networkidle' });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(375);
      expect(await axeViolations(page, '.vp-doc')).toEqual([]);
      await page.close();
    }
  });

  it('asked nobody else, and had nothing to complain of', () => {
    expect([...asked]).toEqual([url]);
    expect(problems).toEqual([]);
  });
});

/** Where the site has a page of the repository. */
function addressOf(page: string): string {
  const special: Record<string, string> = { 'README.md': 'readme.md', 'CONTRIBUTING.md': 'contributing.md' };
  const place = special[page] ?? page.replace(/^docs\//, '').replace(/(^|\/)README\.md$/, '$1index.md');
  return `/${place.replace(/\.md$/, '.html')}`;
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, found]) => found!.replaceAll('&amp;', '&'));
}
