import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { resolveConfig, teacherFromCheckpoint, trainRun } from '@mikt/algos';
import { createEngine, type Engine } from '@mikt/graph';
import { readCheckpoint, resolveCheckpoint } from '@mikt/runs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { watchedPolicies } from './policies.js';

const folder = mkdtempSync(path.join(tmpdir(), 'mikt-watch-'));
const at = (name: string) => path.join(folder, name);
const small = {
  ...{ seed: 1, steps: 512, stepsPerUpdate: 256, minibatches: 2, epochs: 1, envs: 2, checkpointEvery: 1 },
  ...{ env: 'Hopper', policyHidden: [4, 4], valueHidden: [4, 4] },
};
const options = { provenance: { command: ['test'], version: 'test' }, threads: 1 };

let engine: Engine;
/** The teacher's file as the student knows it. */
const teacher = at('teacher.safetensors');

beforeAll(async () => {
  engine = await createEngine('wasm');
  await trainRun(resolveConfig({ ...small, algo: 'ppo' }), at('scratch'), options);
  copyFileSync(await resolveCheckpoint(at('scratch')), teacher);
  const controller = new AbortController();
  await trainRun(resolveConfig({ ...small, steps: 5120, algo: 'mikt' }), at('student'), {
    ...{ ...options, signal: controller.signal, onUpdate: () => controller.abort() },
    teachers: [teacherFromCheckpoint(await readCheckpoint(teacher), teacher)],
  });
});
afterEach(() => vi.restoreAllMocks());
afterAll(() => {
  engine.dispose();
  rmSync(folder, { recursive: true });
});

/** Role and source of each, and what was said. */
async function watched(given: string, teachers?: readonly string[]) {
  const said: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  const policies = await watchedPolicies(given, teachers, engine);
  return { shown: policies.map(({ role, source }) => [role, source]), said: said.join('') };
}

describe('watchedPolicies', () => {
  it('shows a policy alone', async () => {
    expect(await watched(at('scratch'))).toEqual({ shown: [['Policy', at('scratch')]], said: '' });
  });

  it('shows the teachers that are given beside it', async () => {
    const { shown } = await watched(at('scratch'), [teacher, 'zoo:CentipedeFour']);
    expect(shown).toEqual([
      ['Student', at('scratch')],
      ['Teacher', teacher],
      ['Teacher', 'zoo:CentipedeFour'],
    ]);
  });

  it('finds the teacher that a student still leans on', async () => {
    expect((await watched(at('student'))).shown).toEqual([
      ['Student', at('student')],
      ['Teacher', teacher],
    ]);
  });

  it('says so where that teacher is another by now, or gone', async () => {
    copyFileSync(await resolveCheckpoint(at('student')), teacher);
    const changed = await watched(at('student'));
    expect(changed.shown).toEqual([['Policy', at('student')]]);
    expect(changed.said).toContain(
      `The teacher ${teacher} (Hopper) has changed since the student began; give the right one with --teacher.`,
    );
    rmSync(teacher);
    expect((await watched(at('student'))).said).toContain(
      `The teacher ${teacher} (Hopper) is not there to be shown beside its student; give it with --teacher.`,
    );
  });
});
