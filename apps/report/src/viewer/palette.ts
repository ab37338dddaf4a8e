import type { Scene, SceneGeom, Vector3 } from '@mikt/envs/scene';

export type Theme = 'light' | 'dark';

/** Red, green and blue from 0 to 1, as they are written in CSS (sRGB). */
export type Colour = Vector3;

/** Colours of a robot's parts. */
export interface RobotColours {
  readonly torso: Colour;
  readonly limb: Colour;
  readonly foot: Colour;
}

/**
 * Blue for the robot that is looked at, orange for the one it is compared with: of Okabe and Ito's palette, told apart
 * with every kind of colour vision, and by lightness too.
 */
export const ROBOTS: Readonly<Record<'first' | 'second', RobotColours>> = {
  first: { torso: colour('#0072b2'), limb: colour('#56a4da'), foot: colour('#27528f') },
  second: { torso: colour('#e08214'), limb: colour('#f2b766'), foot: colour('#a85a0c') },
};

/** Of the arrow that shows a push. */
export const PUSH: Colour = colour('#cc79a7');

/** Colours around a robot. */
export interface Surroundings {
  /** At the horizon and behind everything. */
  readonly background: Colour;
  /** The two colours of the checkered ground. */
  readonly tiles: readonly [Colour, Colour];
  /** How dark a shadow is, from 0 to 1. */
  readonly shadow: number;
}

export const SURROUNDINGS: Readonly<Record<Theme, Surroundings>> = {
  light: { background: colour('#f1f4f8'), tiles: [colour('#dfe6ee'), colour('#c9d4df')], shadow: 0.24 },
  dark: { background: colour('#11161d'), tiles: [colour('#222c38'), colour('#303d4c')], shadow: 0.5 },
};

/** Side of a tile, in metres. */
export const TILE = 1;

/** Where the light comes from: from above, from the left of a robot that walks to the right. Of unit length. */
export const LIGHT: Vector3 = [-0.36, -0.48, 0.8];

/** Colour of each shape: the model's own, or by the part that it is where the model names none. */
export function geomColours({ bodies, geoms }: Scene, robot: RobotColours): Colour[] {
  const isLeaf = bodies.map((_, i) => bodies.every(({ parent }, j) => j === 0 || parent !== i));
  return geoms.map((geom) => {
    if (!isUncoloured(geom)) return [geom.rgba[0], geom.rgba[1], geom.rgba[2]];
    if (bodies[geom.body]!.parent === 0 || geom.type === 'sphere') return robot.torso;
    return isLeaf[geom.body] ? robot.foot : robot.limb;
  });
}

/** Whether a shape has the colour that MuJoCo gives where the model says nothing. */
function isUncoloured({ rgba }: SceneGeom): boolean {
  return rgba[0] === 0.5 && rgba[1] === 0.5 && rgba[2] === 0.5;
}

/** A colour as CSS writes it, `#rrggbb`. */
export function hex(value: Colour): string {
  const byte = (part: number) =>
    Math.round(255 * Math.min(Math.max(part, 0), 1))
      .toString(16)
      .padStart(2, '0');
  return `#${value.map(byte).join('')}`;
}

/** Between two colours: 0 is `a`, 1 is `b`. */
export function blend(a: Colour, b: Colour, share: number): Colour {
  return [0, 1, 2].map((k) => a[k]! + (b[k]! - a[k]!) * share) as unknown as Colour;
}

function colour(text: string): Colour {
  const byte = (at: number) => Number.parseInt(text.slice(at, at + 2), 16) / 255;
  return [byte(1), byte(3), byte(5)];
}

/** A surface's colour where light falls on it at an angle of this cosine, negative on the far side. */
export function shade(surface: Colour, cosine: number): Colour {
  const light = 0.56 + 0.56 * Math.max(0, cosine) + 0.16 * Math.min(0, cosine);
  if (light > 1) return blend(surface, [1, 1, 1], 2.2 * (light - 1));
  return blend([0.02, 0.04, 0.09], surface, light);
}
