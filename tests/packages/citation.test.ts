import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { manifestIn, ROOT } from './packed.js';

it('CITATION.cff and the README cite the same paper, and the licence is that of the packages', () => {
  const citation = parse(readFileSync(path.join(ROOT, 'CITATION.cff'), 'utf8'));
  expect(citation).toMatchObject({
    'cff-version': '1.2.0',
    message: expect.any(String),
    title: expect.stringContaining('mikt'),
    authors: [{ name: 'mikt contributors' }],
    license: manifestIn(ROOT).license,
  });
  const [paper] = citation.references;
  const bibtex = /```bibtex\n([\s\S]*?)```/.exec(readFileSync(path.join(ROOT, 'README.md'), 'utf8'))![1]!;
  const field = (name: string) => new RegExp(`${name}\\s*= \\{(.*)\\}`).exec(bibtex)?.[1];
  const authors = (paper.authors as Record<string, string>[]).map(
    (author) => `${author['family-names']}, ${author['given-names']}`,
  );
  expect(field('title')).toBe(paper.title);
  expect(field('author')).toBe(authors.join(' and '));
  expect(field('booktitle')).toBe(paper['collection-title']);
  expect(field('pages')).toBe(`${paper.start}--${paper.end}`);
  expect([field('volume'), field('year')]).toEqual([String(paper.volume), String(paper.year)]);
});
