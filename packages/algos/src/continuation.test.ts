import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { lastCheckpoint, listCheckpoints, readCheckpoint, readRun } from '@mikt/runs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTrainingState, type TrainingState } from './checkpoint.js';
import { type RunConfig, resolveConfig } from './config.js';
import { continuedConfig, describeContinuation, plannedTotals } from './continuation.js';
import { type ResumeOptions, resumeRun, trainRun } from './run-folder.js';
import { IdentityEnv, randomTeacher, SMALL_RUN } from './testing.js';
import { resume, train } from './trainer.js';

const small = { ...SMALL_RUN, checkpointEvery: 1 };
const mikt = { ...small, algo: 'mikt', encoderHidden: [8], variationalHidden: [8] };
const teacher = randomTeacher({ observation: 3, action: 4, policyHidden: [8, 8], valueHidden: [8, 8] }, 7);
const createEnv = async () => new IdentityEnv();
const provenance = { command: ['mikt', 'resume'], version: '0.0.0' };

type Row = Readonly<Record<string, number | undefined>>;

/** Trains `passes` passes, goes on to `more`, and gives the rows of both parts. */
async function continued(config: RunConfig, more: number): Promise<{ rows: Row[]; state: TrainingState }> {
  const rows: Row[] = [];
  const options = { createEnv, onUpdate: (row: Row) => void rows.push(row) };
  const { state } = await train(config, { ...options, teachers: config.algo === 'mikt' ? [teacher] : [] });
  const goesOn = { ...state, config: continuedConfig(state.config, 64 * more) };
  return { rows, state: (await resume(goesOn, options)).state };
}

describe('the learning rate', () => {
  it('is the one of the new total from there on', async () => {
    const { rows, state } = await continued(resolveConfig({ ...small, algo: 'ppo', steps: 64 * 5 }), 9);
    expect(rows.map(({ update }) => update)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    const rates = rows.map((row) => row.learning_rate! / 3e-4);
    // 4 updates at 1, ¾, ½, ¼; then the last 4 of 8: ½, ⅜, ¼, ⅛.
    const expected = [1, 0.75, 0.5, 0.25, 0.5, 0.375, 0.25, 0.125];
    for (const [i, rate] of expected.entries()) expect(rates[i + 1]).toBeCloseTo(rate, 12);
    expect(state.config.steps).toBe(64 * 9);
    expect(state.learner.optimiserSteps).toBe(8 * 2 * 4);
  });

  it('stays where it is constant', async () => {
    const config = resolveConfig({
      ...small,
      algo: 'ppo',
      steps: 64 * 3,
      learningRateSchedule: 'constant',
    });
    const { rows } = await continued(config, 5);
    expect(rows.slice(1).map((row) => row.learning_rate)).toEqual([3e-4, 3e-4, 3e-4, 3e-4]);
  });
});

describe('the phases of MIKT', () => {
  it('leave a student alone that is alone, whatever the new total', async () => {
    const config = resolveConfig({ ...mikt, steps: 64 * 8, handOverThreshold: 0 });
    const { rows, state } = await continued(config, 40);
    // Of 39 updates the first 17 would have no coupling.
    expect(rows.slice(0, 9).map((row) => row.phase)).toEqual([1, 1, 1, 1, 2, 2, 2, 3, 3]);
    expect(rows.slice(8).every((row) => row.phase === 3 && row['mixing/policy/1'] === undefined)).toBe(true);
    expect([state.agent, state.teachers]).toEqual(['student', []]);
  });

  it('are those of the new total where the student still has its teacher', async () => {
    const config = resolveConfig({ ...mikt, steps: 64 * 8, handOverThreshold: 0.99 });
    const { rows, state } = await continued(config, 15);
    // 7 updates: ⌊0.45·7⌋ = 3, ⌊0.9·7⌋ = 6; then update 8 of 14: ⌊0.45·14⌋ = 6, ⌊0.9·14⌋ = 12.
    const coupling = rows.map((row) => row.coupling_coefficient);
    expect(coupling.slice(4, 8)).toEqual([1 / 3, 2 / 3, 1, 1]);
    expect(coupling.slice(8)).toEqual([2 / 6, 3 / 6, 4 / 6, 5 / 6, 1, 1, 1]);
    expect(state.teachers).toEqual([teacher]);
  });
});

describe('more steps than before', () => {
  const config = resolveConfig({ ...small, algo: 'ppo', steps: 64 * 4 });

  it('are rounded up to whole updates', () => {
    expect(continuedConfig(config, 64 * 6 + 1)).toEqual({ ...config, steps: 64 * 7 });
    expect(continuedConfig(config, 64 * 4 - 1)).toEqual(config);
  });

  it('are refused where they are fewer', () => {
    expect(() => continuedConfig(config, 192)).toThrow(
      'the run is planned for 256 steps, and --steps takes a larger total, got 192.',
    );
  });

  it('are told of with what becomes of the schedules', () => {
    const after = continuedConfig(config, 64 * 7);
    expect(describeContinuation(config, after, 'student')).toEqual([
      'The run goes on from 256 to 448 steps.',
      'Its learning rate has fallen to 0 over 256 steps; it is now spread over 448: it jumps up to 0.00015 and falls to 0 again.',
      'It is not the run that 448 steps from the beginning would have been; run.json says how it came about.',
    ]);
    const constant = { ...config, learningRateSchedule: 'constant' } as const;
    expect(describeContinuation(constant, { ...constant, steps: 448 }, 'student')[1]).toBe(
      'Its learning rate stays at 0.0003.',
    );
    const told = (agent: string, passes: number) => {
      const before = resolveConfig({ ...mikt, steps: 64 * 8 });
      return describeContinuation(before, continuedConfig(before, 64 * passes), agent)[2];
    };
    expect(told('student', 15)).toBe(
      'The student is alone and stays alone: it does not take its teacher back.',
    );
    expect(told('coupled', 15)).toBe(
      'The student still has its teacher, and its phases are now those of 14 updates: the coupling coefficient goes back ' +
        'to 0.333, rises from update 8 on, and the student is to be alone after update 12.',
    );
    expect(told('coupled', 40)).toContain('goes back to 0, rises from update 18 on, ');
    expect(told('coupled', 9)).toBe(
      'The student still has its teacher; it is left alone as soon as its mixing weights allow it.',
    );
  });

  it('make a list of totals', () => {
    expect(plannedTotals({ steps: 256 })).toEqual([256]);
    const continuation = { at: '', command: [], versions: {} };
    const continuations = [
      { ...continuation, from: 256, to: 320 },
      { ...continuation, from: 320, to: 512 },
    ];
    expect(plannedTotals({ steps: 512, continuations })).toEqual([256, 320, 512]);
  });
});

describe('a run folder', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'mikt-continuation-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const at = (name: string) => path.join(root, name);
  const config = resolveConfig({ ...mikt, steps: 64 * 6, handOverThreshold: 0 });
  const more = { steps: 64 * 9, provenance };

  async function contents(folder: string) {
    const { metrics, episodes } = await readRun(folder);
    const { seconds: _, steps_per_second: __, ...columns } = metrics;
    const { path: file } = (await lastCheckpoint(folder))!;
    const state = readTrainingState(await readCheckpoint(file), file);
    return { columns, episodes, state: { ...state, progress: { ...state.progress, seconds: 0 } } };
  }

  /** Stops at the end of the update at which the run has taken `steps`. */
  async function stopAt(steps: number, folder: string, options: ResumeOptions) {
    const controller = new AbortController();
    return resumeRun(folder, {
      createEnv: async () => {
        const env = new IdentityEnv();
        const step = env.step.bind(env);
        env.step = (action) => {
          // The trainer looks up from its work twenty times a second.
          const until = controller.signal.aborted ? performance.now() + 60 : 0;
          while (performance.now() < until);
          return step(action);
        };
        return env;
      },
      signal: controller.signal,
      onUpdate: (row) => row.steps === steps && controller.abort(),
      ...options,
    });
  }

  beforeAll(async () => {
    await trainRun(config, at('finished'), { createEnv, teachers: [teacher], provenance });
    cpSync(at('finished'), at('whole'), { recursive: true });
    await resumeRun(at('whole'), { createEnv, more });
    await resumeRun(at('whole'), { createEnv, more: { steps: 64 * 11, provenance } });
  });

  it('goes on in the same logs and keeps the old totals in run.json', async () => {
    const { manifest, metrics, episodes } = await readRun(at('whole'));
    expect([...metrics.steps!]).toEqual(Array.from({ length: 11 }, (_, i) => 64 * (i + 1)));
    expect(episodes.steps.length).toBe(4 * Math.floor((64 * 11) / 4 / 20));
    expect(manifest).toMatchObject({ status: 'finished', steps: 704, config: { steps: 704, epochs: 2 } });
    expect(manifest.continuations).toMatchObject([
      { from: 384, to: 576, command: ['mikt', 'resume'], versions: { mikt: '0.0.0' } },
      { from: 576, to: 704 },
    ]);
    const before = await readRun(at('finished'));
    expect(manifest.createdAt).toBe(before.manifest.createdAt);
    expect([...metrics.loss!.slice(0, 6)]).toEqual([...before.metrics.loss!]);
  });

  it.each([5, 6, 7, 8])('stopped after pass %i ends with the same bits', async (pass) => {
    const folder = at(`stopped-${pass}`);
    cpSync(at('finished'), folder, { recursive: true });
    const checkpoints = await listCheckpoints(folder);
    // The kept ones are of passes 4, 5 and 6. Back to before it was finished, as if the later ones had been lost.
    if (pass < 7) for (const { path: file } of checkpoints.slice(1)) writeFileSync(file, '');
    const { status, state: stopped } = await stopAt(64 * pass, folder, { more });
    expect([status, stopped.progress.passes]).toEqual(['interrupted', pass]);
    expect((await readRun(folder)).manifest).toMatchObject({ status, steps: 64 * 9 });
    await resumeRun(folder, { createEnv, more: { steps: 64 * 11, provenance } });
    const { state, ...logs } = await contents(folder);
    expect({ state, ...logs }).toEqual(await contents(at('whole')));
    expect((await readRun(folder)).manifest.steps).toBe(704);
  });

  it('falls back to a checkpoint of an earlier total and goes through both schedules again', async () => {
    const folder = at('damaged');
    cpSync(at('finished'), folder, { recursive: true });
    await resumeRun(folder, { createEnv, more: { steps: 64 * 7, provenance } });
    await resumeRun(folder, { createEnv, more: { steps: 64 * 8, provenance } });
    const expected = await contents(folder);
    // The last three are of passes 6, 7 and 8.
    const checkpoints = await listCheckpoints(folder);
    for (const { path: file } of checkpoints.slice(1)) writeFileSync(file, '');
    await resumeRun(folder, { createEnv });
    expect(await contents(folder)).toEqual(expected);
  });

  it('is left as it was where fewer steps are asked for, or nothing can begin', async () => {
    const read = () => readFileSync(path.join(at('finished'), 'run.json'));
    const before = read();
    await expect(resumeRun(at('finished'), { createEnv, more: { steps: 64, provenance } })).rejects.toThrow(
      'planned for 384 steps',
    );
    const broken = async () => {
      throw new Error('no such environment');
    };
    await expect(resumeRun(at('finished'), { createEnv: broken, more })).rejects.toThrow('no such env');
    expect(read()).toEqual(before);
  });
});
