import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { FileError, InvalidInputError } from '@mikt/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type SampleRun, writeSampleRun } from './sample-runs.js';
import { type ReportOptions, writeReport } from './write-report.js';

let parent: string;
let out: string;
beforeEach(async () => {
  parent = await fs.mkdtemp(path.join(os.tmpdir(), 'mikt-report-'));
  out = path.join(parent, 'out');
});
afterEach(async () => {
  vi.restoreAllMocks();
  await fs.rm(parent, { recursive: true });
});

const scratch: SampleRun = { env: 'CentipedeSix', algo: 'ppo', seed: 1, steps: 100_000, final: 1000 };
const transfer: SampleRun = { ...scratch, algo: 'mikt', teacher: 'CentipedeFour', final: 1500 };

/** Reports on these runs. @returns the page and its figures by name */
async function report(samples: readonly SampleRun[], options: Partial<ReportOptions> = {}) {
  const runs: string[] = [];
  for (const sample of samples) runs.push(await writeSampleRun(path.join(parent, 'runs'), sample));
  const written = await writeReport({ runs, out, ...options });
  const figures = new Map<string, string>();
  for (const file of written.figures) figures.set(path.basename(file), await fs.readFile(file, 'utf8'));
  return { runs, page: await fs.readFile(written.index, 'utf8'), figures };
}

const textsOf = (svg: string) => [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text]) => text!);
const countOf = (text: string, part: string) => text.split(part).length - 1;

describe('learning curves', () => {
  it('have axes, a legend with the number of seeds, the window, references and phases', async () => {
    const warn = vi.spyOn(console, 'warn');
    const { figures } = await report([scratch, { ...scratch, seed: 2 }, transfer], {
      references: { CentipedeSix: [{ label: 'doing nothing', value: 234 }] },
    });
    const svg = figures.get('learning-curves-centipedesix.svg')!;
    const texts = textsOf(svg);
    for (const text of [
      'environment steps',
      'return (sum of rewards per episode)',
      'PPO (VPG) (2 seeds)',
      'MIKT from CentipedeFour (1 seed)',
      'mean of the last 100 episodes; line: mean over seeds, band: ± 1 standard deviation',
      'doing nothing',
      'coupling starts',
      'hand-over',
      '100k',
    ]) {
      expect(texts).toContain(text);
    }
    // A line for each method, and a band where there are two seeds.
    expect(svg.match(/stroke="#0072B2" stroke-width="2"/g)).toHaveLength(1);
    expect(svg.match(/stroke="#D55E00" stroke-width="2"/g)).toHaveLength(1);
    expect(svg).toMatch(/fill="#0072B2"/);
    expect(svg).toContain('role="img"');
    expect(svg).toContain(
      '<title id="learning-curves-centipedesix-title">Learning curves on CentipedeSix</title>',
    );
    expect(svg).toMatch(/<desc [^>]*>[^<]*doing nothing: 234\.0/);
    expect(warn).not.toHaveBeenCalled();
  });

  it('draw one seed without a band', async () => {
    const { figures } = await report([scratch]);
    const svg = figures.get('learning-curves-centipedesix.svg')!;
    expect(textsOf(svg)).toContain('mean of the last 100 episodes');
    expect(svg).not.toContain('mark-area');
  });
});

describe('mixing weights', () => {
  it('have a line per network and layer between 0 and 1', async () => {
    const { figures } = await report([scratch, transfer]);
    const svg = figures.get('mixing-weights-centipedesix-mikt-from-centipedefour.svg')!;
    const texts = textsOf(svg);
    for (const text of [
      'policy, layer 1',
      'policy, layer 2',
      'value, layer 1',
      'value, layer 2',
      '0.0',
      '1.0',
    ]) {
      expect(texts).toContain(text);
    }
    expect(texts).toContain('weight p on the student');
    expect(figures.size).toBe(2);
  });
});

describe('weights on several teachers', () => {
  it('have a line for each of them, under its name', async () => {
    const { figures } = await report([{ ...transfer, secondTeacher: 'Ant' }]);
    const svg = figures.get('teacher-weights-centipedesix-mikt-from-centipedefour-ant.svg')!;
    const texts = textsOf(svg);
    for (const text of ['CentipedeFour, policy', 'Ant, policy', 'weight on the teacher, mean over layers']) {
      expect(texts).toContain(text);
    }
    // The other figure is still of the student's own weights alone.
    expect(
      textsOf(figures.get('mixing-weights-centipedesix-mikt-from-centipedefour-ant.svg')!),
    ).not.toContain('Ant, policy');
  });
});

describe('the page', () => {
  it('needs nothing from elsewhere', async () => {
    const { page, figures } = await report([scratch, transfer]);
    for (const text of [page, ...figures.values()]) {
      const urls = text.match(/\b(?:https?:)?\/\/[^\s"'<)]+/g) ?? [];
      expect(urls.filter((url) => !url.startsWith('http://www.w3.org/'))).toEqual([]);
      expect(text).not.toMatch(/<script|<link|<img|<iframe|@import|\son\w+=/);
    }
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, id] of page.matchAll(/url\(#([^)]+)\)|href="#([^"]+)"/g)) expect(ids).toContain(id);
  });

  it('gives the results in words and in tables', async () => {
    const { page } = await report([scratch, { ...scratch, seed: 2 }, transfer, { ...transfer, seed: 2 }]);
    const [, words] = /<p class="verdict">(.*?)<\/p>/.exec(page)!;
    expect(words).toMatch(
      /^On CentipedeSix, PPO \(VPG\) ended at [\d,.]+ \(mean of 2 seeds, standard deviation [\d,.]+, 100,000 steps\) and MIKT from CentipedeFour ended at /,
    );
    expect(words).toMatch(
      /MIKT from CentipedeFour ended [\d,.]+ above PPO \(VPG\) \(\d\.\d times as much\); their seeds’ ranges/,
    );
    expect(words).toContain('No test of significance was made (2 seeds per method)');
    for (const cell of [
      '<th scope="row">CentipedeSix-mikt-s2</th>',
      '<td>zoo:CentipedeFour</td>',
      '<td class="number">100,352</td>',
      '<span class="status finished">finished</span>',
      '<th scope="col" class="number">Final return</th>',
    ]) {
      expect(page).toContain(cell);
    }
    expect(page).toContain('<pre><code>mikt transfer --env CentipedeSix --seed 2</code></pre>');
    expect(page).toContain('<th scope="row">ppo.hidden</th><td>[64,64]</td>');
    expect(page).toContain('<th scope="row">mujoco</th><td>3.14.0</td>');
    expect(countOf(page, '<details>')).toBe(4);
  });

  it('does not compare runs of different lengths', async () => {
    const { page } = await report([scratch, { ...transfer, steps: 50_000 }]);
    expect(page).toContain('Runs of different lengths are not compared');
    expect(page).not.toContain('times as much');
  });

  it('leaves unfinished runs out of the numbers, and says so', async () => {
    const { page } = await report([scratch, { ...transfer, updates: 20 }]);
    expect(page).toContain(
      'Not finished and left out of these numbers: CentipedeSix-mikt-s1 (running at 40,960 of 100,000 steps).',
    );
    expect(page).toContain('<span class="status running">running at 40%</span>');
    expect(page).not.toContain('MIKT from CentipedeFour ended');
  });

  it('works for a run that has only just started', async () => {
    const { page, figures } = await report([{ ...transfer, updates: 0 }]);
    expect(page).toContain(
      'there is no final return yet: CentipedeSix-mikt-s1 (running at 0 of 100,000 steps)',
    );
    expect(page).toContain('No episode has ended yet');
    expect(figures.size).toBe(0);
  });

  it('shows text as it is, whatever it holds', async () => {
    const evil = `<script>alert("1")</script>&'`;
    const { page, figures } = await report(
      [
        {
          ...transfer,
          env: evil,
          changes: { name: 'run', algo: evil, command: ['mikt', evil], status: 'failed', reason: evil },
        },
      ],
      { references: { [evil]: [{ label: evil, value: 1 }] } },
    );
    for (const text of [page, ...figures.values()]) expect(text).not.toContain('<script');
    expect(page).toContain('&lt;script&gt;');
    expect(figures.size).toBe(2);
    expect(await fs.readdir(path.join(out, 'figures'))).toHaveLength(2);
  });

  it('is the same, byte for byte, for the same runs', async () => {
    const first = await report([scratch, transfer]);
    const again = await writeReport({ runs: [...first.runs].reverse(), out: path.join(parent, 'again') });
    expect(await fs.readFile(again.index, 'utf8')).toBe(first.page);
    for (const file of again.figures) {
      expect(await fs.readFile(file, 'utf8')).toBe(first.figures.get(path.basename(file)));
    }
  });

  it('takes a run that is named twice once', async () => {
    const { runs } = await report([scratch]);
    const { index } = await writeReport({ runs: [...runs, `${runs[0]}/`], out });
    expect(countOf(await fs.readFile(index, 'utf8'), '<details>')).toBe(1);
  });
});

describe('errors', () => {
  it('are clear without runs, for what is no run, and where nothing can be written', async () => {
    await expect(writeReport({ runs: [], out })).rejects.toThrow(InvalidInputError);
    await expect(writeReport({ runs: [path.join(parent, 'no')], out })).rejects.toThrow(
      'there is no such run folder',
    );
    await expect(writeReport({ runs: [parent], out })).rejects.toThrow('is not a run folder');
    await expect(fs.stat(out)).rejects.toThrow();
    const run = await writeSampleRun(parent, scratch);
    const file = path.join(run, 'run.json');
    await expect(writeReport({ runs: [run], out: file })).rejects.toThrow(FileError);
    await expect(writeReport({ runs: [run], out: file })).rejects.toThrow(
      'the report cannot be written there',
    );
  });
});
