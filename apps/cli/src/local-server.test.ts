import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { InvalidInputError } from '@mikt/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalServer, serveLocally } from './local-server.js';

const folder = mkdtempSync(path.join(tmpdir(), 'mikt-server-'));
const file = path.join(folder, 'policy.bin');
writeFileSync(file, 'bytes');
writeFileSync(path.join(folder, 'empty'), '');
const log = path.join(folder, 'metrics.csv');
const MEGABYTES = 2 ** 23;
writeFileSync(log, 'x'.repeat(MEGABYTES));
symlinkSync('/etc', path.join(folder, 'link'));
if (process.platform !== 'win32') execFileSync('mkfifo', [path.join(folder, 'pipe')]);

let server: LocalServer;
beforeAll(async () => {
  server = await serveLocally(
    new Map([
      ['/', { type: 'text/html; charset=utf-8', text: '<!doctype html>' }],
      ['/policy', { type: 'application/octet-stream', file }],
      ['/gone', { type: 'text/plain', file: path.join(folder, 'gone') }],
      ['/folder', { type: 'text/plain', file: folder }],
      ['/empty', { type: 'text/plain', file: path.join(folder, 'empty') }],
      ['/log', { type: 'text/csv', file: log }],
      ['/pipe', { type: 'text/plain', file: path.join(folder, 'pipe') }],
    ]),
  );
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** Sends a path as it is, which `fetch` would tidy up. */
function ask(
  target: string,
  options: { method?: string; host?: string; headers?: Record<string, string> } = {},
) {
  const { port } = new URL(server.url);
  const { method = 'GET', host = `127.0.0.1:${port}`, headers = {} } = options;
  return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>(
    (resolve, reject) => {
      const sent = request(
        { host: '127.0.0.1', port, path: target, method, headers: { ...headers, host }, agent: false },
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

/** Sends bytes that no client would, and returns all that comes back. */
function talk(bytes: string): Promise<string> {
  const { port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(bytes));
    let heard = '';
    socket.setEncoding('latin1');
    socket.on('data', (data) => {
      heard += data;
    });
    socket.on('close', () => resolve(heard));
    socket.on('error', reject);
    socket.setTimeout(10_000, () => socket.destroy(new Error(`nothing more after ${heard.slice(0, 200)}`)));
  });
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
      ...['/..%2fpolicy.bin', '/gone', '/constructor', 'http://127.0.0.1/policy', '/%2e%2e%2fpolicy.bin'],
      ...[
        '/..%5cpolicy.bin',
        '/..%c0%afpolicy.bin',
        '/%252e%252e/policy.bin',
        '/....//policy.bin',
        '/etc/passwd',
      ],
      ...['/link', '/link/passwd', '/folder', '/folder/', '/folder/policy.bin', '/folder/link/passwd'],
      ...[
        '/policy%00',
        '/policy%00.txt',
        '/policy;x',
        '/policy#x',
        '/POLICY',
        '/%70olicy',
        '/policy.bin',
        '//policy',
      ],
      ...['/__proto__', '/toString', `/file://${file}`, '/C:\\policy.bin', '/policy\\..', '/?/policy/..'],
    ]) {
      if (target === '/?/policy/..') expect((await ask(target)).body).toBe('<!doctype html>');
      else expect(await ask(target), target).toMatchObject({ status: 404 });
    }
    if (process.platform !== 'win32') expect(await ask('/pipe')).toMatchObject({ status: 404 });
  });

  it('gives as much as it announced of a log that grows or is cut', async () => {
    const { port } = new URL(server.url);
    const get = (change: () => void) =>
      new Promise<number | 'broken'>((resolve, reject) => {
        const sent = request({ host: '127.0.0.1', port, path: '/log', agent: false }, (response) => {
          let length = 0;
          change();
          response.on('data', (data) => {
            length += data.length;
          });
          response.on('end', () => resolve(length));
          response.on('error', () => resolve('broken'));
        });
        sent.on('error', reject);
        sent.end();
      });
    expect(await ask('/empty')).toMatchObject({ status: 200, body: '' });
    expect(await get(() => appendFileSync(log, 'more'))).toBe(MEGABYTES);
    expect(await get(() => {})).toBe(MEGABYTES + 4);
    expect(await get(() => truncateSync(log, 10))).toBe('broken');
    expect(await get(() => {})).toBe(10);
  });

  it('answers to names of this computer only', async () => {
    for (const host of [
      ...['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example:80', '10.0.0.1', '0.0.0.0'],
      // Names that lead to the loopback address, as in an attack by rebinding.
      ...['127.0.0.1.nip.io', 'localtest.me', '127.0.0.1:80@evil.example', 'localhost:80.evil.example'],
      ...[
        '127.1',
        '0x7f000001',
        '2130706433',
        '[::ffff:127.0.0.1]',
        '[::]',
        '::1',
        'localhost.',
        '127.0.0.1:',
      ],
      ...['localhost/', 'localhost:port', 'evil.example, localhost', 'xn--localhost'],
    ]) {
      expect(await ask('/', { host }), host).toMatchObject({ status: 403 });
    }
    for (const host of ['localhost', 'localhost:9000', '127.0.0.1', '[::1]:80', '[::1]', 'LocalHost:80']) {
      expect(await ask('/', { host }), host).toMatchObject({ status: 200 });
    }
    expect(await talk('GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 403 /);
    expect(await talk('GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 403 /);
    expect(await talk('GET / HTTP/1.1\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect(
      await talk('GET / HTTP/1.1\r\nHost: evil.example\r\nHost: localhost\r\nConnection: close\r\n\r\n'),
    ).toMatch(/^HTTP\/1\.1 40[03] /);
  });

  it('listens on the loopback address and no other', async () => {
    const { port } = new URL(server.url);
    const others = Object.values(networkInterfaces())
      .flatMap((each) => each ?? [])
      .filter(({ internal }) => !internal);
    for (const { address } of [...others, { address: '::1' }]) {
      const reached = new Promise((resolve) => {
        const socket = connect(Number(port), address, () => resolve('reached'));
        socket.setTimeout(2000, () => resolve('silent'));
        socket.on('error', () => resolve('refused'));
        socket.on('close', () => socket.destroy());
      });
      expect(await reached, address).not.toBe('reached');
    }
  });

  it('gives nothing to pages of other sites, and lets links lead here', async () => {
    const from = (site: string, mode: string) =>
      ask('/policy', {
        headers: { 'sec-fetch-site': site, 'sec-fetch-mode': mode, origin: 'http://evil.example' },
      });
    for (const [site, mode] of [
      ...[
        ['cross-site', 'no-cors'],
        ['cross-site', 'cors'],
        ['same-site', 'cors'],
        ['same-site', 'websocket'],
      ],
    ] as [string, string][]) {
      const { status, headers } = await from(site, mode);
      expect(status).toBe(403);
      expect(headers).not.toHaveProperty('access-control-allow-origin');
    }
    expect(await from('same-origin', 'cors')).toMatchObject({ status: 200 });
    const linked = await from('cross-site', 'navigate');
    expect(linked).toMatchObject({ status: 200, headers: { 'cross-origin-resource-policy': 'same-origin' } });
    expect(linked.headers['content-security-policy']).toContain("frame-ancestors 'none'");
    // Old browsers say less; they get no permission to read what they got.
    const old = await ask('/policy', { headers: { origin: 'http://evil.example' } });
    expect(old.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('takes no more than a request of some kilobytes', async () => {
    const { port } = new URL(server.url);
    const begin = `GET / HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n`;
    expect(await talk(`${begin}X: ${'x'.repeat(100_000)}\r\n\r\n`).catch(reset)).toMatch(
      /^(HTTP\/1\.1 431 |reset)/,
    );
    expect(await talk(`GET /${'x'.repeat(100_000)} HTTP/1.1\r\n\r\n`).catch(reset)).toMatch(
      /^(HTTP\/1\.1 4\d\d |reset)/,
    );
    expect(await talk(`${begin}X: a\u0000b\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
    expect(await talk('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03')).toMatch(/^HTTP\/1\.1 400 /);
    expect(await ask('/')).toMatchObject({ status: 200 });
  });

  it('only gives', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND', 'PURGE']) {
      expect(await ask('/', { method }), method).toMatchObject({
        status: 405,
        headers: { allow: 'GET, HEAD' },
      });
    }
    const { port } = new URL(server.url);
    const rest = `HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n\r\n`;
    expect(await talk(`BREW / ${rest}`)).toMatch(/^HTTP\/1\.1 400 /);
    expect(await talk(`get / ${rest}`)).toMatch(/^HTTP\/1\.1 400 /);
    expect(await talk(`CONNECT evil.example:80 ${rest}`)).toBe('');
    expect(
      await talk(
        `GET / ${rest.replace('close', 'upgrade').trimEnd()}\r\nUpgrade: websocket\r\nConnection: close\r\n\r\n`,
      ),
    ).toMatch(/^HTTP\/1\.1 200 /);
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

function reset(): string {
  return 'reset';
}
