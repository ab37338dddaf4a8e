// Writes down what a study gave: its runs, its measures and its figures.
//
//   node scripts/study-results.mjs STUDY.yaml RUNS OUT
//
// RUNS is the folder with the study's runs (mikt study run --out). OUT gets runs-s<seed>.tar.gz (run.json and
// metrics.csv of every finished run: unpacked, `mikt report` and `mikt study` read them), runs.csv, measures.json,
// measures.txt and figures/*.svg.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [study, folder, out] = process.argv.slice(2);
if (!out) throw new Error('node scripts/study-results.mjs STUDY.yaml RUNS OUT');

const mikt = (...args) =>
  execFileSync(process.execPath, [path.join(root, 'apps/cli/bin/mikt.js'), ...args], {
    encoding: 'utf8',
    maxBuffer: 1e9,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, COLUMNS: '160' },
  });

const { runs } = JSON.parse(mikt('study', 'status', study, '--out', folder, '--json'));
const finished = runs.filter((run) => run.status === 'finished');
for (const { run, status } of runs) if (status !== 'finished') console.log(`${run}: ${status}`);
mkdirSync(path.join(out, 'figures'), { recursive: true });

for (const seed of new Set(finished.map((run) => run.seed))) {
  const files = finished
    .filter((run) => run.seed === seed)
    .flatMap(({ run }) =>
      ['run.json', 'metrics.csv'].map((name) => path.join(path.relative(folder, run), name)),
    );
  // The same runs give the same bytes.
  const same = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--mode=644'];
  execFileSync('tar', [
    '-C',
    folder,
    ...same,
    '-I',
    'gzip -9n',
    '-cf',
    path.resolve(out, `runs-s${seed}.tar.gz`),
    ...files,
  ]);
}

const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const lines = finished.map((run) => {
  const manifest = JSON.parse(readFileSync(path.join(run.run, 'run.json'), 'utf8'));
  const [header, ...rows] = readFileSync(path.join(run.run, 'metrics.csv'), 'utf8').trim().split('\n');
  const last = (name) => Number(rows.at(-1).split(',')[header.split(',').indexOf(name)]);
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

writeFileSync(path.join(out, 'measures.json'), mikt('study', 'measure', study, '--out', folder, '--json'));
writeFileSync(path.join(out, 'measures.txt'), mikt('study', 'measure', study, '--out', folder));

const page = mkdtempSync(path.join(tmpdir(), 'mikt-results-'));
mikt('report', ...finished.map(({ run }) => run), '--out', page);
cpSync(path.join(page, 'figures'), path.join(out, 'figures'), { recursive: true });
rmSync(page, { recursive: true });
console.log(`${finished.length} of ${runs.length} runs: ${out}`);
