import type { BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium, launch, serve } from './chromium.js';
import { servePage, temporaryFolder } from './cli.js';

const executable = findChromium();
if (!executable) console.log('Skipped: no Chromium (set MIKT_CHROMIUM, or install chromium).');

const { folder, remove } = temporaryFolder();
afterAll(remove);

// A page of another site, in the same browser as that of mikt watch.
describe.skipIf(!executable)('a page of another site', () => {
  let browser: BrowserContext | undefined;
  let [url, evil] = ['', ''];
  let closeEvil = () => {};
  beforeAll(async () => {
    ({ url } = await servePage(['watch', 'zoo:Hopper'], folder));
    const { url: page, server } = await serve({ '/': '<!doctype html><title>Evil</title>' });
    evil = page;
    closeEvil = () => server.close();
    // A name whose owner has it lead to the visitor's own computer.
    browser = await launch(executable!, ['--host-resolver-rules=MAP rebound.example 127.0.0.1']);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    closeEvil();
  });

  it('reads nothing, loads nothing and frames nothing of mikt watch', async () => {
    const page = await browser!.newPage();
    await page.goto(evil);
    const got = await page.evaluate(`(async () => {
      const url = ${JSON.stringify(url)};
      const attempt = (act) => act().then((value) => value, (error) => error.name);
      const element = (tag, attributes) => new Promise((resolve) => {
        const made = Object.assign(document.createElement(tag), attributes);
        made.onload = () => resolve('loaded');
        made.onerror = () => resolve('refused');
        document.body.append(made);
      });
      const framed = document.createElement('iframe');
      framed.src = url;
      document.body.append(framed);
      await new Promise((resolve) => { framed.onload = resolve; });
      return {
        read: await attempt(async () => (await fetch(url + 'settings.json')).text()),
        opaque: await attempt(async () => (await fetch(url + 'policies/1.safetensors', { mode: 'no-cors' })).type),
        script: await element('script', { src: url + 'watch.js' }),
        picture: await element('img', { src: url + 'mujoco.wasm' }),
      };
    })()`);
    expect(got).toMatchObject({
      read: 'TypeError',
      opaque: 'TypeError',
      script: 'refused',
      picture: 'refused',
    });
    expect(page.frames().map((frame) => frame.url())).toEqual([`${evil}/`, 'chrome-error://chromewebdata/']);
    await page.close();
  }, 60_000);

  it('gets nothing by a name that leads to this computer', async () => {
    const page = await browser!.newPage();
    const response = await page.goto(url.replace('127.0.0.1', 'rebound.example'));
    expect(response!.status()).toBe(403);
    expect(await page.textContent('body')).toContain('This server answers to 127.0.0.1 and localhost only.');
    await page.close();
  }, 60_000);

  it('may link to it', async () => {
    const page = await browser!.newPage();
    await page.goto(evil);
    await page.evaluate(`document.body.innerHTML = '<a href="${url}">watch</a>'`);
    const [response] = await Promise.all([page.waitForResponse(url), page.click('a')]);
    expect(response.status()).toBe(200);
    expect(await page.title()).toBe('mikt watch');
    await page.close();
  }, 60_000);
});
