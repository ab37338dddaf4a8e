// Writes down what a study gave: its runs, its measures and its figures.
//
//   node scripts/study-results.mjs STUDY.yaml RUNS OUT
//
// RUNS is the folder with the study's runs (mikt study run --out). OUT gets runs-s<seed>.tar.xz (configuration and logs of
// every finished run, numbers to seven digits: unpacked, `mikt report` and `mikt study` read them), runs.csv,
// measures.json, measures.txt and figures/*.svg.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [file, folder, to] = process.argv.slice(2);
if (!to) throw new Error('node scripts/study-results.mjs STUDY.yaml RUNS OUT');
const [study, out] = [file, to].map((given) => path.resolve(given));

/** Where the finished runs alone are; paths in what is written are relative to it. */
const temporary = mkdtempSync(path.join(tmpdir(), 'mikt-results-'));
const mikt = (...args) =>
  execFileSync(process.execPath, [path.join(root, 'apps/cli/bin/mikt.js'), ...args], {
    cwd: temporary,
    encoding: 'utf8',
    maxBuffer: 1e9,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, COLUMNS: '160' },
  });

/** A table of numbers to seven significant digits. */
const rounded = (csv) =>
  csv.replaceAll(/-?\d+\.\d+(e-?\d+)?/g, (number) => String(Number(Number(number).toPrecision(7))));

const { runs } = JSON.parse(mikt('study', 'status', study, '--out', path.resolve(folder), '--json'));
const finished = [];
for (const { run, status, ...about } of runs) {
  if (status !== 'finished') {
    console.log(`${run}: ${status}`);
    continue;
  }
  const name = path.relative(path.resolve(folder), path.resolve(temporary, run));
  const read = (log) => readFileSync(path.resolve(temporary, run, log), 'utf8');
  const copy = path.join(temporary, 'runs', name);
  mkdirSync(copy, { recursive: true });
  writeFileSync(path.join(copy, 'run.json'), read('run.json'));
  for (const log of ['metrics.csv', 'episodes.csv']) writeFileSync(path.join(copy, log), rounded(read(log)));
  // The robot, where it is one of somebody's own.
  const robot = path.resolve(temporary, run, 'robot');
  if (existsSync(robot)) cpSync(robot, path.join(copy, 'robot'), { recursive: true });
  finished.push({ ...about, name });
}
mkdirSync(path.join(out, 'figures'), { recursive: true });

for (const seed of new Set(finished.map((run) => run.seed))) {
  const names = finished.filter((run) => run.seed === seed).map(({ name }) => name);
  // The same runs give the same bytes.
  const same = [
    '--sort=name',
    '--mtime=@0',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--mode=u=rwX,go=rX',
  ];
  const archive = path.join(out, `runs-s${seed}.tar.xz`);
  execFileSync('tar', [
    '-C',
    path.join(temporary, 'runs'),
    ...same,
    '-I',
    'xz -9e',
    '-cf',
    archive,
    ...names,
  ]);
}

const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const lines = finished.map((run) => {
  const read = (log) => readFileSync(path.join(temporary, 'runs', run.name, log), 'utf8');
  const manifest = JSON.parse(read('run.json'));
  const [header, ...rows] = read('metrics.csv').trim().split('\n');
  const last = (column) => Number(rows.at(-1).split(',')[header.split(',').indexOf(column)]);
  return [
    run.env,
    run.teachers.join(' '),
    run.method,
    run.seed,
    last('return_100').toFixed(1),
    Math.round(last('seconds')),
    manifest.git?.commit ?? '',
    manifest.command.join(' '),
  ];
});
const header = ['env', 'teachers', 'method', 'seed', 'return_100', 'training_seconds', 'commit', 'command'];
writeFileSync(
  path.join(out, 'runs.csv'),
  [header, ...lines].map((cells) => `${cells.map((cell) => quoted(String(cell))).join(',')}\n`).join(''),
);

writeFileSync(path.join(out, 'measures.json'), mikt('study', 'measure', study, '--out', 'runs', '--json'));
writeFileSync(path.join(out, 'measures.txt'), mikt('study', 'measure', study, '--out', 'runs'));
mikt('report', study, '--runs', 'runs', '--no-rollouts', '--no-png', '--out', 'page');
cpSync(path.join(temporary, 'page', 'figures'), path.join(out, 'figures'), {
  recursive: true,
  filter: (figure) => !figure.endsWith('.vl.json') && !figure.endsWith('.csv'),
});
rmSync(temporary, { recursive: true });
console.log(`${finished.length} of ${runs.length} runs: ${to}`);
