import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tagOf } from './tags.js';

const page = readFileSync(new URL('../../../docs/run-folder.md', import.meta.url), 'utf8');

/** The rows of the page's table of tags, its placeholders filled in. */
const documented = [...page.matchAll(/^\| `([\w/<>-]+)`\s*\| `([\w/<>-]+)`\s*\|/gm)].map(([, tag, column]) =>
  [column!, tag!].map((name) => name.replaceAll(/<(\w+)>/g, 'Some$1')),
);

describe('tagOf', () => {
  it('gives the tags of the table in docs/run-folder.md', () => {
    expect(documented.length).toBeGreaterThan(25);
    for (const [column, tag] of documented) expect([column, tagOf(column!)]).toEqual([column, tag]);
  });

  it('gives every column a tag of its own, in a group', () => {
    const tags = documented.map(([column]) => tagOf(column!)!);
    expect(new Set(tags).size).toBe(tags.length);
    for (const tag of tags) expect(tag).toMatch(/^\w+\/./);
  });

  it('takes update and steps for the axis', () => {
    expect([tagOf('update'), tagOf('steps')]).toEqual([undefined, undefined]);
  });

  it('puts columns it does not know under train, or leaves them in their own group', () => {
    expect(tagOf('temperature')).toBe('train/temperature');
    expect(tagOf('attention/policy/1')).toBe('attention/policy/1');
  });
});
