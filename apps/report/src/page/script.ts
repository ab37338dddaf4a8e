import { readFileSync } from 'node:fs';
import { MiktError } from '@mikt/core';

// Built beside this, also when this runs from source.
const FROM_SOURCE = import.meta.url.endsWith('.ts');

/**
 * A script to stand in the page: `page` makes figures and recordings alive, `live` takes in newer versions of it.
 * @throws MiktError with code `build` where it has not been built
 */
export function pageScript(name: 'page' | 'live'): string {
  const folder = FROM_SOURCE ? '../../dist/browser' : './browser';
  const file = new URL(`${folder}/${name}.js`, import.meta.url);
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new MiktError(
      'build',
      `the page's script is missing (${file.pathname}); build it first: npm run build.`,
      { cause },
    );
  }
}
