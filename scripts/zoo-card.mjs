// Puts a finished run into the zoo: its last checkpoint, its metrics, and a card saying how it was made.
//
//   node scripts/zoo-card.mjs RUN [EPISODES]
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readRun, resolveCheckpoint } from '../packages/runs/dist/index.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const cli = path.join(root, 'apps/cli/bin/mikt.js');
const [run, episodes = '100'] = process.argv.slice(2);
const { manifest, metrics } = await readRun(run);
if (manifest.status !== 'finished') throw new Error(`${run} is ${manifest.status}, not finished.`);

const name = manifest.env;
copyFileSync(await resolveCheckpoint(run), path.join(root, 'zoo', `${name}.safetensors`));
copyFileSync(path.join(run, 'metrics.csv'), path.join(root, 'zoo', `${name}.metrics.csv`));

// The learning curve as the report draws it, of this run alone.
const report = mkdtempSync(path.join(tmpdir(), 'mikt-card-'));
execFileSync(process.execPath, [cli, 'report', run, '--out', report], { stdio: 'ignore' });
const curves = readdirSync(report, { recursive: true }).find((file) => /learning-curves.*\.svg$/.test(file));
copyFileSync(path.join(report, curves), path.join(root, 'zoo', `${name}.svg`));
rmSync(report, { recursive: true });

const evaluate = (source) =>
  JSON.parse(
    execFileSync(process.execPath, [cli, 'eval', source, '--episodes', episodes, '--json'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 1e8,
    }),
  );
const number = (value) => value.toLocaleString('en-US', { maximumFractionDigits: 1 });
const result = evaluate(path.join(root, 'zoo', `${name}.safetensors`));
const [low, high] = result.interval;
const curve = [1e5, 2.5e5, 5e5, 1e6, 1.5e6, manifest.steps].filter((steps) => steps <= manifest.steps);
const returnAt = (steps) => metrics.return_100[metrics.steps.findLastIndex((at) => at <= steps)];
const returns = result.episodes.map((episode) => episode.return).sort((a, b) => a - b);

writeFileSync(
  path.join(root, 'zoo', `${name}.md`),
  `# ${name}

A policy and value network trained from scratch with PPO; use it as \`--teacher zoo:${name}\`.

| | |
|---|---|
| command | \`${manifest.command.join(' ')}\` |
| seed | ${manifest.seed} |
| environment steps | ${number(manifest.steps)} |
| commit | ${manifest.git.commit}${manifest.git.dirty ? ' with uncommitted changes' : ''} |
| MuJoCo, Node | ${manifest.versions.mujoco}, ${manifest.versions.node} |
| networks ran on | ${manifest.versions.engine} |
| training time | ${number(metrics.seconds.at(-1) / 60)} minutes on ${manifest.host.cores} cores of an ${manifest.host.cpu}, shared with other work |

## Evaluation

Mean action, ${result.episodes.length} episodes on seeds apart from training's (\`mikt eval zoo:${name} --episodes ${episodes}\`):

- mean return **${number(result.mean)}**, 95% interval ${number(low)} to ${number(high)}
- lowest ${number(returns[0])}, median ${number(returns[Math.floor(returns.length / 2)])}, highest ${number(returns.at(-1))}
- mean length ${number(result.meanLength)} of at most 1,000 steps

## Learning curve

![Return over environment steps](${name}.svg)

Mean return of the last 100 training episodes (sampled actions); every update is in \`${name}.metrics.csv\`.

| steps | return |
|---:|---:|
${curve.map((steps) => `| ${number(steps)} | ${number(returnAt(steps))} |`).join('\n')}
`,
);
console.log(
  `zoo/${name}.md: mean return ${number(result.mean)} (95% interval ${number(low)} to ${number(high)})`,
);
