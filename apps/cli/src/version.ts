import { createRequire } from 'node:module';

/** Of this package; the same relative path leads to it from src/ and from dist/. */
export const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
