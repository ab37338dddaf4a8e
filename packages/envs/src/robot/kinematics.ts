import { InvalidInputError, nearestName } from '@mikt/core';
import type { DescribedJoint, ModelDescription } from '../model-description.js';
import type { Simulation } from '../mujoco.js';
import type { Vector3 } from '../scene.js';

/** How nearly parallel axes count as parallel. */
const PARALLEL = 1e-9;
const UP: Vector3 = [0, 0, 1];

/**
 * Index of a body by its name.
 * @param setting that names it, for the error
 * @throws InvalidInputError with the nearest name where there is none
 */
export function bodyIndex({ bodies }: ModelDescription, name: string, setting: string): number {
  const index = bodies.findIndex((body) => body.name === name);
  if (index >= 0) return index;
  throw unknownPart(
    setting,
    'body',
    name,
    bodies.slice(1).map((body) => body.name),
  );
}

/** That a setting names something that the model does not have. */
export function unknownPart(
  setting: string,
  kind: string,
  name: string,
  known: readonly string[],
): InvalidInputError {
  const nearest = nearestName(name, known);
  const listed = known.length === 0 ? `It has none.` : `It has ${listSome(known)}.`;
  return new InvalidInputError(
    `${setting}: the model has no ${kind} "${name}"${nearest === undefined ? '.' : `; did you mean "${nearest}"?`} ${listed}`,
    { code: 'unknown-name' },
  );
}

/** As many names as one reads. */
export function listSome(names: readonly string[], most = 20): string {
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

/** The body that a body hangs on, above which nothing moves; undefined where nothing does at all. */
export function rootOf(description: ModelDescription, body: number): number | undefined {
  return rootAmong(movedBodies(description), description, body);
}

/** The root with the most joints in and below it: of a scene with a robot and a ball, the robot. */
export function robotRoot(description: ModelDescription): number | undefined {
  const moved = movedBodies(description);
  const counts = new Map<number, number>();
  for (const { body } of description.joints) {
    const root = rootAmong(moved, description, body)!;
    counts.set(root, (counts.get(root) ?? 0) + 1);
  }
  const most = Math.max(...counts.values());
  return [...counts].find(([, count]) => count === most)?.[0];
}

/** The bodies that have joints of their own. */
function movedBodies({ joints }: ModelDescription): ReadonlySet<number> {
  return new Set(joints.map(({ body }) => body));
}

function rootAmong(
  moved: ReadonlySet<number>,
  { bodies }: ModelDescription,
  body: number,
): number | undefined {
  let root: number | undefined;
  for (let at = body; at > 0; at = bodies[at]!.parent) {
    if (moved.has(at)) root = at;
  }
  return root;
}

/** A coordinate of a body that is an entry of the generalised positions. */
export interface Coordinate {
  readonly entry: number;
  readonly sign: 1 | -1;
}

/**
 * The entry that says how far a body has moved along an axis, where slides of its own to the world say it.
 * @param simulation in a state computed by `forward`
 * @param axis of unit length, in the world
 */
export function slideAlong(simulation: Simulation, body: number, axis: Vector3): Coordinate | undefined {
  const slides = slidesToWorld(simulation, body);
  const along = slides.find((slide) => Math.abs(dot(slide.axis, axis)) > 1 - PARALLEL);
  if (!along) return undefined;
  // Of slides that are not at right angles, one alone does not say it.
  if (slides.some((slide) => slide !== along && Math.abs(dot(slide.axis, axis)) > PARALLEL)) return undefined;
  return { entry: along.joint.position.entry, sign: dot(along.axis, axis) > 0 ? 1 : -1 };
}

/** The entry of the generalised positions that is the height of a body's origin, where one is. */
export function heightEntry(simulation: Simulation, body: number): number | undefined {
  const { joints, bodies } = simulation.describe();
  if (bodies[body]!.parent !== 0) return undefined;
  const free = joints.find((joint) => joint.body === body && joint.type === 'free');
  if (free) return free.position.entry + 2;
  const slide = slideAlong(simulation, body, UP);
  const joint = slide && joints.find(({ position }) => position.entry === slide.entry);
  // A slide counts from its reference, which is the height only where the model says so.
  return joint && slide.sign === 1 && joint.reference === bodies[body]!.position[2] ? slide.entry : undefined;
}

/** Entries of the generalised positions that say where a root is, and of those the horizontal ones. */
export function placeEntries(
  simulation: Simulation,
  root: number | undefined,
): { readonly all: ReadonlySet<number>; readonly horizontal: ReadonlySet<number> } {
  const free =
    root === undefined
      ? undefined
      : simulation.describe().joints.find((joint) => joint.body === root && joint.type === 'free');
  if (free) {
    const { entry } = free.position;
    return { all: new Set([entry, entry + 1, entry + 2]), horizontal: new Set([entry, entry + 1]) };
  }
  const slides = root === undefined ? [] : slidesToWorld(simulation, root);
  const entries = (some: typeof slides) => new Set(some.map(({ joint }) => joint.position.entry));
  return {
    all: entries(slides),
    horizontal: entries(slides.filter(({ axis }) => Math.abs(axis[2]) < PARALLEL)),
  };
}

/** The one hinge between a body and the world, about which a robot in a plane pitches. */
export function onlyHinge({ joints, bodies }: ModelDescription, body: number): DescribedJoint | undefined {
  const own = joints.filter((joint) => joint.body === body);
  const hinges = own.filter(({ type }) => type === 'hinge');
  const isPlanar =
    bodies[body]!.parent === 0 && own.every(({ type }) => type === 'hinge' || type === 'slide');
  return isPlanar && hinges.length === 1 ? hinges[0] : undefined;
}

/** Height of a body's origin above the ground's plane at height 0. */
export function heightOf({ bodyPositions }: Simulation, body: number): number {
  return bodyPositions[3 * body + 2]!;
}

/** Slides between a body and the world that no hinge before them turns. */
function slidesToWorld(
  simulation: Simulation,
  body: number,
): { readonly joint: DescribedJoint; readonly axis: Vector3 }[] {
  const { joints, bodies } = simulation.describe();
  if (bodies[body]!.parent !== 0) return [];
  const own = joints.map((joint, i) => ({ joint, i })).filter(({ joint }) => joint.body === body);
  const turning = own.findIndex(({ joint }) => joint.type !== 'slide');
  return own.slice(0, turning < 0 ? own.length : turning).map(({ joint, i }) => ({
    joint,
    axis: simulation.jointAxis(i),
  }));
}

function dot(a: Vector3, b: Vector3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
