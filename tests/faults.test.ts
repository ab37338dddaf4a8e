import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { temporaryFolder } from './cli.js';

const { folder, remove } = temporaryFolder();
afterAll(remove);

const CAMPAIGN = fileURLToPath(new URL('../bench/faults/run.mjs', import.meta.url));

interface Result {
  readonly total: Readonly<Record<string, number>>;
  readonly skipped: Readonly<Record<string, string>>;
  readonly trials: readonly { group: string; fault: string; outcome: string; why?: string }[];
}

it('a run that is killed, damaged, without space, permission or a thread goes on to the same bits', async () => {
  const out = path.join(folder, 'faults.json');
  const ended = await promisify(execFile)(process.execPath, [CAMPAIGN, '--short', '--json', out]).catch(
    (error: { stdout: string; stderr: string }) => error,
  );
  expect(ended.stdout, ended.stderr).toContain('| all |');
  expect(ended.stderr).not.toContain('lost');
  const { total, skipped, trials } = JSON.parse(readFileSync(out, 'utf8')) as Result;
  for (const [group, reason] of Object.entries(skipped)) console.log(`${group}: not tested, for ${reason}.`);
  const groups = ['kill', 'damage', 'full-disk', 'permissions', 'worker'].filter((group) => !skipped[group]);
  expect([...new Set(trials.map(({ group }) => group))]).toEqual(groups);
  expect(trials.filter(({ outcome }) => outcome !== 'survived').map(({ fault }) => fault)).toEqual([
    'all checkpoints random bytes changed',
  ]);
  expect(total).toMatchObject({ tried: trials.length, refused: 1, lost: 0 });
}, 400_000);
