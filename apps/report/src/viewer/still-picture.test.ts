import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { makeEnv } from '@mikt/envs';
import { describe, expect, it } from 'vitest';
import { toPixels } from '../figures/png.js';
import { ROBOTS, SURROUNDINGS } from './palette.js';
import { stillPicture } from './still-picture.js';
import { everyShape } from './testing.js';

/** Compares with a file; MIKT_UPDATE_GOLDEN=1 writes it anew, to be looked at before it is kept. */
function expectGolden(name: string, svg: string): void {
  const file = new URL(`../../testdata/viewer/${name}.svg`, import.meta.url);
  if (process.env.MIKT_UPDATE_GOLDEN) writeFileSync(file, `${svg}\n`);
  expect(existsSync(file), `${file.pathname} is missing`).toBe(true);
  expect(svg).toBe(readFileSync(file, 'utf8').trimEnd());
}

/** Colour of the pixel at these shares of width and height. */
async function pixelAt(svg: string, x: number, y: number): Promise<number[]> {
  const [width, height] = [480, 300];
  const pixels = await toPixels(svg);
  const at = 4 * (Math.round(y * height) * width + Math.round(x * width));
  return [...pixels.slice(at, at + 3)];
}

describe('stillPicture', () => {
  it('looks as it did: an Ant as it starts', async () => {
    const env = await makeEnv('Ant');
    env.reset({ seed: 1 });
    expectGolden('Ant', stillPicture(env.simulation.scene(), env.qpos, { title: 'Ant', id: 'ant' }));
    env.dispose();
  });

  it('looks as it did: every shape, dark', () => {
    expectGolden('shapes', stillPicture(everyShape(), [0], { theme: 'dark', colours: ROBOTS.second }));
  });

  it('draws the robot into the middle, and ground and background around it', async () => {
    const svg = stillPicture(everyShape(), [7]);
    const background = SURROUNDINGS.light.background.map((part) => Math.round(255 * part));
    expect(await pixelAt(svg, 0.5, 0.02)).toEqual(background);
    const [red, green, blue] = await pixelAt(svg, 0.5, 0.5);
    // Blue, as the first robot is.
    expect(blue!).toBeGreaterThan(red! + 60);
    expect(blue!).toBeGreaterThan(green!);
    const ground = await pixelAt(svg, 0.1, 0.9);
    expect(ground).not.toEqual(background);
    expect(Math.max(...ground) - Math.min(...ground)).toBeLessThan(40);
  });

  it('is known to those who do not see it by its title only', () => {
    const named = stillPicture(everyShape(), [0], { title: 'A <row> & "more"' });
    expect(named).toContain('role="img" aria-label="A &lt;row> &amp; &quot;more&quot;"');
    expect(stillPicture(everyShape(), [0])).toContain('aria-hidden="true"');
  });

  it('has identifiers of its own on a page with several', () => {
    const ids = (id: string) =>
      [...stillPicture(everyShape(), [0], { id }).matchAll(/ id="([^"]*)"/g)].map(([, x]) => x);
    expect(ids('a').length).toBeGreaterThan(2);
    expect(ids('a').filter((id) => ids('b').includes(id))).toEqual([]);
  });

  it('is small, also of a large robot', async () => {
    const env = await makeEnv('Centipede40');
    env.reset({ seed: 1 });
    const shapes = env.simulation.scene().geoms.length;
    expect(stillPicture(env.simulation.scene(), env.qpos).length).toBeLessThan(10_000 + 1000 * shapes);
    env.dispose();
  });

  it('has no ground where the model has none, and never a number that is none', () => {
    const scene = everyShape();
    const floating = stillPicture({ ...scene, geoms: scene.geoms.slice(1) }, [0]);
    expect(floating).not.toContain('fill-opacity');
    for (const svg of [floating, stillPicture(scene, [0]), stillPicture(scene, [-1e3])])
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });
});
