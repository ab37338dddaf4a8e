import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { findMethod, METHODS, runSchema } from '@mikt/algos';
import { describeConfig } from '@mikt/core';
import { CONSTANT_DEFAULTS, DERIVED_DEFAULTS, taskFile } from '@mikt/envs';
import GithubSlugger from 'github-slugger';
import { describe, expect, it } from 'vitest';
// An application has no public entry: its own runs when it is loaded.
import { createProgram } from '../apps/cli/src/program.js';
import { EXIT } from '../apps/cli/src/report-error.js';
import { describeCommands, describeKeys, describePresets } from './docs/command-line.js';
import { columnsOf, metricsTable, readMetrics } from './docs/metrics.js';
import { headingsOf, linksOf, listPages, ROOT, readPage } from './docs/pages.js';

// The tables of docs/algorithms and docs/cli.md are written from the schemas, the commands and docs/metrics.md:
// `npx vitest run tests/docs.test.ts -u`.
const folder = new URL('../docs/algorithms/', import.meta.url);
const pages = readdirSync(folder).filter((name) => name.endsWith('.md'));
const KEYS = /<!-- keys (\w+)(?: without (\w+))? -->\n[\s\S]*?<!-- end -->/g;
const METRICS = /<!-- metrics (\w+)(?: without (\w+))? -->\n[\s\S]*?<!-- end -->/g;
const metrics = readMetrics(readPage('docs/metrics.md'));

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

/** A block between its markers with new content. */
function refill(block: string, content: string): string {
  const [marker] = block.split('\n');
  return `${marker}\n${content}\n<!-- end -->`;
}

it.each(pages)('%s has the tables of the schemas', async (page) => {
  const text = readFileSync(new URL(page, folder), 'utf8');
  const written = text
    .replaceAll(KEYS, (block, algo: string, without?: string) => refill(block, table(algo, without)))
    .replaceAll(METRICS, (block, algo: string, without?: string) =>
      refill(block, metricsTable(metrics, algo, without)),
    );
  await expect(written).toMatchFileSnapshot(new URL(page, folder).pathname);
});

it('every method has a page with a table', () => {
  expect(pages.map((page) => page.replace('.md', '')).sort()).toEqual(Object.keys(METHODS).sort());
  for (const page of pages) expect(readFileSync(new URL(page, folder), 'utf8')).toMatch(KEYS);
});

describe('docs/cli.md', () => {
  it('has every command, configuration key and preset', async () => {
    const parts = {
      commands: describeCommands(createProgram()),
      keys: describeKeys(),
      presets: describePresets(),
    };
    let text = readPage('docs/cli.md');
    for (const [name, content] of Object.entries(parts)) {
      text = text.replace(new RegExp(`<!-- ${name} -->\n[\\s\\S]*?<!-- end -->`), (block) =>
        refill(block, content),
      );
    }
    await expect(text).toMatchFileSnapshot(path.join(ROOT, 'docs/cli.md'));
  });

  it('has every exit status', () => {
    const [, section] = /^## Exit status\n([\s\S]*?)^## /m.exec(readPage('docs/cli.md'))!;
    const listed = [...section!.matchAll(/^\| (\d+) \|/gm)].map(([, status]) => Number(status));
    expect(listed).toEqual(Object.values(EXIT));
  });
});

describe('docs/metrics.md', () => {
  it.each(Object.keys(METHODS))('has every column of %s, and no others', (method) => {
    const listed = metrics.filter(({ methods }) => methods.includes(method)).map(({ column }) => column);
    expect(listed.sort()).toEqual([...columnsOf(method)].sort());
  });

  it('names each column once', () => {
    expect(new Set(metrics.map(({ column }) => column)).size).toBe(metrics.length);
  });
});

describe('links', () => {
  const all = listPages();

  it.each(all)('%s leads to files and headings that are there', (page) => {
    for (const link of linksOf(page)) {
      const [target, hash] = link.split('#') as [string, string?];
      const file = target === '' ? page : path.posix.join(path.posix.dirname(page), target);
      const place = `${page}: ${link}`;
      expect(existsSync(path.join(ROOT, file)), place).toBe(true);
      if (hash === undefined) continue;
      const isFolder = statSync(path.join(ROOT, file)).isDirectory();
      expect(anchorsOf(isFolder ? path.posix.join(file, 'README.md') : file), place).toContain(hash);
    }
  });

  it('every page of docs/ can be reached from the first one', () => {
    const reached = new Set(['docs/index.md']);
    for (const page of reached) {
      for (const link of linksOf(page)) {
        const file = path.posix.join(path.posix.dirname(page), link.replace(/#.*/, '')).replace(/\/$/, '');
        if (all.includes(file)) reached.add(file);
        else if (all.includes(`${file}/README.md`)) reached.add(`${file}/README.md`);
      }
    }
    expect(all.filter((page) => page.startsWith('docs/') && !reached.has(page))).toEqual([]);
  });
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
});

function anchorsOf(page: string): string[] {
  const slugger = new GithubSlugger();
  return headingsOf(page).map((heading) => slugger.slug(heading));
}
