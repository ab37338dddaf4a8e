import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** A source file and every source file that it imports or exports from, as paths. */
function reachable(file: URL, seen = new Map<string, string>()): Map<string, string> {
  const source = readFileSync(file, 'utf8');
  seen.set(fileURLToPath(file), source);
  for (const [, specifier] of source.matchAll(/from '(\.[^']+)\.js'/g)) {
    const next = new URL(`${specifier}.ts`, file);
    if (!seen.has(fileURLToPath(next))) reachable(next, seen);
  }
  return seen;
}

it('reaches no Node module from the browser entry', () => {
  const sources = reachable(new URL('./reader.ts', import.meta.url));
  expect(sources.size).toBeGreaterThan(4);
  for (const [file, source] of sources) expect(source, file).not.toMatch(/from 'node:|process\.|\bBuffer\b/);
});
