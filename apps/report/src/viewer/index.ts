import { readBuiltFile } from '../built-files.js';

export { type FilmOptions, filmPictures, pictureCount, recordingGif } from './film.js';
export { ROBOTS, type RobotColours, type Theme } from './palette.js';
export { type StillPictureOptions, stillPicture } from './still-picture.js';
export { type ServedFile, type WatchRequest, watchFiles } from './watch-files.js';

/**
 * The player of recorded rollouts as a classic script that needs nothing else, to be inlined into a page or saved beside
 * it. It defines `MiktPlayer.mount(element, recording, options?)`, where `recording` is the text of `encodeRecording`.
 * @throws MiktError with code `build` where it has not been built
 */
export function playerScript(): string {
  return readBuiltFile('browser/player.js');
}
