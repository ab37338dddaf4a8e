import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rename, rm } from 'node:fs/promises';
import { RunError } from '@mikt/core';

const ENCODER = 'ffmpeg';

/** The command that encodes videos. @throws RunError where it is not on the PATH */
export function findVideoEncoder(): string {
  if (spawnSync(ENCODER, ['-version'], { stdio: 'ignore' }).error === undefined) return ENCODER;
  throw new RunError(
    `an .mp4 needs ${ENCODER} on the PATH, which is not there; install it, or record a .gif or .json.`,
  );
}

export interface VideoFormat {
  /** Pixels, even numbers. */
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
}

/**
 * Writes pictures as an H.264 video, whole or not at all.
 * @param encoder from `findVideoEncoder`
 * @param pictures red, green, blue and opacity of every pixel
 * @throws RunError where the encoder fails, with its last words
 */
export async function writeVideo(
  encoder: string,
  out: string,
  pictures: AsyncIterable<Uint8Array>,
  { width, height, framesPerSecond }: VideoFormat,
): Promise<void> {
  const unfinished = `${out}.unfinished.mp4`;
  const child = spawn(
    encoder,
    [
      ...['-y', '-loglevel', 'error', '-f', 'rawvideo', '-pixel_format', 'rgba'],
      ...['-video_size', `${width}x${height}`, '-framerate', String(framesPerSecond), '-i', '-'],
      // What players everywhere understand, with the index in front.
      ...['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-movflags', '+faststart', unfinished],
    ],
    { stdio: ['pipe', 'ignore', 'pipe'] },
  );
  let words = '';
  child.stderr.on('data', (data) => {
    words += data;
  });
  // An encoder that gives up closes its input; its exit status says so.
  child.stdin.on('error', () => {});
  const closed = once(child, 'close') as Promise<[number | null]>;
  try {
    for await (const picture of pictures) {
      if (!child.stdin.writable) break;
      if (!child.stdin.write(picture))
        await Promise.race([once(child.stdin, 'drain').catch(() => closed), closed]);
    }
    child.stdin.end();
    const [status] = await closed;
    if (status !== 0) {
      throw new RunError(
        `${encoder} could not encode ${out}: ${words.trim().split('\n').at(-1) || `exit status ${status}`}`,
      );
    }
    await rename(unfinished, out);
  } finally {
    child.kill();
    await rm(unfinished, { force: true });
  }
}
