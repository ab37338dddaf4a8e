import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeEnv } from '@mikt/envs';
import { encodeSafetensors } from '@mikt/runs';
import ts from 'typescript';
import { parse, stringify } from 'yaml';
import { type Block, ROOT } from './pages.js';

/** How a program of a block ended. */
export interface Ended {
  readonly status: number | null;
  /** What it wrote, standard output and standard error together. */
  readonly output: string;
}

/** Makes `mikt` and `npm run mikt --` stand for the shortened command; other scripts of npm are refused. */
export function writeCommands(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const short = fileURLToPath(new URL('./short-mikt.mjs', import.meta.url));
  const mikt = `exec "${process.execPath}" "${short}" "$@"`;
  const npm = `
[ "$1 $2" = "run --silent" ] && { shift 2; set -- run "$@"; }
[ "$1 $2" = "run mikt" ] || { echo "npm $*: this test has no npm; mark the block no-run" >&2; exit 1; }
shift 2
[ "$1" = "--" ] && shift
${mikt}`;
  for (const [name, script] of Object.entries({ mikt, npm })) {
    writeFileSync(path.join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
}

/**
 * A folder in which a page's blocks run: with the packages, the examples, one of them as the reader's own robot as
 * well (`robot.xml` with `task.yaml`, and `other.xml`), and the studies of the repository made short: three methods,
 * one seed, 512 steps in updates of 128.
 */
export function prepareFolder(folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }\n');
  symlinkSync(path.join(ROOT, 'tests/node_modules'), path.join(folder, 'node_modules'));
  const tripod = path.join(ROOT, 'examples/tripod');
  for (const [from, to] of [
    ['tripod.xml', 'robot.xml'],
    ['tripod.yaml', 'task.yaml'],
    ['tripod-tall.xml', 'other.xml'],
  ] as const) {
    cpSync(path.join(tripod, from), path.join(folder, to));
  }
  cpSync(path.join(ROOT, 'examples'), path.join(folder, 'examples'), { recursive: true });
  cpSync(path.join(ROOT, 'studies'), path.join(folder, 'studies'), { recursive: true });
  for (const parent of ['studies', 'examples/tripod']) {
    for (const name of readdirSync(path.join(folder, parent)).filter((name) => name.endsWith('.yaml'))) {
      shortenStudy(path.join(folder, parent, name));
    }
  }
}

/** Leaves a file alone that is no study: a task of a robot. */
function shortenStudy(file: string): void {
  const study = parse(readFileSync(file, 'utf8'));
  if (study.methods === undefined) return;
  const set = { ...study.set, stepsPerUpdate: 128, minibatches: 2, epochs: 2 };
  const [seeds, methods] = [study.seeds.slice(0, 1), study.methods.slice(0, 3)];
  writeFileSync(file, stringify({ ...study, steps: 512, seeds, methods, set }));
}

/** Puts those of the shared runs into a page's folder that it, or a study that it names, is about and that it does not make. */
export function lendRuns(page: string, commands: string, shared: string, folder: string): void {
  for (const name of readdirSync(shared)) {
    const isNamed = new RegExp(`runs/${name}\\b(?!-)|studies/${name}\\.yaml`).test(page);
    const isMade = commands.includes(`--out runs/${name}`);
    if (isNamed && !isMade)
      cpSync(path.join(shared, name), path.join(folder, 'runs', name), { recursive: true });
  }
}

/** Puts the policy of Stable-Baselines3 that a page imports into its folder: untrained, for the robot that it names. */
export async function writeImportedPolicy(page: string, folder: string): Promise<void> {
  const [, file, robot] =
    /mikt import (\S+) --env (\w+)/.exec(page.replaceAll('npm run mikt -- ', 'mikt ')) ?? [];
  if (file === undefined || robot === undefined) return;
  const env = await makeEnv(robot);
  const { spaces } = env;
  env.dispose();
  const sizes = { observation: spaces.observation.size, action: spaces.action.size };
  const tensor = (...shape: number[]) => ({
    shape,
    data: new Float32Array(shape.reduce((a, b) => a * b)).fill(0.01),
  });
  const layer = (name: string, inputs: number, outputs: number) => ({
    [`${name}.weight`]: tensor(outputs, inputs),
    [`${name}.bias`]: tensor(outputs),
  });
  const hidden = ['policy_net', 'value_net'].map((network) => ({
    ...layer(`mlp_extractor.${network}.0`, sizes.observation, 64),
    ...layer(`mlp_extractor.${network}.2`, 64, 64),
  }));
  const outputs = { ...layer('action_net', 64, sizes.action), ...layer('value_net', 64, 1) };
  const tensors = Object.assign({}, ...hidden, outputs, { log_std: tensor(sizes.action) });
  writeFileSync(path.join(folder, file), encodeSafetensors({ tensors, metadata: { activation: 'Tanh' } }));
}

/** The file that a block is kept in: as its mark `file` says, or by its line. */
export function fileOf({ marks, line, language }: Block): string {
  return marks.file ?? `block-${line}.${language}`;
}

/** Runs a program in a folder. Trainings stay on one thread: starting others would take longer than these do. */
export function run(
  command: string,
  args: readonly string[],
  { folder, commands }: { folder: string; commands: string },
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: folder,
      env: {
        ...process.env,
        PATH: `${commands}${path.delimiter}${process.env.PATH}`,
        MIKT_NO_THREADS: '1',
        NODE_OPTIONS: '',
        NO_COLOR: '1',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        output += data;
      });
    }
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, output }));
  });
}

/** The complaints of the type checker about these files, by file. They see the packages as users do, built. */
export function typeErrors(files: readonly string[]): ReadonlyMap<string, string[]> {
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
    types: ['node'],
    typeRoots: [path.join(ROOT, 'node_modules/@types')],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
  });
  const complaints = new Map<string, string[]>();
  for (const { file, start, messageText } of ts.getPreEmitDiagnostics(program)) {
    const name = file?.fileName ?? '';
    const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    const sentence = `line ${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    complaints.set(name, [...(complaints.get(name) ?? []), sentence]);
  }
  return complaints;
}

/** Writes the JavaScript of a TypeScript file beside it. */
export function toJavaScript(file: string): string {
  const { outputText } = ts.transpileModule(readFileSync(file, 'utf8'), {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  const target = file.replace(/\.ts$/, '.js');
  writeFileSync(target, outputText);
  return target;
}
