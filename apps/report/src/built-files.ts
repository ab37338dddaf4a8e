import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MiktError } from '@mikt/core';

/** What the build puts beside the code: scripts for pages, and the fonts of PNG files. */
export type BuiltFile =
  | `browser/${'page' | 'live' | 'player' | 'watch' | 'playground/playground'}.js`
  | `fonts/Inter_${'400Regular' | '600SemiBold'}.ttf`;

/**
 * Where a file that the build makes is: beside the built code, also when this runs from source.
 * @throws MiktError with code `build` where it has not been built
 */
export function builtFile(name: BuiltFile): string {
  const folder = import.meta.url.endsWith('.ts') ? '../dist/' : './';
  const file = fileURLToPath(new URL(folder + name, import.meta.url));
  if (!existsSync(file)) {
    throw new MiktError(
      'build',
      `a file that the build makes is missing (${file}); build it first: npm run build.`,
    );
  }
  return file;
}

/** The same as text. */
export function readBuiltFile(name: BuiltFile): string {
  return readFileSync(builtFile(name), 'utf8');
}
