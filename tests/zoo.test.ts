import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { policyFromCheckpoint, readTrainingState, teacherFromCheckpoint } from '@mikt/algos';
import { evaluateDoingNothing, evaluatePolicy } from '@mikt/eval';
import { createTfjsEngine } from '@mikt/graph';
import { parseMetrics, readCheckpoint } from '@mikt/runs';
import { describe, expect, it } from 'vitest';

const zoo = fileURLToPath(new URL('../zoo', import.meta.url));
const names = readdirSync(zoo)
  .filter((file) => file.endsWith('.safetensors'))
  .map((file) => path.basename(file, '.safetensors'));

it('has a CentipedeFour', () => {
  expect(names).toContain('CentipedeFour');
});

it('lists every teacher with what its card says (written by -u)', async () => {
  const rows = names.map((name) => {
    const [, steps] = /\| environment steps \| (.+) \|/.exec(readCard(name))!;
    const [, mean, interval] = /mean return \*\*(.+)\*\*, 95% interval (.+)/.exec(readCard(name))!;
    return `| \`zoo:${name}\` | ${steps} | ${mean} | ${interval} | [card](${name}.md) |`;
  });
  const table = [
    '| Teacher | Environment steps | Mean return | 95% interval over episodes | |',
    '|---|---:|---:|---:|---|',
    ...rows,
  ].join('\n');
  const readme = path.join(zoo, 'README.md');
  const text = readFileSync(readme, 'utf8');
  const written = text.replace(
    /<!-- teachers -->[\s\S]*?<!-- end -->/,
    `<!-- teachers -->\n${table}\n<!-- end -->`,
  );
  await expect(written).toMatchFileSnapshot(readme);
});

describe.each(names)('%s', (name) => {
  const file = path.join(zoo, `${name}.safetensors`);
  const card = readCard(name);
  const metrics = parseMetrics(readFileSync(path.join(zoo, `${name}.metrics.csv`), 'utf8'), name);

  it('is a finished run of at least 500,000 steps whose card and metrics agree with its checkpoint', async () => {
    const checkpoint = await readCheckpoint(file);
    const { progress, config } = readTrainingState(checkpoint, file);
    expect(config.env).toBe(name);
    expect(progress.steps).toBe(config.steps);
    expect(progress.steps).toBeGreaterThanOrEqual(500_000);
    expect(metrics.steps!.at(-1)).toBe(progress.steps);
    expect(card).toContain(`| seed | ${config.seed} |`);
    expect(card).toContain(`| environment steps | ${progress.steps.toLocaleString('en-US')} |`);
    expect(teacherFromCheckpoint(checkpoint, file).env).toBe(name);
  });

  it('learned: it gained over its training, and its card claims more than doing nothing earns', async () => {
    const idle = await evaluateDoingNothing(name, { episodes: 10, seed: 1 });
    const early = metrics.steps!.findLastIndex((steps) => steps <= 50_000);
    expect(metrics.return_100!.at(-1)).toBeGreaterThan(2 * Math.max(metrics.return_100![early]!, 0));
    expect(lowerBound(card)).toBeGreaterThan(idle.mean);
  });

  it('still acts as its card says', async () => {
    const policy = policyFromCheckpoint(await readCheckpoint(file), await createTfjsEngine(), file);
    const { episodes } = await evaluatePolicy(policy, name, { episodes: 5 });
    policy.dispose();
    // The best of five episodes reaches the interval of fifty: one alone may fall early.
    const best = Math.max(...episodes.map((episode) => episode.return));
    expect(best).toBeGreaterThan(lowerBound(card) * 0.9);
  });
});

function readCard(name: string): string {
  return readFileSync(path.join(zoo, `${name}.md`), 'utf8');
}

function lowerBound(card: string): number {
  const [, low] = /95% interval ([\d,.]+) to/.exec(card)!;
  return Number(low!.replaceAll(',', ''));
}
