// The fuzz campaign: the targets of tests/fuzz with many cases. Prints a table and writes the numbers beside it.
// Usage: node bench/fuzz/run.mjs [--cases 100000] [--seed 1] [--out bench/results/NAME.json] [--only TEXT]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string' },
    only: { type: 'string' },
  },
});
const results = path.join(mkdtempSync(path.join(tmpdir(), 'mikt-fuzz-')), 'results.json');
const only = values.only === undefined ? [] : ['-t', values.only];
const { status } = spawnSync('npx', ['vitest', 'run', 'tests/fuzz', ...only], {
  cwd: root,
  stdio: ['ignore', 'inherit', 'inherit'],
  env: {
    ...process.env,
    MIKT_FUZZ_CASES: values.cases,
    MIKT_FUZZ_SEED: values.seed,
    MIKT_FUZZ_RESULTS: results,
  },
});
const targets = JSON.parse(readFileSync(results, 'utf8'));
const command = `node bench/fuzz/run.mjs ${process.argv.slice(2).join(' ')}`.trim();
if (values.out) {
  const made = { command, node: process.version, seed: Number(values.seed), targets };
  writeFileSync(values.out, `${JSON.stringify(made, undefined, 2)}\n`);
}
const row = (cells) => `| ${cells.join(' | ')} |`;
console.log(
  [
    row(['target', 'changed', 'cases', 'taken', 'refused', 'crashes', 'slowest case', 'memory']),
    row(['---', '---', ...Array(6).fill('---:')]),
    ...targets.map((each) =>
      row([
        each.target,
        each.kind === 'random' ? 'at random' : each.kind,
        ...[each.cases, each.accepted, each.refused, each.crashes].map((n) => n.toLocaleString('en-US')),
        `${each.slowestMilliseconds.toFixed(0)} ms`,
        `${each.memoryGrowth} MiB`,
      ]),
    ),
  ].join('\n'),
);
process.exitCode = status ?? 1;
