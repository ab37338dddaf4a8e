import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { transform } from 'esbuild';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../cli.js';
import {
  examplesOf,
  filesOf,
  installed,
  installWithNpm,
  manifestIn,
  type PackedPackage,
  packAll,
  publishedPackages,
  ROOT,
  run,
  succeed,
  typedEntries,
} from './packed.js';
import { withSizes } from './sizes.js';
import { RESOLUTION_NAMES, typeErrors, wrongTypes } from './types.js';

// Every package as a user of npm gets it: packed as it is built now, installed in an empty folder. The sizes in the
// READMEs are written by `npx vitest run tests/packages -u`.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 300_000 });
const { folder, remove } = temporaryFolder();
const user = path.join(folder, 'user');
const published = (await publishedPackages()).map(({ name, path: from }) => ({
  name,
  sources: manifestIn(from),
}));
const traces = [
  ROOT,
  `${homedir()}/`,
  `${folder}/`,
  new URL(await succeed('npm', ['config', 'get', 'registry'])).host,
];
let packed: readonly PackedPackage[];

const textOf = (name: string, file: string) => readFileSync(path.join(installed(user, name), file), 'utf8');

/** Whether a text has a path or a host in it, and not just a word that ends like it. */
const mentions = (text: string, trace: string) =>
  text
    .split(trace)
    .slice(0, -1)
    .some((before) => !/\w$/.test(before));

/** The installed command. */
const mikt = (...args: string[]) => succeed(path.join(user, 'node_modules/.bin/mikt'), args, { cwd: user });

beforeAll(async () => {
  packed = await packAll(folder);
  await installWithNpm(packed, user);
  // What the READMEs' examples read: a robot, and the least that is a run.
  copyFileSync(path.join(ROOT, 'examples/tripod/tripod.xml'), path.join(user, 'robot.xml'));
  const settings = ['stepsPerUpdate=512', 'minibatches=4', 'epochs=2'].flatMap((value) => ['--set', value]);
  const short = ['--steps', '1_536', ...settings, '--threads', '2'];
  await mikt('train', 'Hopper', ...short, '--out', 'runs/hopper');
  await mikt('train', 'CentipedeSix', ...short, '--out', 'runs/six-scratch');
  const teacher = ['--teacher', 'zoo:CentipedeFour', '--env', 'CentipedeSix', '--algo', 'mikt'];
  await mikt('transfer', ...teacher, ...short, '--out', 'runs/six-mikt');
});
afterAll(remove);

describe.each(published)('$name', ({ name, sources }) => {
  const own = () => packed.find((each) => each.name === name)!;

  it('says what it is and under which licence', () => {
    const manifest = manifestIn(installed(user, name));
    expect(manifest).toMatchObject({
      name,
      description: expect.stringMatching(/^.{10,}[^.]$/),
      keywords: expect.arrayContaining(['reinforcement-learning']),
      license: 'Apache-2.0',
      type: 'module',
      engines: { node: '>=20.19' },
      publishConfig: { access: 'public' },
    });
    expect(textOf(name, 'LICENSE')).toBe(readFileSync(path.join(ROOT, 'LICENSE'), 'utf8'));
    expect(textOf(name, 'README.md')).toContain(`# ${name}\n`);
  });

  it('brings what its users need, and nothing of the machine that built it', () => {
    // See .pnpmfile.mjs.
    const { scripts, devDependencies, ...manifest } = manifestIn(installed(user, name));
    expect({ scripts, devDependencies }).toEqual({});
    expect(JSON.stringify(manifest)).not.toMatch(/@mikt\/source|workspace:/);
    for (const file of filesOf(installed(user, name))) {
      expect(file).not.toMatch(/\.test\.|testdata|(^|\/)testing|\.tsbuildinfo/);
      const text = textOf(name, file);
      for (const trace of traces) expect(mentions(text, trace), `${file} has ${trace} in it`).toBe(false);
      if (!file.endsWith('.map')) continue;
      const { sources, sourcesContent } = JSON.parse(text);
      expect(sourcesContent ?? [], `the sources in ${file}`).toHaveLength(sources.length);
    }
  });

  it('is packed as publint wants it', async () => {
    const { buffer, byteOffset, byteLength } = readFileSync(own().tarball);
    const tarball = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
    const { messages, pkg } = await publint({ pack: { tarball } });
    expect(messages.map((message) => formatMessage(message, pkg!, { color: false }))).toEqual([]);
  });

  it.runIf(typedEntries(sources).length > 0)('has the types of what it exports', async () => {
    expect(await wrongTypes(readFileSync(own().tarball))).toEqual([]);
  });

  it.skipIf(sources.bin)('has examples in its README that run', async () => {
    const examples = examplesOf(textOf(name, 'README.md'));
    expect(examples.length).toBeGreaterThan(0);
    for (const [i, example] of examples.entries()) {
      const { code } = await transform(example, { loader: 'ts', format: 'esm' });
      const file = path.join(user, `${path.basename(name)}-${i}.mjs`);
      writeFileSync(file, code);
      const { status, stderr } = await run(process.execPath, [file], { cwd: user });
      expect(status, `${example}\n${stderr}`).toBe(0);
    }
  });

  it('says its size, and what a page loads of it', async () => {
    const file = path.join(own().folder, 'README.md');
    const readme = readFileSync(file, 'utf8');
    const { text, node } = await withSizes(readme, { ...own(), folder: user });
    expect(node).toEqual([]);
    await expect(text).toMatchFileSnapshot(file);
  });
});

describe.each(RESOLUTION_NAMES)('with module resolution %s', (resolution) => {
  /** A file for the checker beside the installed packages. */
  const source = (file: string, text: string) => {
    const target = path.join(user, 'types', file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, text);
    return target;
  };
  const everything = (entries: readonly string[]) =>
    `${entries.map((entry, i) => `import * as entry${i} from '${entry}';`).join('\n')}
export const all = [${entries.map((_, i) => `entry${i}`).join(', ')}];\n`;

  it('every entry and every example of a README has its types', () => {
    const files = published.flatMap(({ name, sources }) => [
      source(`${path.basename(name)}.ts`, everything(typedEntries(sources))),
      ...examplesOf(textOf(name, 'README.md')).map((example, i) =>
        source(`${path.basename(name)}-${i}.ts`, `${example}export {};\n`),
      ),
    ]);
    expect(typeErrors(files, resolution, 'node')).toEqual([]);
  });

  it.runIf(resolution === 'bundler')("a page's entries need no types of Node", () => {
    const entries = published
      .flatMap(({ sources }) => typedEntries(sources))
      .filter((entry) => !NODE_ONLY.has(entry));
    expect(typeErrors([source('page.ts', everything(entries))], resolution, 'page')).toEqual([]);
  });
});

/** Entries that are of no use to a page. */
const NODE_ONLY: ReadonlySet<string> = new Set(['@mikt/queue', '@mikt/runs', '@mikt/report']);

describe('the installed command', () => {
  it('helps', async () => {
    expect(await mikt('--help')).toContain('mikt transfer --teacher zoo:CentipedeFour');
  });

  it('lists environments', async () => {
    const envs = JSON.parse(await mikt('envs', '--json')) as { name: string }[];
    expect(envs.map(({ name }) => name)).toContain('CentipedeEight');
  });

  it('evaluates a teacher of the zoo', async () => {
    const { env, mean } = JSON.parse(await mikt('eval', 'zoo:Hopper', '--episodes', '2', '--json'));
    expect(env).toBe('Hopper');
    expect(mean).toBeGreaterThan(500);
  });

  it('writes a report, an ONNX file and a moving picture', async () => {
    await mikt('report', 'runs/six-mikt', 'runs/six-scratch', '--out', 'compared');
    expect(readFileSync(path.join(user, 'compared/index.html'), 'utf8')).toContain('CentipedeSix');
    await mikt('export', 'zoo:Hopper', '--out', 'hopper.onnx');
    await mikt('watch', 'zoo:Hopper', '--record', 'hopper.gif', '--steps', '20');
    expect(readFileSync(path.join(user, 'hopper.gif')).subarray(0, 4).toString()).toBe('GIF8');
  });
});
