import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

/** `$MIKT_CHROMIUM`, or the first Chromium on the PATH; undefined where there is none. */
export function findChromium(): string | undefined {
  const { MIKT_CHROMIUM } = process.env;
  if (MIKT_CHROMIUM) return MIKT_CHROMIUM;
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    try {
      return execFileSync('which', [name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    } catch {}
  }
  return undefined;
}

/** For pages that draw with WebGL, on machines without a graphics card. */
export const SOFTWARE_WEBGL = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader'];

/** A headless Chromium with a profile of its own that talks to nobody but the page's server. */
export function launch(executablePath: string, args: readonly string[] = []): Promise<BrowserContext> {
  return chromium.launchPersistentContext(mkdtempSync(path.join(tmpdir(), 'mikt-chromium-')), {
    executablePath,
    headless: true,
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      ...args,
    ],
  });
}

/** What axe finds wrong in a page, or in a part of it: its rules, and the elements that break them. */
export async function axeViolations(page: Page, part = 'html'): Promise<{ id: string; at: string[] }[]> {
  await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
  return page.evaluate(
    `axe.run(${JSON.stringify(part)}).then(({ violations }) =>
      violations.map(({ id, nodes }) => ({ id, at: nodes.map(({ html }) => html.slice(0, 160)) })))`,
  );
}

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/** All files of a folder as a web server has them below `address`, which ends with a slash. For `serve`. */
export function filesOf(folder: string, address = '/'): Record<string, { file: string }> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const file = path.join(parentPath, name);
      const below = path.relative(folder, file).split(path.sep).join('/');
      return [address + below.replace(/(^|\/)index\.html$/, '$1'), { file }];
    }),
  );
}

/** Serves texts, and files by where they lie, on loopback. */
export async function serve(
  pages: Record<string, string | { file: string }>,
  headers: Record<string, string> = {},
): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    const page = pages[decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname)];
    if (page === undefined) {
      response.writeHead(404).end();
      return;
    }
    const type =
      TYPES[path.extname(typeof page === 'string' ? (request.url ?? '') : page.file)] ?? TYPES['.html']!;
    response.writeHead(200, { ...headers, 'content-type': type });
    response.end(typeof page === 'string' ? page : readFileSync(page.file));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}
