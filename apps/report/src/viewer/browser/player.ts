// Entry of the player's script, which a page includes as a classic script.
import type { Recording } from '@mikt/eval/recording';
import { type PlayerOptions, RecordingPlayer } from './recording-player.js';

const MiktPlayer = {
  /**
   * Shows a recording in an element and returns the player: `play()`, `pause()`, `toggle()`, `seek(seconds)`,
   * `setTheme(theme)`, `dispose()`.
   */
  mount: (element: HTMLElement, recording: string | Recording, options?: PlayerOptions) =>
    new RecordingPlayer(element, recording, options),
};

Object.assign(globalThis, { MiktPlayer });
