import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { InvalidInputError } from '@mikt/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalServer, serveLocally } from './local-server.js';

const folder = mkdtempSync(path.join(tmpdir(), 'mikt-server-'));
const file = path.join(folder, 'policy.bin');
writeFileSync(file, 'bytes');

let server: LocalServer;
beforeAll(async () => {
  server = await serveLocally(
    new Map([
      ['/', { type: 'text/html; charset=utf-8', text: '<!doctype html>' }],
      ['/policy', { type: 'application/octet-stream', file }],
      ['/gone', { type: 'text/plain', file: path.join(folder, 'gone') }],
    ]),
  );
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** Sends a path as it is, which `fetch` would tidy up. */
function ask(target: string, options: { method?: string; host?: string } = {}) {
  const { port } = new URL(server.url);
  const { method = 'GET', host = `127.0.0.1:${port}` } = options;
  return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>(
    (resolve, reject) => {
      const sent = request(
        { host: '127.0.0.1', port, path: target, method, headers: { host }, agent: false },
        (response) => {
          let body = '';
          response.setEncoding('utf8');
          response.on('data', (data) => {
            body += data;
          });
          response.on('end', () =>
            resolve({ status: response.statusCode!, headers: response.headers, body }),
          );
        },
      );
      sent.on('error', reject);
      sent.end();
    },
  );
}

describe('serveLocally', () => {
  it('gives texts and files by their paths, and says what they are', async () => {
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect(await ask('/')).toMatchObject({ status: 200, body: '<!doctype html>' });
    const policy = await ask('/policy?again');
    expect(policy).toMatchObject({ status: 200, body: 'bytes' });
    expect(policy.headers).toMatchObject({
      ...{ 'content-type': 'application/octet-stream', 'content-length': '5' },
      'x-content-type-options': 'nosniff',
    });
    expect(policy.headers['content-security-policy']).toContain("default-src 'none'");
    expect(policy.headers['access-control-allow-origin']).toBeUndefined();
    expect(await ask('/policy', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
  });

  it('has no other file, however it is asked for', async () => {
    for (const target of [
      ...['/other', '/policy/', '/../policy.bin', '/%2e%2e/policy.bin', '//etc/passwd', '/./policy', file],
      ...['/..%2fpolicy.bin', '/gone', '/constructor', 'http://127.0.0.1/policy'],
    ]) {
      expect(await ask(target), target).toMatchObject({ status: 404 });
    }
  });

  it('answers to names of this computer only', async () => {
    for (const host of ['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example:80', '10.0.0.1']) {
      expect(await ask('/', { host }), host).toMatchObject({ status: 403 });
    }
    for (const host of ['localhost', 'localhost:9000', '127.0.0.1', '[::1]:80']) {
      expect(await ask('/', { host }), host).toMatchObject({ status: 200 });
    }
  });

  it('only gives', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      expect(await ask('/', { method }), method).toMatchObject({ status: 405 });
    }
  });

  it('says that a port is taken', async () => {
    const port = Number(new URL(server.url).port);
    await expect(serveLocally(new Map(), port)).rejects.toThrow(InvalidInputError);
    await expect(serveLocally(new Map(), port)).rejects.toThrow(`port ${port} is taken; give another one`);
  });

  it('is gone once it is closed', async () => {
    const other = await serveLocally(new Map([['/', { type: 'text/plain', text: '' }]]));
    await other.close();
    await expect(fetch(other.url)).rejects.toThrow();
  });
});
