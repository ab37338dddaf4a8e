import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { findRuns } from './find-runs.js';

const root = mkdtempSync(path.join(tmpdir(), 'mikt-find-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const at = (...parts: string[]) => path.join(root, ...parts);

for (const run of [
  'b',
  'a',
  'study/Hopper/vpg-s1',
  'study/Hopper/vpg-s2',
  '.hidden',
  'node_modules/x',
  'b/inner',
]) {
  mkdirSync(at(run), { recursive: true });
  writeFileSync(at(run, 'run.json'), '{}');
}
mkdirSync(at('lost', 'checkpoints'), { recursive: true });
writeFileSync(at('lost', 'metrics.csv'), '');
mkdirSync(at('report'));
writeFileSync(at('report', 'index.html'), '');
symlinkSync(root, at('study', 'round'));
symlinkSync(at('gone'), at('study', 'nowhere'));

it('finds runs at any depth, in order, and what has lost its run.json', () => {
  expect(findRuns([root])).toEqual(
    ['a', 'b', 'lost', 'study/Hopper/vpg-s1', 'study/Hopper/vpg-s2'].map((run) => at(run)),
  );
});

it('takes a run as itself, each once, in the order given', () => {
  expect(findRuns([`${at('study')}/`, at('b')])).toEqual(
    // The link leads back to everything.
    ['study/Hopper/vpg-s1', 'study/Hopper/vpg-s2', 'study/round/a', 'study/round/b', 'study/round/lost'].map(
      (run) => at(run),
    ),
  );
  expect(findRuns([`${at('b')}/`, at('a'), at('b')])).toEqual([at('b'), at('a')]);
  expect(findRuns([at('report')])).toEqual([]);
});

it('refuses what is no folder', () => {
  expect(() => findRuns([at('gone')])).toThrow(`${at('gone')}: there is no such folder.`);
  expect(() => findRuns([at('a', 'run.json')])).toThrow('is a file; give a run folder, or a folder of runs.');
});
