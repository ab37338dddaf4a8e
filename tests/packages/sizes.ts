import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { installed } from './packed.js';
import { measurePage } from './page.js';

/**
 * In a README: names that a page may import, of an entry that is not the main one as `reader:parseMetrics`; or built
 * scripts for pages, as `dist/browser/player.js`.
 */
const SIZES = /<!-- size: (.+) -->\n[\s\S]*?<!-- end -->/;
/** Sizes are written again once they are off by more than this share. */
const TOLERANCE = 0.1;

/**
 * A README with the sizes that its marker asks for. Text that is still right, give or take a tenth, stays as it is.
 * @returns also the modules of Node that a page would look for
 * @throws Error where the README has no marker
 */
export async function withSizes(
  readme: string,
  { name, bytes, folder }: { name: string; bytes: number; folder: string },
): Promise<{ text: string; node: string[] }> {
  const [block, wanted] = SIZES.exec(readme) ?? [];
  if (block === undefined)
    throw new Error(`${name}: add "<!-- size: packed -->\\n<!-- end -->" to its README.`);
  const node: string[] = [];
  const parts: string[] = [];
  for (const [entry, imported] of importsOf(wanted!)) {
    if (imported.endsWith('.js')) {
      const script = readFileSync(path.join(installed(folder, name), imported));
      parts.push(`\`${path.basename(imported)}\` ${kilobytes(gzipSync(script).length)}`);
      continue;
    }
    const from = entry === '' ? name : `${name}/${entry}`;
    const cost = await measurePage(folder, from, imported);
    node.push(...cost.node);
    const what = imported === '*' ? `all of \`${from}\`` : `\`${imported}\``;
    const others = cost.packages.length > 0 ? ` (with ${cost.packages.join(', ')})` : '';
    parts.push(`${what} ${kilobytes(cost.bytes)}${others}`);
  }
  const page = parts.length > 0 ? ` In a page, minified and gzipped: ${parts.join('; ')}.` : '';
  const sentence = `Size: ${kilobytes(bytes)} packed.${page}`;
  const written = `<!-- size: ${wanted} -->\n${sentence}\n<!-- end -->`;
  return { text: agrees(block, written) ? readme : readme.replace(block, written), node };
}

function importsOf(wanted: string): [entry: string, name: string][] {
  if (wanted === 'packed') return [];
  return wanted.split(', ').map((each) => {
    const [name, entry = ''] = each.split(':').reverse() as [string, string?];
    return [entry, name];
  });
}

const NUMBER = /\d[\d,.]* kB/g;

function agrees(before: string, after: string): boolean {
  if (before.replaceAll(NUMBER, '') !== after.replaceAll(NUMBER, '')) return false;
  const numbers = (text: string) =>
    text.match(NUMBER)!.map((each) => Number.parseFloat(each.replaceAll(',', '')));
  const expected = numbers(before);
  return numbers(after).every((value, i) => Math.abs(value - expected[i]!) <= TOLERANCE * expected[i]! + 0.1);
}

function kilobytes(bytes: number): string {
  const value = bytes / 1000;
  return `${value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 1 : 0 })} kB`;
}
