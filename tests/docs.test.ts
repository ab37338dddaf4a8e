import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { findMethod, METHODS, runSchema } from '@mikt/algos';
import { describeConfig } from '@mikt/core';
import { CONSTANT_DEFAULTS, DERIVED_DEFAULTS, taskFile } from '@mikt/envs';
import { describe, expect, it } from 'vitest';

// The configuration tables in docs/algorithms are written from the schemas: `npx vitest run tests/docs.test.ts -u`.
const folder = new URL('../docs/algorithms/', import.meta.url);
const pages = readdirSync(folder).filter((name) => name.endsWith('.md'));
const TABLE = /<!-- keys (\w+)(?: without (\w+))? -->\n[\s\S]*?<!-- end -->/g;

/** Rows of a method's keys, those of another method left out. */
function table(algo: string, without: string | undefined): string {
  const rows = (name: string) => describeConfig(runSchema(findMethod(name)));
  const others = new Set(without === undefined ? [] : rows(without).map(({ key }) => key));
  const lines = rows(algo)
    .filter(({ key }) => !others.has(key))
    .map((row) => {
      const value = row.default === undefined ? 'required' : `\`${JSON.stringify(row.default)}\``;
      return `| \`${row.key}\` | ${value} | ${row.description.replaceAll('|', '\\|')} |`;
    });
  return ['| Key | Default | Meaning |', '|---|---|---|', ...lines].join('\n');
}

it.each(pages)('%s has the tables of the schemas', async (page) => {
  const text = readFileSync(new URL(page, folder), 'utf8');
  const written = text.replaceAll(TABLE, (block, algo: string, without?: string) => {
    const [marker] = block.split('\n');
    return `${marker}\n${table(algo, without)}\n<!-- end -->`;
  });
  await expect(written).toMatchFileSnapshot(new URL(page, folder).pathname);
});

it('every method has a page with a table', () => {
  expect(pages.map((page) => page.replace('.md', '')).sort()).toEqual(Object.keys(METHODS).sort());
  for (const page of pages) expect(readFileSync(new URL(page, folder), 'utf8')).toMatch(TABLE);
});

it.each(pages)('%s names files and functions that are there', (page) => {
  const text = readFileSync(new URL(page, folder), 'utf8');
  for (const [, target] of text.matchAll(/\]\((\.\.[^)#]+)\)/g)) {
    expect(() => readFileSync(new URL(target!, folder)), `${page}: ${target}`).not.toThrow();
  }
});

describe('docs/own-robot.md', () => {
  const page = new URL('../docs/own-robot.md', import.meta.url);
  const text = readFileSync(page, 'utf8');

  it('has the table of the task file’s settings', async () => {
    const constants: Readonly<Record<string, unknown>> = CONSTANT_DEFAULTS;
    const derived: Readonly<Record<string, string>> = DERIVED_DEFAULTS;
    const rows = Object.entries(taskFile.shape).map(([key, { description }]) => {
      const value = key in constants ? `\`${JSON.stringify(constants[key])}\`` : (derived[key] ?? '');
      return `| \`${key}\` | ${value} | ${description} |`;
    });
    const table = ['| Key | Default | Meaning |', '|---|---|---|', ...rows].join('\n');
    const written = text.replace(
      /<!-- task keys -->\n[\s\S]*?<!-- end -->/,
      `<!-- task keys -->\n${table}\n<!-- end -->`,
    );
    await expect(written).toMatchFileSnapshot(page.pathname);
  });

  it('names files that are there', () => {
    for (const [, target] of text.matchAll(/\]\((\.\.?\/?[^)#]+)\)/g)) {
      expect(existsSync(new URL(target!, page)), target).toBe(true);
    }
  });
});
