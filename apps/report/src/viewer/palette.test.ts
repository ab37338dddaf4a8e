import { makeEnv } from '@mikt/envs';
import { expect, it } from 'vitest';
import { type Colour, geomColours, hex, LIGHT, ROBOTS, shade } from './palette.js';
import { everyShape } from './testing.js';

/** Relative luminance of the W3C's contrast rules. */
function luminance(colour: Colour): number {
  const [red, green, blue] = colour.map((part) =>
    part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

it('tells torso, limbs and feet apart', async () => {
  const env = await makeEnv('CentipedeFour');
  const scene = env.simulation.scene();
  const { torso, limb, foot } = ROBOTS.first;
  const colours = geomColours(scene, ROBOTS.first);
  const named = scene.geoms.map(({ body }, i) => [scene.bodies[body]!.name, colours[i]] as const);
  expect(Object.fromEntries(named)).toMatchObject({
    ...{ torso_0: torso, torso_1: torso, legbody_0: limb, legbody_3: limb, frontFoot_1: foot },
  });
  env.dispose();
});

it('leaves a model its own colours', () => {
  const scene = everyShape();
  const coloured = {
    ...scene,
    geoms: scene.geoms.map((geom) => ({ ...geom, rgba: [0.1, 0.2, 0.3, 1] as const })),
  };
  expect(geomColours(coloured, ROBOTS.first)[2]).toEqual([0.1, 0.2, 0.3]);
});

it('tells two robots apart by lightness too', () => {
  const [first, second] = [luminance(ROBOTS.first.torso), luminance(ROBOTS.second.torso)];
  expect((second + 0.05) / (first + 0.05)).toBeGreaterThan(1.6);
});

it('is brightest where it faces the light', () => {
  const colour = ROBOTS.first.torso;
  const lights = [-1, 0, 0.5, 1].map((cosine) => luminance(shade(colour, cosine)));
  expect(lights).toEqual([...lights].sort((a, b) => a - b));
  expect(Math.hypot(...LIGHT)).toBeCloseTo(1, 12);
  expect(hex([0, 0.5, 1])).toBe('#0080ff');
});
