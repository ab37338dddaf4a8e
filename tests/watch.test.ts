import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { policyFromCheckpoint, resolveConfig, teacherFromCheckpoint, trainRun } from '@mikt/algos';
import { decodeRecording, evaluatePolicy } from '@mikt/eval';
import { createEngine, type Engine } from '@mikt/graph';
import { playerScript } from '@mikt/report';
import { readCheckpoint, resolveCheckpoint } from '@mikt/runs';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium, launch, SOFTWARE_WEBGL } from './chromium.js';
import { type PageServer, mikt as run, servePage, temporaryFolder } from './cli.js';

const executable = findChromium();
if (!executable)
  console.log('No Chromium ($MIKT_CHROMIUM or on the PATH): the pages of mikt watch are not tested.');

const { folder, remove } = temporaryFolder();
const at = (...parts: string[]) => path.join(folder, ...parts);
const mikt = (...args: string[]) => run(args, { cwd: folder });
const [teacher, student] = [at('teacher'), at('student')];
const SEED = 7;

const small = {
  ...{ seed: 1, steps: 5120, stepsPerUpdate: 512, minibatches: 4, epochs: 1, envs: 2 },
  ...{ policyHidden: [8, 8], valueHidden: [8, 8] },
};
const provenance = { command: ['test'], version: 'test' };

let engine: Engine;
let browser: BrowserContext;

beforeAll(async () => {
  engine = await createEngine('wasm');
  await trainRun(resolveConfig({ ...small, env: 'Hopper', algo: 'ppo' }), teacher, {
    provenance,
    threads: 1,
  });
  const file = await resolveCheckpoint(teacher);
  // Stopped before its hand-over: it still leans on its teacher.
  const controller = new AbortController();
  await trainRun(resolveConfig({ ...small, env: 'CentipedeFour', algo: 'mikt' }), student, {
    ...{ provenance, threads: 1, signal: controller.signal },
    teachers: [teacherFromCheckpoint(await readCheckpoint(file), file)],
    onUpdate: ({ update }) => {
      if (update === 2) controller.abort();
    },
  });
  if (executable) browser = await launch(executable, SOFTWARE_WEBGL);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  engine.dispose();
  remove();
});

/** What an episode earns in Node: the first one of the seed, with the mean action. */
async function returnInNode(runFolder: string): Promise<{ return: number; length: number }> {
  const file = await resolveCheckpoint(runFolder);
  const policy = policyFromCheckpoint(await readCheckpoint(file), engine, file);
  const { episodes } = await evaluatePolicy(policy, policy.env, { seed: SEED, episodes: 1 });
  policy.dispose();
  return episodes[0]!;
}

const watch = (...args: string[]) => servePage(['watch', ...args], folder);

async function stop({ child }: PageServer): Promise<number | null> {
  child.kill('SIGINT');
  const [status] = (await once(child, 'close')) as [number | null];
  return status;
}

/** A page, with what went wrong in it and where it asked for something. */
async function openPage(url: string, size = { width: 900, height: 700 }) {
  const page = await browser.newPage();
  await page.setViewportSize(size);
  const problems: string[] = [];
  const requests = new Set<string>();
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  page.on('request', (request) => requests.add(request.url()));
  await page.goto(url);
  return { page, problems, requests };
}

/** Exact value of a reading of the first robot, or of another one. */
const reading = (page: Page, name: string, robot = 0) =>
  page.locator('.robot').nth(robot).locator(`[data-reading=${name}]`);
const exactReturn = async (page: Page, robot = 0) =>
  Number(await reading(page, 'return', robot).getAttribute('title'));

/** Whether a canvas has a picture in it: many colours. */
const hasPicture = (page: Page, selector: string) =>
  page.evaluate(`(() => {
    const canvas = ${selector};
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size > 50;
  })()`);

describe('mikt watch', () => {
  it.skipIf(!executable)(
    'shows the policy in a page, in which it earns what it earns in Node',
    async () => {
      const expected = await returnInNode(teacher);
      const server = await watch(teacher, '--seed', String(SEED));
      const { page, problems, requests } = await openPage(server.url);
      const button = (name: string) => page.getByRole('button', { name, exact: true });
      await button('Pause').click({ timeout: 30_000 });
      await button('Reset').click();
      expect(await reading(page, 'step').textContent()).toBe('0 of 1,000');
      expect(await hasPicture(page, "document.querySelector('.robot canvas')")).toBe(true);
      const before = await page.locator('.robot canvas').screenshot();

      await button('One step').click();
      await button('One step').click();
      expect(await reading(page, 'step').textContent()).toBe('2 of 1,000');
      expect(await page.locator('.robot canvas').screenshot()).not.toEqual(before);

      // To the episode's end, where it stays for a moment.
      await page.getByLabel('Speed', { exact: true }).selectOption('8');
      await button('Play').click();
      const ended = await page.waitForFunction(`(() => {
        const text = document.querySelector('.banner').textContent;
        return text && { text, total: Number(document.querySelector('[data-reading=return]').title) };
      })()`);
      expect(await ended.jsonValue()).toEqual({
        text: expect.stringContaining(`after ${expected.length} steps`),
        total: expected.return,
      });
      await button('Pause').click();

      // By keys: another seed, a push that changes what comes, and back.
      await page.keyboard.press('r');
      for (let i = 0; i < 5; i++) await page.keyboard.press('.');
      const undisturbed = await exactReturn(page);
      await page.keyboard.press('r');
      await page.keyboard.press('d');
      for (let i = 0; i < 5; i++) await page.keyboard.press('.');
      expect(await exactReturn(page)).not.toBe(undisturbed);
      await page.getByLabel('Seed').fill('8');
      await page.getByLabel('Seed').press('Enter');
      expect(await reading(page, 'step').textContent()).toBe('0 of 1,000');
      await button('One step').click();
      expect(await exactReturn(page)).not.toBe(undisturbed);

      expect(problems).toEqual([]);
      expect(new Set([...requests].map((request) => new URL(request).origin))).toEqual(
        new Set([new URL(server.url).origin]),
      );
      await page.close();
      expect(await stop(server)).toBe(0);
    },
    120_000,
  );

  it.skipIf(!executable)(
    'shows a student that is still coupled beside its teacher, with its mixing weights, on a small window too',
    async () => {
      const server = await watch(student, '--seed', String(SEED));
      expect(server.said()).toContain(`Student: CentipedeFour (${student})`);
      expect(server.said()).toContain('Teacher: Hopper (');
      const { page, problems } = await openPage(server.url, { width: 400, height: 800 });
      await page.locator('.robot').nth(1).waitFor({ timeout: 30_000 });
      expect(await page.locator('.robot h1').allTextContents()).toEqual([
        'Student: CentipedeFour',
        'Teacher: Hopper',
      ]);
      const weights = page.getByLabel('Mixing weights').locator('div');
      expect(await weights.allTextContents()).toHaveLength(4);
      expect(await weights.first().textContent()).toMatch(/^policy, layer 1 ?0\.4\d\d$/);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(400);
      expect(problems).toEqual([]);
      await page.close();
      await stop(server);
    },
    120_000,
  );

  it('answers to this computer only, and has no files but its own', async () => {
    const server = await watch(teacher);
    try {
      for (const file of ['run.json', 'policies/2.safetensors', '..%2frun.json', 'kernels/']) {
        expect((await fetch(server.url + file)).status, file).toBe(404);
      }
      expect((await fetch(server.url)).status).toBe(200);
      expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    } finally {
      await stop(server);
    }
  });

  it('says what is wrong before it serves anything', async () => {
    for (const [args, status, sentence] of [
      [['zoo:Centipede'], 2, 'unknown zoo teacher "Centipede"'],
      [[at('nothing')], 1, 'there is no such file or folder'],
      [[teacher, '--steps', '5'], 2, '--steps belongs to a recording'],
      [[teacher, '--record', 'x.json', '--teacher', teacher], 2, '--teacher belongs to the page'],
      [
        [teacher, '--record', 'x.avi'],
        2,
        '--record takes a file that ends with .json or .gif or .mp4, got x.avi',
      ],
      [[teacher, '--port', '70000'], 2, '--port takes a number up to 65535, got 70000'],
    ] as const) {
      const finished = await mikt('watch', ...args);
      expect(finished.stderr).toContain(sentence);
      expect(finished.status, args.join(' ')).toBe(status);
    }
  }, 60_000);
});

describe('mikt watch --record', () => {
  it('writes the same bytes every time, of what mikt eval runs', async () => {
    const expected = await returnInNode(teacher);
    const args = ['watch', teacher, '--seed', String(SEED), '--record'];
    const first = await mikt(...args, 'first.json', '--json');
    expect(first.status).toBe(0);
    expect(JSON.parse(first.stdout)).toMatchObject({
      ...{ recording: 'first.json', env: 'Hopper' },
      episodes: [{ return: expected.return, steps: expected.length }],
    });
    const second = await mikt(...args, 'second.json');
    expect(second.stdout).toMatch(/^second\.json: 1 episode of Hopper, \d+ steps, mean actions, return /);
    expect(readFileSync(at('second.json'), 'utf8')).toBe(readFileSync(at('first.json'), 'utf8'));
    const again = await mikt(...args, 'first.json');
    expect(again.status).toBe(2);
    expect(again.stderr).toContain('first.json exists already; give another file, or --force to replace it.');
    expect(decodeRecording(readFileSync(at('first.json'), 'utf8')).episodes[0]!.return).toBe(expected.return);
  }, 60_000);

  it('says in a sentence that an encoder is missing', async () => {
    const { status, stderr } = await run(['watch', teacher, '--record', 'walk.mp4'], {
      cwd: folder,
      env: { PATH: folder },
    });
    expect(status).toBe(1);
    expect(stderr).toBe(
      'mikt: an .mp4 needs ffmpeg on the PATH, which is not there; install it, or record a .gif or .json.\n',
    );
  });

  it.skipIf(!executable)(
    'writes a GIF that a browser plays',
    async () => {
      expect((await mikt('watch', teacher, '--steps', '50', '--record', 'walk.gif')).status).toBe(0);
      const recorded = (await mikt('watch', teacher, '--steps', '50', '--record', 'walk.json', '--json'))
        .stdout;
      const { steps } = (JSON.parse(recorded) as { episodes: { steps: number }[] }).episodes[0]!;
      writeFileSync(at('gif.html'), '<!doctype html><title>GIF</title>');
      const { page } = await openPage(pathToFileURL(at('gif.html')).href);
      const bytes = readFileSync(at('walk.gif')).toString('base64');
      const decoded = await page.evaluate(`(async () => {
        const data = Uint8Array.from(atob('${bytes}'), (letter) => letter.charCodeAt(0));
        const decoder = new ImageDecoder({ data, type: 'image/gif' });
        await decoder.tracks.ready;
        await decoder.completed;
        const { frameCount, repetitionCount } = decoder.tracks.selectedTrack;
        const { image } = await decoder.decode({ frameIndex: frameCount - 1 });
        return { frameCount, repetitionCount, width: image.displayWidth, duration: image.duration };
      })()`);
      expect(decoded).toEqual({
        // 0.008 s a step at 20 pictures per second.
        frameCount: Math.max(1, Math.round(steps * 0.008 * 20)),
        ...{ repetitionCount: Number.POSITIVE_INFINITY, width: 480, duration: 50_000 },
      });
      await page.close();
    },
    60_000,
  );
});

describe.skipIf(!executable)('the player', () => {
  let html: string;
  beforeAll(async () => {
    expect((await mikt('watch', teacher, '--episodes', '2', '--record', 'two.json')).status).toBe(0);
    const recording = readFileSync(at('two.json'), 'utf8');
    html = pathToFileURL(at('player.html')).href;
    writeFileSync(
      at('player.html'),
      `<!doctype html><html lang="en"><meta charset="utf-8"><title>Player</title>
<div id="one" style="width: 500px"></div><div style="height: 4000px"></div><div id="two" style="width: 500px"></div>
<script>${playerScript()}</script>
<script type="application/json" id="recording">${recording}</script>
<script>
const recording = document.getElementById('recording').textContent;
const players = ['one', 'two'].map((id) => MiktPlayer.mount(document.getElementById(id), recording, { label: id }));
</script></html>`,
    );
  });

  it('plays from disk, without any request, and only while it is seen', async () => {
    const { page, problems, requests } = await openPage(html);
    await page.waitForFunction('players[0].time === 0');
    expect(
      await hasPicture(page, "document.querySelector('#one > div').shadowRoot.querySelector('canvas')"),
    ).toBe(true);
    await page.evaluate('players.forEach((player) => player.play())');
    await page.waitForFunction('players[0].time > 0.1');
    expect(await page.evaluate('players[1].time')).toBe(0);
    await page.getByLabel('two, in three dimensions').scrollIntoViewIfNeeded();
    await page.waitForFunction('players[1].time > 0.05');
    const left = await page.evaluate('players[0].time');
    await page.waitForTimeout(200);
    expect(await page.evaluate('players[0].time')).toBe(left);
    expect(problems).toEqual([]);
    expect([...requests]).toEqual([html]);
    await page.close();
  }, 60_000);

  it('is played by keyboard, and is named', async () => {
    const { page, problems } = await openPage(html);
    const player = page.getByRole('group', { name: 'Player: one' });
    const picture = player.getByRole('img', { name: 'one, in three dimensions' });
    await picture.focus();
    await page.keyboard.press('.');
    expect(await page.evaluate('players[0].time')).toBeCloseTo(0.008, 9);
    await page.keyboard.press('End');
    const recording = decodeRecording(readFileSync(at('two.json'), 'utf8'));
    const [first, second] = recording.episodes as [
      (typeof recording.episodes)[0],
      (typeof recording.episodes)[0],
    ];
    const shown = (value: number) =>
      value.toLocaleString('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 }).replace('-', '−');
    expect(await player.locator('.facts').textContent()).toContain(shown(first.return));
    await player.getByLabel('Episode').selectOption('Episode 2');
    await picture.focus();
    await page.keyboard.press('End');
    expect(await player.locator('.facts').textContent()).toContain(shown(second.return));
    const before = await picture.screenshot();
    await page.keyboard.press('ArrowLeft');
    await page.waitForTimeout(200);
    expect(await picture.screenshot()).not.toEqual(before);
    await page.keyboard.press(' ');
    expect(await page.evaluate('players[0].playing')).toBe(true);
    await player.getByRole('button', { name: 'Pause' }).press('Enter');
    expect(await page.evaluate('players[0].playing')).toBe(false);
    await page.evaluate('players.forEach((player) => player.dispose())');
    expect(await page.locator('canvas').count()).toBe(0);
    expect(problems).toEqual([]);
    await page.close();
  }, 60_000);

  it('says what is wrong with a damaged recording', async () => {
    const { page } = await openPage(html);
    const message = await page.evaluate(
      "(() => { try { MiktPlayer.mount(document.createElement('div'), '{}'); } catch (error) { return error.message; } })()",
    );
    expect(message).toBe('the recording: is no recording of mikt: it does not say "mikt-recording".');
    await page.close();
  });

  it('draws flat where the browser has no WebGL, and says so', async () => {
    const plain = await launch(executable!, ['--disable-3d-apis']);
    try {
      const page = await plain.newPage();
      const problems: string[] = [];
      page.on('console', (message) => problems.push(message.text()));
      await page.goto(html);
      await page.locator('#one svg.picture, #one .picture svg').waitFor();
      expect(await page.locator('#one .note').textContent()).toBe(
        'This browser has no WebGL: the robot is drawn flat.',
      );
      expect(problems).toEqual([]);
    } finally {
      await plain.close();
    }
  }, 60_000);
});
