import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MiktError } from '@mikt/core';

/** The scripts that the build makes for pages: the report's, what keeps a live one fresh, the player, the viewers'. */
export type BuiltFile = 'page.js' | 'live.js' | 'player.js' | 'watch.js' | 'playground/playground.js';

/**
 * Where a script that the build makes for pages is: beside the built code, also when this runs from source.
 * @throws MiktError with code `build` where it has not been built
 */
export function builtFile(name: BuiltFile): string {
  const folder = import.meta.url.endsWith('.ts') ? '../dist/browser/' : './browser/';
  const file = fileURLToPath(new URL(folder + name, import.meta.url));
  if (!existsSync(file)) {
    throw new MiktError('build', `a page's script is missing (${file}); build it first: npm run build.`);
  }
  return file;
}

/** The same as text. */
export function readBuiltFile(name: BuiltFile): string {
  return readFileSync(builtFile(name), 'utf8');
}
