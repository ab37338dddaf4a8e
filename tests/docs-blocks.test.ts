import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
// An application has no public entry: its own runs when it is loaded.
import { createProgram } from '../apps/cli/src/program.js';
import { temporaryFolder } from './cli.js';
import { type Block, blocksOf, listPages, placeOf, ROOT, readPage } from './docs/pages.js';
import {
  fileOf,
  lendRuns,
  prepareFolder,
  run,
  toJavaScript,
  typeErrors,
  writeCommands,
  writeImportedPolicy,
} from './docs/workshop.js';

// Every fenced block of every page runs here, in a folder of the page's own and in the page's order; those of the
// libraries' READMEs run with the packed packages (tests/packages). `sh` goes to a shell, with `mikt` and
// `npm run mikt --` as docs/short-mikt.mjs makes them short; `ts` is type-checked against the built packages and runs;
// `json` and `yaml` are read. A block with `file=<name>` is put under that name, for the blocks after it. One that
// cannot run says so in its info string, as in ```sh no-run=network, with one of these:
const REASONS: Readonly<Record<string, string>> = {
  network: 'it installs from npm, PyPI or a clone',
  checkout: 'it installs, builds or checks this repository, as has been done before this test runs',
  slow: 'it trains in full or measures speed: minutes to hours on a quiet machine',
  python: 'it needs Python and its packages',
  redis: 'it needs a Redis server, or a store; the queue tests do the same with both',
  browser: 'it runs in a page; the browser tests load the same packages in Chromium',
  part: 'it is a part of a file, or has places to fill in',
};
/** What a page shows without expecting anybody to run it. */
const NO_CODE = new Set(['text', 'bibtex']);

/** The runs that pages call theirs, trained once: see `lendRuns`. */
const SHARED_RUNS: readonly (readonly string[])[] = [
  ['train', 'Hopper', '--steps', '300_000', '--out', 'runs/hopper'],
  ['train', 'CentipedeFour', '--steps', '300_000', '--out', 'runs/teacher'],
  ['train', 'CentipedeSix', '--steps', '500_000', '--seed', '1', '--out', 'runs/six-scratch'],
  [
    ...['transfer', '--teacher', 'zoo:CentipedeFour', '--env', 'CentipedeSix', '--preset', 'matched'],
    ...['--steps', '500_000', '--seed', '1', '--out', 'runs/six-mikt'],
  ],
  ['study', 'run', 'studies/four-to-six.yaml', '--workers', '2'],
];

const { folder, remove } = temporaryFolder();
const commands = path.join(folder, 'bin');
const shared = path.join(folder, 'shared');
const pages = listPages().map((page) => ({ page, blocks: blocksOf(page) }));
const all = pages.flatMap(({ blocks }) => blocks);
const folderOf = (page: string) => path.join(folder, 'pages', page.replaceAll(/[/.]/g, '-'));
const pathOf = (block: Block) => path.join(folderOf(block.page), fileOf(block));
const isMarked = ({ marks }: Block) => marks['no-run'] !== undefined;
const LIBRARIES = /^(packages|zoo|apps\/report)\//;
const runnable = pages.filter(
  ({ page, blocks }) =>
    !LIBRARIES.test(page) && blocks.some((block) => !isMarked(block) && !NO_CODE.has(block.language)),
);
let complaints: ReadonlyMap<string, string[]>;

beforeAll(async () => {
  writeCommands(commands);
  prepareFolder(shared);
  for (const { page, blocks } of pages) {
    if (blocks.length === 0) continue;
    prepareFolder(folderOf(page));
    for (const block of blocks) if (block.language === 'ts') writeFileSync(pathOf(block), moduleOf(block));
  }
  complaints = typeErrors(all.filter(({ language }) => language === 'ts').map(pathOf));
  await Promise.all(
    SHARED_RUNS.map(async (args) => {
      const { status, output } = await run('mikt', args, { folder: shared, commands });
      expect(status, output).toBe(0);
    }),
  );
}, 600_000);
afterAll(remove);

it.concurrent.each(runnable.map(({ page, blocks }) => [page, blocks] as const))(
  '%s runs block by block',
  async (page, blocks) => {
    const sh = blocks.filter(({ language }) => language === 'sh').map(({ text }) => text);
    lendRuns(readPage(page), sh.join(), path.join(shared, 'runs'), folderOf(page));
    await writeImportedPolicy(readPage(page), folderOf(page));
    for (const block of blocks) if (!isMarked(block)) await execute(block);
  },
  // Some twenty seconds each where nothing else runs.
  1_200_000,
);

async function execute(block: Block): Promise<void> {
  const place = placeOf(block);
  const { language, text, marks } = block;
  const at = { folder: folderOf(block.page), commands };
  if (language === 'json') expect(() => JSON.parse(text), place).not.toThrow();
  if (language === 'yaml') expect(() => parse(text), place).not.toThrow();
  if (language === 'ts') expect(complaints.get(pathOf(block)), place).toBeUndefined();
  if (marks.file !== undefined) {
    if (language === 'ts') toJavaScript(pathOf(block));
    else writeFileSync(pathOf(block), text);
  } else if (language === 'sh') {
    const { status, output } = await run('sh', ['-e', '-c', text], at);
    expect(status, `${place}\n${text}\n${output}`).toBe(0);
  } else if (language === 'ts') {
    const { status, output } = await run(process.execPath, [toJavaScript(pathOf(block))], at);
    expect(status, `${place}\n${output}`).toBe(0);
  } else if (!NO_CODE.has(language) && language !== 'json' && language !== 'yaml') {
    expect.fail(
      `${place}: nobody runs blocks in "${language}". Take sh, ts, json or yaml; text for what is no code; ` +
        `or mark it no-run=<${Object.keys(REASONS).join('|')}>.`,
    );
  }
}

/** A block without an import is a module all the same, so that two may use one name. */
function moduleOf({ text }: Block): string {
  return /^(import|export) /m.test(text) ? text : `${text}export {};\n`;
}

describe('blocks that do not run', () => {
  const marked = all.filter(isMarked);

  it('say why, in a word that is explained here', () => {
    const reasons = marked.map(({ marks }) => marks['no-run']!);
    expect(Object.keys(REASONS)).toEqual(expect.arrayContaining(reasons));
    for (const block of all)
      expect(['file', 'no-run'], placeOf(block)).toEqual(expect.arrayContaining(Object.keys(block.marks)));
  });

  it.each(
    marked.filter(({ language }) => language === 'ts').map((block) => [placeOf(block), block] as const),
  )('%s has the types that it says', (_place, block) => {
    if (block.marks['no-run'] !== 'part') expect(complaints.get(pathOf(block))).toBeUndefined();
  });

  it.each(
    marked.filter(({ language }) => language === 'sh').map((block) => [placeOf(block), block] as const),
  )('%s names scripts, files, commands and options that are there', (_place, { text }) => {
    for (const line of commandLines(text)) checkCommand(line);
  });
});

/** The commands of a block, continuation lines joined, without comments. */
function commandLines(text: string): string[][] {
  return text
    .replaceAll(/\\\n/g, ' ')
    .split(/\n|&&|\|/)
    .map((line) => line.replace(/(^|\s)#.*/, '').trim())
    .filter((line) => line !== '')
    .map((line) => line.split(/\s+/));
}

function checkCommand(words: readonly string[]): void {
  const line = words.join(' ');
  const [program, first, second] = words.filter((word) => word !== '--silent');
  const scripts = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')).scripts;
  if (program === 'npm' && (first === 'start' || first === 'test'))
    expect(scripts, line).toHaveProperty(first);
  if (program === 'npm' && first === 'run') expect(scripts, line).toHaveProperty([second!]);
  if (program === 'node') expect(existsSync(path.join(ROOT, first!)), line).toBe(true);
  if (line.startsWith('npx vitest run')) {
    for (const file of words.slice(3).filter((word) => !word.startsWith('-'))) {
      expect(existsSync(path.join(ROOT, file)), line).toBe(true);
    }
  }
  const mikt = words.indexOf('mikt');
  if (mikt >= 0)
    checkMikt(
      words.slice(mikt + 1).filter((word, i) => i > 0 || word !== '--'),
      line,
    );
}

/** Whether there is such a command of mikt, with these options. */
function checkMikt(words: readonly string[], line: string): void {
  let command = createProgram();
  for (const word of words) {
    if (word.startsWith('--')) {
      const known = [...command.options.map(({ long }) => long), '--help', '--version'];
      expect(known, line).toContain(word.replace(/=.*/, ''));
    }
    command = command.commands.find((each) => each.name() === word) ?? command;
  }
  expect(command.name(), line).not.toBe('mikt');
}
