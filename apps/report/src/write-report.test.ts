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
const seeds = (sample: SampleRun, count: number) =>
  Array.from({ length: count }, (_, index) => ({ ...sample, seed: index + 1 }));
const idle = { label: 'doing nothing', note: 'mean of 30 episodes', value: 234 };
const references = { CentipedeSix: [idle] };

/** Reports on these runs. @returns the page and its figures by name */
async function report(samples: readonly SampleRun[], options: Partial<ReportOptions> = {}) {
  const runs: string[] = [];
  for (const sample of samples) runs.push(await writeSampleRun(path.join(parent, 'runs'), sample));
  const written = await writeReport({ runs, out, png: false, ...options });
  const figures = new Map<string, string>();
  for (const file of written.figures) {
    figures.set(path.basename(file, '.svg'), await fs.readFile(file, 'utf8'));
  }
  return { runs, page: await fs.readFile(written.index, 'utf8'), figures };
}

/** The words of a picture, those of several lines as one. */
const textsOf = (svg: string) =>
  [...svg.matchAll(/<text [^>]*>(.*?)<\/text>/gs)].map(([, text]) =>
    text!
      .replaceAll('</tspan>', ' ')
      .replaceAll(/<[^>]*>/g, '')
      .trim(),
  );
const countOf = (text: string, part: string) => text.split(part).length - 1;
const LONG = 'learning-curves';

describe('learning curves', () => {
  it('have axes, a legend, the number of seeds, the window, references and phases', async () => {
    const warn = vi.spyOn(console, 'warn');
    const { figures, page } = await report([...seeds(scratch, 2), transfer], { references });
    const svg = figures.get(LONG)!;
    const texts = textsOf(svg);
    for (const text of [
      'environment steps',
      'return (sum of rewards)',
      'PPO (VPG)',
      'MIKT',
      'seeds: PPO (VPG) 2; MIKT 1',
      'doing nothing',
      'coupling starts',
      'hand-over',
      '100k',
    ]) {
      expect(texts).toContain(text);
    }
    expect(texts.join(' ')).toContain(
      'return_100: mean return of the last 100 episodes; line: mean over seeds, band: ± 1 standard deviation',
    );
    // A line for each method, and a band where there are two seeds.
    expect(svg.match(/stroke="#0072B2" stroke-width="2"/g)).toHaveLength(1);
    expect(svg.match(/stroke="#D55E00" stroke-width="2"/g)).toHaveLength(1);
    expect(svg).toMatch(/fill="#0072B2"/);
    expect(svg).not.toMatch(/fill="#D55E00"/);
    expect(svg).toContain('role="img"');
    expect(svg).toMatch(/<desc [^>]*>[^<]*doing nothing: 234\.0/);
    expect(page).toContain('Dashed line: doing nothing, mean of 30 episodes.');
    expect(warn).not.toHaveBeenCalled();
  });

  it('draw one seed without a band, and say so', async () => {
    const { figures, page } = await report([scratch]);
    const svg = figures.get(LONG)!;
    expect(textsOf(svg)).toContain('1 seed');
    expect(textsOf(svg).join(' ')).toContain('one seed: a line without a band');
    expect(svg).not.toContain('mark-area');
    expect(page).toContain('there is no band. Another seed may give another order.');
  });

  it('have a panel for each pair, and say what is not finished', async () => {
    const { figures, page } = await report([
      scratch,
      transfer,
      { ...transfer, teacher: 'Hopper', updates: 20, changes: { name: 'hopper' } },
    ]);
    const texts = textsOf(figures.get(LONG)!);
    expect(texts).toContain('CentipedeFour to CentipedeSix');
    expect(texts).toContain('Hopper to CentipedeSix');
    expect(texts.join(' ')).toContain('unfinished: MIKT seed 1 (running at 40%)');
    expect(page).toContain('Unfinished runs are drawn as far as they have come');
  });

  it('put variants beside their method, and teachers beside each other', async () => {
    const ablation: SampleRun = {
      ...transfer,
      changes: { name: 'ablation', method: 'MIKT, w/o MI', config: { miCoefficient: 0 } },
    };
    const hopper: SampleRun = { ...transfer, teacher: 'Hopper', changes: { name: 'hopper' } };
    const { figures } = await report([scratch, transfer, ablation, hopper]);
    expect([...figures.keys()].filter((id) => !id.includes('centipede'))).toEqual([
      LONG,
      'variants-mikt',
      'teachers-mikt',
    ]);
    expect(textsOf(figures.get(LONG)!)).not.toContain('MIKT, w/o MI');
    expect(textsOf(figures.get('variants-mikt')!)).toContain('MIKT, w/o MI');
    expect(textsOf(figures.get('teachers-mikt')!)).toEqual(
      expect.arrayContaining(['from CentipedeFour', 'from Hopper', 'PPO (VPG)']),
    );
    expect(textsOf(figures.get('weights-by-teacher-mikt-centipedesix')!)).toEqual(
      expect.arrayContaining(['policy network', 'value network', 'from Hopper']),
    );
  });
});

describe('mixing weights', () => {
  it('have a line per network and layer between 0 and 1', async () => {
    const { figures } = await report([scratch, transfer]);
    const texts = textsOf(figures.get('mixing-weights-centipedefour-to-centipedesix')!);
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
  });

  it('have a line for each of several teachers, under its name', async () => {
    const { figures } = await report([{ ...transfer, secondTeacher: 'Ant' }]);
    const title = 'centipedefour-and-ant-to-centipedesix';
    const texts = textsOf(figures.get(`teacher-weights-${title}`)!);
    expect(texts).toEqual(expect.arrayContaining(['CentipedeFour, policy', 'Ant, policy']));
    // The other figure is still of the student's own weights alone.
    expect(textsOf(figures.get(`mixing-weights-${title}`)!)).not.toContain('Ant, policy');
  });
});

describe('files beside the page', () => {
  it('are figures as SVG, PNG, numbers and specification, and every row of every run', async () => {
    const { runs } = await report([scratch, transfer], { png: true });
    const of = (name: string) => fs.readFile(path.join(out, 'figures', name));
    expect((await of(`${LONG}.png`)).subarray(1, 4).toString()).toBe('PNG');
    const [header, first] = (await of(`${LONG}.csv`)).toString().split('\n');
    expect(header).toBe('panel,line,steps,return_100,low,high,seeds');
    expect(first).toMatch(/^CentipedeFour to CentipedeSix,PPO \(VPG\),0,/);
    expect(JSON.parse((await of(`${LONG}.vl.json`)).toString())).toMatchObject({
      $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    });
    expect(await fs.readdir(path.join(out, 'data'))).toEqual([
      'centipedesix-mikt-s1.csv',
      'centipedesix-ppo-s1.csv',
    ]);
    expect(await fs.readFile(path.join(out, 'data/centipedesix-ppo-s1.csv'))).toEqual(
      await fs.readFile(path.join(runs[0]!, 'metrics.csv')),
    );
  });
});

describe('the page', () => {
  it('asks for nothing from elsewhere, and its policy forbids it', async () => {
    const { page, figures } = await report([scratch, transfer]);
    for (const text of [page, ...figures.values()]) {
      const urls = text.match(/\b(?:https?:)\/\/[^\s"'<)]+/g) ?? [];
      expect(urls.filter((url) => !url.startsWith('http://www.w3.org/'))).toEqual([]);
      expect(text).not.toMatch(/<script [^>]*src|<script[^>]*module|<img|<iframe|@import|\son\w+="/);
    }
    expect(page).toContain("default-src 'none'");
    const markup = page.replaceAll(/<script.*?<\/script>/gs, '');
    const ids = [...markup.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const match of markup.matchAll(/url\(#([^)]+)\)|href="#([^"]+)"|aria-labelledby="([^" ]+)/g)) {
      expect(ids).toContain(match[1] ?? match[2] ?? match[3]);
    }
  });

  it('gives the results in words and in tables', async () => {
    const { page } = await report([...seeds(scratch, 3), ...seeds(transfer, 3)], { references });
    expect(page).toMatch(
      /<span class="standing ahead">ahead<\/span> MIKT ends ahead of PPO \(VPG\): final return [\d,.]+ against [\d,.]+, \+[\d,.]+ \(95% interval \+[\d,.]+ to \+[\d,.]+\), 3 seeds each\./,
    );
    expect(page).toContain('For comparison, doing nothing (mean of 30 episodes): 234.0.');
    for (const cell of [
      '<th scope="row">CentipedeSix-mikt-s2</th>',
      '<td>zoo:CentipedeFour</td>',
      '<td class="number">100,352</td>',
      '<span class="status finished">finished</span>',
      '<th scope="col" class="number">Final return</th>',
      '<caption>Final returns: CentipedeFour to CentipedeSix.',
    ]) {
      expect(page).toContain(cell);
    }
    expect(page).toContain('<dt>mujoco</dt><dd>3.14.0</dd>');
    expect(page).toContain('<code>mikt transfer --env CentipedeSix --seed 1\n');
  });

  it('has scores over runs where there are several of each method', async () => {
    const runs = [...seeds(scratch, 4), ...seeds(transfer, 4)];
    const { page, figures } = await report(runs, { references });
    const texts = textsOf(figures.get('aggregate-scores')!).join(' ');
    expect(texts).toContain('interquartile mean (IQM)');
    expect(texts).toMatch(/PPO \(VPG\): 1\.\d\d \(/);
    expect(figures.has('performance-profiles')).toBe(true);
    expect(figures.has('sample-efficiency')).toBe(true);
    expect(page).toContain('0 is doing nothing, 1 the mean final return of PPO (VPG)');
    // Without what zero is there is no scale.
    expect([
      ...(await report(runs.map((run) => ({ ...run, env: 'CentipedeEight' })))).figures.keys(),
    ]).not.toContain('aggregate-scores');
  });

  it('shows the robots, with their dimensions and their picture', async () => {
    const { page } = await report([transfer], { rollouts: false });
    expect(page).toMatch(/<h3>CentipedeSix<\/h3>[\s\S]*<dt>observations<\/dt><dd>139<\/dd>/);
    expect(page).toContain('id="robot-centipedefour-dark"');
    expect(page).not.toContain('Policies walking');
  });

  it('says which policies it has no recording of', async () => {
    const { page } = await report([scratch]);
    expect(page).toContain('Without a checkpoint here: CentipedeSix-ppo-s1.');
  });

  it('says what a study has not come to', async () => {
    const planned = (seed: number, status: 'planned' | 'running') => ({
      ...{ method: 'MIKT', group: 'CentipedeFour-to-CentipedeSix', seed, status },
    });
    const { page } = await report([{ ...transfer, updates: 20 }], {
      studies: [
        {
          name: 'four-to-six',
          file: 'four-to-six.yaml',
          runs: [planned(1, 'running'), planned(2, 'planned')],
        },
      ],
    });
    expect(page).toContain('<h1>Study four-to-six</h1>');
    expect(page).toContain('Not complete: of the study’s 2 runs, 1 running and 1 not begun.');
    expect(page).toContain('CentipedeFour-to-CentipedeSix: MIKT, seeds 1 (running) and 2 (not begun)');
  });

  it('takes a run without a process for a stopped one', async () => {
    const folder = await writeSampleRun(path.join(parent, 'runs'), { ...transfer, updates: 20 });
    const { index } = await writeReport({ runs: [{ folder, isAlive: false }], out, png: false });
    expect(await fs.readFile(index, 'utf8')).toContain('interrupted at 40%');
  });

  it('works for a run that has only just started', async () => {
    const { page, figures } = await report([{ ...transfer, updates: 0 }]);
    expect(page).toContain('No run is finished: there is no final return yet.');
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
      { references: { [evil]: [{ label: evil, note: evil, value: 1 }] } },
    );
    for (const text of [page, ...figures.values()]) expect(text).not.toContain('<script>alert');
    expect(page).toContain('&lt;script&gt;');
    expect(page).toContain('\\u003cscript>alert');
  });

  it('is the same, byte for byte, for the same runs', async () => {
    const first = await report([scratch, transfer], { references });
    const again = await writeReport({
      ...{ runs: [...first.runs].reverse(), out: path.join(parent, 'again'), png: false, references },
    });
    expect(await fs.readFile(again.index, 'utf8')).toBe(first.page);
    for (const file of again.figures) {
      expect(await fs.readFile(file, 'utf8')).toBe(first.figures.get(path.basename(file, '.svg')));
    }
  });

  it('takes the place of an earlier report, and leaves what is no part of it', async () => {
    const { runs, figures } = await report([scratch, transfer], { png: true });
    expect(figures.has('mixing-weights-centipedefour-to-centipedesix')).toBe(true);
    await fs.writeFile(path.join(out, 'figures', 'mine.svg'), 'mine');
    const { figures: written } = await writeReport({ runs: runs.slice(0, 1), out, png: false });
    const kept = written.map((file) => path.basename(file, '.svg'));
    const expected = kept.flatMap((id) => [`${id}.csv`, `${id}.svg`, `${id}.vl.json`]);
    expect((await fs.readdir(path.join(out, 'figures'))).sort()).toEqual([...expected, 'mine.svg'].sort());
    expect(await fs.readdir(path.join(out, 'data'))).toHaveLength(1);
  });

  it('takes a run that is named twice once', async () => {
    const { runs } = await report([scratch]);
    const { index } = await writeReport({ runs: [...runs, `${runs[0]}/`], out, png: false });
    expect(countOf(await fs.readFile(index, 'utf8'), 'Made with: ')).toBe(1);
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
    await expect(writeReport({ runs: [run], out: file, png: false })).rejects.toThrow(FileError);
    await expect(writeReport({ runs: [run], out: file, png: false })).rejects.toThrow(
      'the report cannot be written there',
    );
  });

  it('refuses to write over a page that is none of its own', async () => {
    const run = await writeSampleRun(parent, scratch);
    await fs.mkdir(out);
    await fs.writeFile(path.join(out, 'index.html'), '<!doctype html><title>mine</title>');
    await expect(writeReport({ runs: [run], out, png: false })).rejects.toThrow(
      'is no report of mikt; move it',
    );
  });
});
