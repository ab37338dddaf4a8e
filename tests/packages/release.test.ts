import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../cli.js';
import { manifestIn, pnpm, publishedPackages, ROOT, run, succeed } from './packed.js';

// A release, rehearsed in a copy: version and changelog from the changesets, then what would be published. The
// registry is one of the test's own, so that nothing can be published and no network is needed.
const { folder, remove } = temporaryFolder();
const published = await publishedPackages();
const inCopy = (file: string) => path.join(folder, path.relative(ROOT, file));

/** What a release reads of the repository. */
beforeAll(async () => {
  const workspace = [
    'package.json',
    'pnpm-workspace.yaml',
    'pnpm-lock.yaml',
    '.pnpmfile.mjs',
    'LICENSE',
    '.changeset',
  ];
  for (const name of workspace) cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true });
  mkdirSync(path.join(folder, 'tests'));
  cpSync(path.join(ROOT, 'tests/package.json'), path.join(folder, 'tests/package.json'));
  const without = /node_modules|\/src|\/testdata|\.turbo/;
  for (const { path: from } of published) {
    cpSync(from, inCopy(from), {
      recursive: true,
      filter: (file) => !without.test(path.relative(ROOT, file)),
    });
  }
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  writeFileSync(path.join(folder, '.gitignore'), 'node_modules\n');
  const git = (...args: string[]) =>
    succeed(
      'git',
      ['-c', 'user.name=mikt', '-c', 'user.email=mikt@localhost', '-c', 'commit.gpgsign=false', ...args],
      { cwd: folder },
    );
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', '.');
  await git('commit', '--quiet', '--message', 'A copy');
  // There is something to release, also right after a release.
  writeFileSync(
    path.join(folder, '.changeset/rehearsal.md'),
    '---\n"@mikt/core": minor\n---\n\nA sentence for users.\n',
  );
}, 60_000);
afterAll(remove);

it('all packages get one new version, and the changelog the sentence of the changeset', async () => {
  const { version: before } = manifestIn(path.join(ROOT, 'packages/core'));
  await succeed(path.join(ROOT, 'node_modules/.bin/changeset'), ['version'], { cwd: folder });
  const versions = new Set(published.map(({ path: from }) => manifestIn(inCopy(from)).version));
  expect(versions.size, [...versions].join(', ')).toBe(1);
  expect(versions).not.toContain(before);
  expect(readdirSync(path.join(folder, '.changeset')).sort()).toEqual(['changelog.cjs', 'config.json']);
  const changelog = readFileSync(path.join(folder, 'packages/core/CHANGELOG.md'), 'utf8');
  expect(changelog).toContain(`## ${[...versions][0]}\n`);
  expect(changelog).toContain('\n- A sentence for users.\n');
  expect(changelog).not.toContain('Updated dependencies');
  expect(manifestIn(path.join(folder, 'tests')).version).toBe('0.0.0');
});

it('publishing would publish every package with that version and its changelog, and publishes nothing', async () => {
  const requests: string[] = [];
  const registry = createServer((request, response) => {
    requests.push(`${request.method} ${decodeURIComponent(request.url!)}`);
    response.writeHead(404, { 'content-type': 'application/json' }).end('{ "error": "not found" }');
  });
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`;
  try {
    const args = ['-r', 'publish', '--dry-run', '--no-git-checks', '--json', '--registry', url];
    const { status, stdout, stderr } = await run(pnpm, args, { cwd: folder });
    expect(status, stderr).toBe(0);
    const all = JSON.parse(stdout) as { name: string; version: string; files: { path: string }[] }[];
    expect(all.map(({ name }) => name).sort()).toEqual(published.map(({ name }) => name).sort());
    for (const { name, version, files } of all) {
      const own = manifestIn(inCopy(published.find((each) => each.name === name)!.path));
      expect(version).toBe(own.version);
      const paths = files.map((file) => file.path);
      expect(paths).toEqual(expect.arrayContaining(['README.md', 'CHANGELOG.md', 'LICENSE', 'package.json']));
    }
    // Which versions are there already is all that is asked.
    expect(requests.sort()).toEqual(published.map(({ name }) => `GET /${name}`).sort());
  } finally {
    registry.close();
  }
});
