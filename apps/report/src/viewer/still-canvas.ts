import { rotate, type Vector3 } from '@mikt/envs/scene';
import { axisEnds, dot, type Projected, type Projection, type View } from './camera.js';
import { boxFaces, cross, outlineOf, type Point, unit } from './outlines.js';
import { blend, type Colour, hex, LIGHT, type Surroundings, shade, TILE } from './palette.js';
import { minus, type Shape } from './still-shapes.js';

/** Steps in which the ground fades into the background. */
const FADES = 8;
/** How far the ground reaches, and from where it fades, over the distance of the eye. */
const REACH = 1.25;
const CLEAR = 0.25;

/** Tiles from the middle of the ground to its rim, at most. */
const MOST_TILES = 8;

/** A metre, or as often its double as it takes to keep the picture small. */
function tileFor(reach: number): number {
  return TILE * 2 ** Math.max(0, Math.ceil(Math.log2(reach / MOST_TILES / TILE)));
}

/** An SVG picture, painted from back to front. */
export class StillCanvas {
  readonly #projection: Projection;
  readonly #surroundings: Surroundings;
  readonly #id: string;
  readonly #gradients: string[] = [];
  readonly #parts: string[] = [];

  /** @param id prefix of the gradients' identifiers */
  constructor(projection: Projection, surroundings: Surroundings, id: string) {
    this.#projection = projection;
    this.#surroundings = surroundings;
    this.#id = id;
  }

  /** A checkered ground at this height that fades with the distance from the view's target. */
  ground({ target, distance }: View, height: number): void {
    const { background, tiles } = this.#surroundings;
    const reach = REACH * distance;
    const tile = tileFor(reach);
    const paths = Array.from({ length: 2 * FADES }, () => '');
    const [west, east] = [target[0] - reach, target[0] + reach].map((x) => Math.floor(x / tile));
    const [south, north] = [target[1] - reach, target[1] + reach].map((y) => Math.floor(y / tile));
    for (let i = west!; i <= east!; i++) {
      for (let j = south!; j <= north!; j++) {
        const away = Math.hypot((i + 0.5) * tile - target[0], (j + 0.5) * tile - target[1]) / reach;
        const corners = [[i, j] as const, [i + 1, j] as const, [i + 1, j + 1] as const, [i, j + 1] as const];
        const projected = corners.map(([x, y]) => this.#projection.project([x * tile, y * tile, height]));
        // What is beside or behind the eye is not in the picture.
        if (away >= 1 || projected.some(({ depth }) => depth < 0.1)) continue;
        const level = Math.max(0, Math.floor(((away - CLEAR) / (1 - CLEAR)) * FADES));
        paths[2 * level + Math.abs((i + j) % 2)] += polygon(projected);
      }
    }
    for (const [i, path] of paths.entries()) {
      const fill = blend(tiles[i % 2]!, background, Math.floor(i / 2) / FADES);
      if (path) this.#parts.push(`<path fill="${hex(fill)}" d="${path}"/>`);
    }
  }

  /** Shadows of several outlines as one, which does not get darker where they overlap. */
  shadow(outlines: readonly (readonly Point[])[]): void {
    const path = outlines.map(polygon).join('');
    const opacity = this.#surroundings.shadow;
    this.#parts.push(`<path fill="#050a12" fill-opacity="${opacity}" d="${path}"/>`);
  }

  shape(shape: Shape): void {
    const { geom, pose } = shape;
    const opacity = geom.rgba[3] < 1 ? ` opacity="${geom.rgba[3]}"` : '';
    const add = (element: string, fill: string) => this.#parts.push(`<${element} fill="${fill}"${opacity}/>`);
    switch (geom.type) {
      case 'sphere': {
        const { x, y, scale } = this.#projection.project(pose.position);
        add(
          `circle cx="${tenths(x)}" cy="${tenths(y)}" r="${tenths(geom.size[0] * scale)}"`,
          this.#ball(shape),
        );
        return;
      }
      case 'capsule': {
        const [a, b] = axisEnds(geom, pose).map((end) => this.#projection.project(end));
        add(`path d="${pill(a!, b!, geom.size[0])}"`, this.#tube(shape));
        return;
      }
      case 'box':
        for (const { normal, corners } of boxFaces(geom, pose)) {
          if (dot(normal, minus(this.#projection.eye, corners[0]!)) <= 0) continue;
          const seen = corners.map((corner) => this.#projection.project(corner));
          add(`path d="${polygon(seen)}"`, hex(shade(shape.colour, dot(normal, LIGHT))));
        }
        return;
      default: {
        const fill = geom.type === 'cylinder' ? this.#tube(shape) : this.#ball(shape);
        add(`path d="${polygon(outlineOf(geom, pose, this.#projection))}"`, fill);
      }
    }
  }

  svg(width: number, height: number, title: string | undefined): string {
    const described =
      title === undefined ? 'aria-hidden="true"' : `role="img" aria-label="${escapeAttribute(title)}"`;
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ${described}>` +
      `<defs>${this.#gradients.join('')}</defs>` +
      `<rect width="${width}" height="${height}" fill="${hex(this.#surroundings.background)}"/>` +
      `${this.#parts.join('')}</svg>`
    );
  }

  /** Fill of something round: brightest where it faces the light. */
  #ball({ colour }: Shape): string {
    const { right, up, ahead } = this.#projection;
    const towards = Math.max(0, -dot(LIGHT, ahead));
    // The spot that faces the light; from there to the farthest point of the rim the light turns away.
    const [cx, cy] = [0.5 + 0.5 * dot(LIGHT, right), 0.5 - 0.5 * dot(LIGHT, up)];
    const farthest = Math.PI / 2 + Math.asin(towards);
    const reach = 0.5 + Math.hypot(cx - 0.5, cy - 0.5);
    const stops = [0, 0.2, 0.4, 0.6, 0.8, 1].map((at): [number, Colour] => [
      at,
      shade(colour, Math.cos(at * farthest)),
    ]);
    return this.#gradient(
      `radialGradient cx="${hundredths(cx)}" cy="${hundredths(cy)}" r="${hundredths(reach)}"`,
      stops,
    );
  }

  /** Fill of something long: shaded across its axis. */
  #tube(shape: Shape): string {
    const { geom, pose, colour } = shape;
    const axis = rotate(pose.orientation, [0, 0, 1]);
    const across = cross(axis, minus(this.#projection.eye, pose.position));
    const length = Math.sqrt(dot(across, across));
    if (length < 1e-6) return this.#ball(shape);
    const side: Vector3 = unit(across);
    const front = cross(side, axis);
    const stops = [-1, -0.6, -0.2, 0.2, 0.6, 1].map((at): [number, Colour] => {
      const depth = Math.sqrt(1 - at ** 2);
      return [(1 + at) / 2, shade(colour, at * dot(side, LIGHT) + depth * dot(front, LIGHT))];
    });
    const [from, to] = [-1, 1].map((sign) => {
      const reach = sign * geom.size[0];
      const [x, y, z] = pose.position;
      return this.#projection.project([x + reach * side[0], y + reach * side[1], z + reach * side[2]]);
    });
    const ends = `x1="${tenths(from!.x)}" y1="${tenths(from!.y)}" x2="${tenths(to!.x)}" y2="${tenths(to!.y)}"`;
    return this.#gradient(`linearGradient gradientUnits="userSpaceOnUse" ${ends}`, stops);
  }

  #gradient(opening: string, stops: readonly (readonly [number, Colour])[]): string {
    const content = stops
      .map(([at, colour]) => `<stop offset="${hundredths(at)}" stop-color="${hex(colour)}"/>`)
      .join('');
    const id = `${this.#id}-${this.#gradients.length + 1}`;
    const [name] = opening.split(' ');
    this.#gradients.push(`<${opening} id="${id}">${content}</${name}>`);
    return `url(#${id})`;
  }
}

/** Path of the outline of a capsule between two projected ends: two circles and their outer tangents. */
function pill(a: Projected, b: Projected, radius: number): string {
  const [p, q] = [radius * a.scale, radius * b.scale];
  const distance = Math.hypot(b.x - a.x, b.y - a.y);
  if (distance <= Math.abs(p - q)) {
    const { x, y, scale } = p > q ? a : b;
    const r = tenths(radius * scale);
    return `M${tenths(x - r)} ${tenths(y)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
  }
  const direction = Math.atan2(b.y - a.y, b.x - a.x);
  const tangent = Math.acos((p - q) / distance);
  const at = ({ x, y }: Projected, r: number, sign: number) =>
    `${tenths(x + r * Math.cos(direction + sign * tangent))} ${tenths(y + r * Math.sin(direction + sign * tangent))}`;
  const arc = (r: number, large: boolean) => `A${tenths(r)} ${tenths(r)} 0 ${Number(large)} 1 `;
  return `M${at(a, p, -1)}L${at(b, q, -1)}${arc(q, p < q)}${at(b, q, 1)}L${at(a, p, 1)}${arc(p, p > q)}${at(a, p, -1)}Z`;
}

function polygon(points: readonly Point[]): string {
  return `M${points.map(({ x, y }) => `${tenths(x)} ${tenths(y)}`).join('L')}Z`;
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}

function escapeAttribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
