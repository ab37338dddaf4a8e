import { bodyPoses, type Vector3 } from '@mikt/envs';
import type { Recording } from '@mikt/eval';
import { toPixels } from '../figures/png.js';
import { centreOf, distanceFor, FIRST_AZIMUTH, FIRST_ELEVATION, radiusOf, type View } from './camera.js';
import { GifWriter } from './gif.js';
import type { RobotColours, Theme } from './palette.js';
import { stillPicture } from './still-picture.js';
import { Timeline } from './timeline.js';

export interface FilmOptions {
  /** Pixels, default 480 by 300. */
  readonly width?: number;
  readonly height?: number;
  /** Pictures per second of simulated time, default 20. */
  readonly framesPerSecond?: number;
  /** Default light. */
  readonly theme?: Theme;
  readonly colours?: RobotColours;
}

/**
 * A recording's episodes, one after the other, as pictures that follow the robot: what a GIF or a video is made of.
 * Each has the red, green, blue and opacity of its pixels. [height, width, 4]
 */
export async function* filmPictures(
  recording: Recording,
  { width = 480, height = 300, framesPerSecond = 20, ...looks }: FilmOptions = {},
): AsyncGenerator<Uint8Array> {
  for (const episode of recording.episodes) {
    const timeline = new Timeline(recording, episode);
    const times = Array.from(
      { length: Math.max(1, Math.round(timeline.duration * framesPerSecond)) },
      (_, i) => i / framesPerSecond,
    );
    const viewAt = steadyCamera(recording, timeline, times, width / height);
    for (const time of times) {
      const picture = stillPicture(recording.scene, timeline.positions(time), {
        ...{ ...looks, width, height },
        view: viewAt(time),
      });
      yield await toPixels(picture);
    }
  }
}

/** Pictures out of which a film's colours are chosen. */
const SAMPLES = 12;

/**
 * A recording as an animated GIF. The same recording and options give the same bytes.
 * @param options.framesPerSecond default 20; GIF counts in hundredths of a second, so 20, 25 and 50 are met exactly
 * @param onPicture told of each picture
 */
export async function recordingGif(
  recording: Recording,
  options: FilmOptions = {},
  onPicture?: () => void,
): Promise<Uint8Array> {
  const { width = 480, height = 300, framesPerSecond = 20 } = options;
  const samples: Uint8Array[] = [];
  const sparse = Math.min(framesPerSecond, SAMPLES / secondsOf(recording));
  for await (const picture of filmPictures(recording, { ...options, framesPerSecond: sparse })) {
    samples.push(picture);
  }
  const writer = new GifWriter(samples, { width, height, delay: Math.round(100 / framesPerSecond) });
  for await (const picture of filmPictures(recording, options)) {
    writer.add(picture);
    onPicture?.();
  }
  return writer.finish();
}

/** Number of pictures of `filmPictures`. */
export function pictureCount(recording: Recording, framesPerSecond = 20): number {
  return recording.episodes.reduce(
    (sum, { steps }) => sum + Math.max(1, Math.round(steps * recording.dt * framesPerSecond)),
    0,
  );
}

function secondsOf({ episodes, dt }: Recording): number {
  return episodes.reduce((sum, { steps }) => sum + steps * dt, 0);
}

/** A camera that goes along with the robot, at a height and distance that suit the whole episode. */
function steadyCamera(
  { scene }: Recording,
  timeline: Timeline,
  times: readonly number[],
  aspect: number,
): (time: number) => View {
  const seen = times.map((time) => {
    const poses = bodyPoses(scene, timeline.positions(time));
    const centre = centreOf(poses);
    return { centre, radius: radiusOf(scene, poses, centre) };
  });
  const height = seen.reduce((sum, { centre }) => sum + centre[2], 0) / seen.length;
  const distance = distanceFor(Math.max(...seen.map(({ radius }) => radius)), aspect);
  return (time) => {
    const [x, y] = centreOf(bodyPoses(scene, timeline.positions(time)));
    const target: Vector3 = [x, y, height];
    return { azimuth: FIRST_AZIMUTH, elevation: FIRST_ELEVATION, distance, target };
  };
}
