import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';

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

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
};

/** What a page needs to be cross-origin isolated, and so to have shared memory. */
export const ISOLATION = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/** Serves texts, and files by where they lie, on loopback. */
export async function serve(
  pages: Record<string, string | { file: string }>,
  headers: Record<string, string> = {},
): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    const page = pages[new URL(request.url ?? '/', 'http://localhost').pathname];
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
