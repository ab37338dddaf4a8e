// The fuzz campaign: the targets of tests/fuzz with many cases. Prints a table. What --out has is kept after every target,
// and a campaign that was ended goes on where it was, with other seeds.
// Usage: node bench/fuzz/run.mjs [--cases 100000] [--seed 1] [--chunk 100000] [--only TEXT]… [--out FILE] [--readme]
//        node bench/fuzz/run.mjs --out FILE --table [--readme]      the table of what is there, nothing is run
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const README = fileURLToPath(new URL('README.md', import.meta.url));
const { values: options } = parseArgs({
  options: {
    cases: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    chunk: { type: 'string' },
    only: { type: 'string', multiple: true },
    out: { type: 'string' },
    table: { type: 'boolean', default: false },
    readme: { type: 'boolean', default: false },
  },
});
const wantedCases = Number(options.cases);
/** Guided by coverage, a fifth as many (tests/fuzz/fuzz.test.ts). */
const SHARE = { random: 1, guided: 1 / 5 };
const names = JSON.parse(readFileSync(path.join(root, 'tests/fuzz/target-names.json'), 'utf8'));
const ALL = ['random', 'guided'].flatMap((kind) => names[kind].map((name) => `${kind}: ${name}`));

let kept = [];
const read = () =>
  options.out && existsSync(options.out) ? JSON.parse(readFileSync(options.out, 'utf8')).targets : kept;
/** As vitest is told of it, and as a table and --only call it. */
const keyOf = ({ kind, target }) => `${kind}: ${target}`;

/** Adds a part's result to those that are there, of other processes as well, and writes them. */
function keep({ seed, ...result }) {
  kept = read();
  const earlier = kept.find((each) => keyOf(each) === keyOf(result));
  const sum = (key) => (earlier?.[key] ?? 0) + result[key];
  const most = (key) => Math.max(earlier?.[key] ?? 0, result[key]);
  const { kind, target, crash } = result;
  const added = {
    ...{ kind, target, cases: sum('cases'), accepted: sum('accepted'), refused: sum('refused') },
    crashes: sum('crashes'),
    ...(earlier?.crash || crash ? { crash: earlier?.crash ?? crash } : {}),
    ...{ slowestMilliseconds: most('slowestMilliseconds'), memoryGrowth: most('memoryGrowth') },
    seconds: Math.round(10 * sum('seconds')) / 10,
    seeds: [...(earlier?.seeds ?? []), seed],
  };
  kept = earlier ? kept.map((each) => (each === earlier ? added : each)) : [...kept, added];
  kept.sort((a, b) => ALL.indexOf(keyOf(a)) - ALL.indexOf(keyOf(b)));
  if (!options.out) return;
  const out = path.relative(root, path.resolve(options.out));
  const command = `node bench/fuzz/run.mjs --cases ${options.cases} --out ${out}`;
  const machine = { cpu: os.cpus()[0].model, cores: os.availableParallelism(), loadAverage: os.loadavg()[0] };
  const written = { command, node: process.version, machine, targets: kept };
  writeFileSync(`${options.out}.tmp`, `${JSON.stringify(written, undefined, 2)}\n`);
  renameSync(`${options.out}.tmp`, options.out);
}

const isWanted = (name) => options.only === undefined || options.only.some((text) => name.includes(text));

/** @returns the targets that do not have all their cases, by the number of parts that they have had */
function unfinished() {
  const before = read();
  const parts = new Map();
  for (const name of ALL.filter(isWanted)) {
    const earlier = before.find((each) => keyOf(each) === name);
    const wanted = wantedCases * SHARE[name.split(':')[0]];
    if ((earlier?.cases ?? 0) >= wanted) continue;
    const count = earlier?.seeds.length ?? 0;
    parts.set(count, [...(parts.get(count) ?? []), name]);
  }
  return [...parts].sort(([a], [b]) => a - b)[0];
}

let child;
let isEnded = false;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    isEnded = true;
    child?.kill('SIGTERM');
  });
}

/** Tries targets, and keeps what each has given as soon as it has. @returns the exit status */
async function tryTargets(names, seed, cases) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mikt-fuzz-'));
  const results = path.join(folder, 'results');
  let seen = 0;
  const look = () => {
    const lines = existsSync(results) ? readFileSync(results, 'utf8').split('\n').slice(0, -1) : [];
    for (const line of lines.slice(seen)) keep(JSON.parse(line));
    seen = lines.length;
  };
  const timer = setInterval(look, 500);
  try {
    const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
    child = spawn(process.execPath, [vitest, 'run', 'tests/fuzz'], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        MIKT_FUZZ_CASES: String(cases),
        MIKT_FUZZ_SEED: String(seed),
        MIKT_FUZZ_TARGETS: JSON.stringify(names),
        MIKT_FUZZ_RESULTS: results,
      },
    });
    return await new Promise((resolve) => child.on('close', (status) => resolve(status ?? 1)));
  } finally {
    clearInterval(timer);
    look();
    rmSync(folder, { recursive: true });
  }
}

function table() {
  const row = (cells) => `| ${cells.join(' | ')} |`;
  return [
    row(['target', 'changed', 'cases', 'taken', 'refused', 'crashes', 'slowest case', 'memory']),
    row(['---', '---', ...Array(6).fill('---:')]),
    ...read().map((each) =>
      row([
        each.target,
        each.kind === 'random' ? 'at random' : 'guided by coverage',
        ...[each.cases, each.accepted, each.refused, each.crashes].map((n) => n.toLocaleString('en-US')),
        `${each.slowestMilliseconds.toFixed(0)} ms`,
        `${each.memoryGrowth} MiB`,
      ]),
    ),
  ].join('\n');
}

/** Puts the table between the README's marks. */
function writeReadme() {
  const marks = ['<!-- table -->', '<!-- end of table -->'];
  const text = readFileSync(README, 'utf8');
  const [from, to] = marks.map((mark) => text.indexOf(mark));
  writeFileSync(README, `${text.slice(0, from + marks[0].length)}\n\n${table()}\n\n${text.slice(to)}`);
}

let status = 0;
while (!options.table && !isEnded && status === 0) {
  const [parts, names] = unfinished() ?? [];
  if (!names) break;
  status = await tryTargets(
    names,
    Number(options.seed) + 1000 * parts,
    Math.min(wantedCases, Number(options.chunk ?? wantedCases)),
  );
}
console.log(table());
if (options.readme) writeReadme();
process.exitCode = isEnded ? 130 : status;
