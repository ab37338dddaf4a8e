import { expect, it } from 'vitest';
import { filmPictures, pictureCount, recordingGif } from './film.js';
import { rowRecording } from './testing.js';

const options = { width: 96, height: 60, framesPerSecond: 4 };

async function pictures(): Promise<Uint8Array[]> {
  const film: Uint8Array[] = [];
  for await (const picture of filmPictures(rowRecording(3), options)) film.push(picture);
  return film;
}

it('has as many pictures as the time needs, which change as the robot moves, and are the same every time', async () => {
  const film = await pictures();
  // Three steps of half a second at 4 pictures per second.
  expect(film).toHaveLength(6);
  expect(pictureCount(rowRecording(3), 4)).toBe(6);
  for (const picture of film) expect(picture).toHaveLength(4 * 96 * 60);
  expect(film[1]).not.toEqual(film[0]);
  expect(await pictures()).toEqual(film);
});

it('is written as a GIF of as many pictures', async () => {
  let told = 0;
  const gif = Buffer.from(await recordingGif(rowRecording(3), options, () => told++)).toString('latin1');
  expect(told).toBe(6);
  // A quarter of a second each.
  expect(gif.split('!\u00f9\u0004\u0000\u0019\u0000')).toHaveLength(7);
});
