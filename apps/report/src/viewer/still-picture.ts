import { bodyPoses, geomPose, poseOf, type Scene } from '@mikt/envs/scene';
import { firstView, Projection, type View } from './camera.js';
import { shadowOf } from './outlines.js';
import { geomColours, ROBOTS, type RobotColours, SURROUNDINGS, type Theme } from './palette.js';
import { StillCanvas } from './still-canvas.js';
import { type Shape, withoutBuriedEnds } from './still-shapes.js';

export interface StillPictureOptions {
  /** Pixels, default 480 by 300; the picture scales to the place it is given. */
  readonly width?: number;
  readonly height?: number;
  /** Default light. */
  readonly theme?: Theme;
  /** What the picture shows, for those who do not see it; without it the picture counts as decoration. */
  readonly title?: string;
  /** Default: `ROBOTS.first`. */
  readonly colours?: RobotColours;
  /** Default: the whole robot from the side. */
  readonly view?: View;
  /** Prefix of the identifiers inside, which must differ between the pictures of a page. Default `still`. */
  readonly id?: string;
}

/**
 * A robot on its ground as an SVG element, drawn without a browser: shapes are projected, shaded, and painted from the
 * farthest to the nearest. A tile of the ground is a
 * metre, for large robots 2, 4 or more. The same input gives the same bytes.
 * @param frame generalised positions [scene.positionSize], such as `env.qpos` or the first ones of a recording
 */
export function stillPicture(
  scene: Scene,
  frame: ArrayLike<number>,
  options: StillPictureOptions = {},
): string {
  const { width = 480, height = 300, theme = 'light', title, colours = ROBOTS.first, id = 'still' } = options;
  const view = options.view ?? firstView(scene, frame, width / height);
  const projection = new Projection(view, width, height);
  const canvas = new StillCanvas(projection, SURROUNDINGS[theme], id);
  const poses = bodyPoses(scene, frame);
  const painted = geomColours(scene, colours);
  const shapes: Shape[] = scene.geoms
    .map((geom, i) => ({ geom, pose: geomPose(geom, poseOf(poses, geom.body)), colour: painted[i]! }))
    .filter(({ geom }) => geom.type !== 'plane' && geom.type !== 'other' && geom.rgba[3] > 0);
  const ground = scene.geoms.find(({ type }) => type === 'plane')?.position[2];
  if (ground !== undefined) {
    canvas.ground(view, ground);
    canvas.shadow(shapes.map(({ geom, pose }) => shadowOf(geom, pose, ground, projection)));
  }
  const depth = ({ pose }: Shape) => projection.project(pose.position).depth;
  const seen = withoutBuriedEnds(shapes).sort((a, b) => depth(b) - depth(a));
  for (const shape of seen) canvas.shape(shape);
  return canvas.svg(width, height, title);
}
