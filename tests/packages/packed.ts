import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The repository's folder. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Of a published package.json, what the tests look at. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** A package of the workspace that is published, and the tarball that npm users would get. */
export interface PackedPackage {
  readonly name: string;
  /** Its folder in the repository. */
  readonly folder: string;
  readonly tarball: string;
  readonly bytes: number;
}

interface Finished {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. @returns also where it failed */
export async function run(
  program: string,
  args: readonly string[],
  { cwd = ROOT, env = {} }: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Finished> {
  const options = { cwd, env: { ...process.env, NO_COLOR: '1', ...env }, maxBuffer: 2 ** 27 };
  try {
    return { status: 0, ...(await promisify(execFile)(program, args, options)) };
  } catch (error) {
    const { code, stdout = '', stderr = String(error) } = error as Partial<Finished> & { code?: number };
    return { status: Number(code ?? 1), stdout, stderr };
  }
}

/** Runs a program and returns what it wrote to standard output. @throws Error where it fails, with all it wrote */
export async function succeed(...given: Parameters<typeof run>): Promise<string> {
  const { status, stdout, stderr } = await run(...given);
  if (status !== 0) throw new Error(`${given[0]} ${given[1].join(' ')}: ${status}\n${stdout}${stderr}`);
  return stdout;
}

export const pnpm = path.join(ROOT, 'node_modules/.bin/pnpm');

/** The packages of the workspace that are published. */
export async function publishedPackages(): Promise<{ name: string; path: string }[]> {
  const all = JSON.parse(await succeed(pnpm, ['-r', 'list', '--json', '--depth', '-1']));
  return (all as { name: string; path: string; private: boolean }[]).filter((found) => !found.private);
}

/** Packs what is published, as it is built now. */
export async function packAll(into: string): Promise<PackedPackage[]> {
  const published = await publishedPackages();
  const filters = published.flatMap(({ name }) => ['--filter', name]);
  const args = ['-r', ...filters, 'pack', '--pack-destination', into, '--json'];
  const packed = JSON.parse(await succeed(pnpm, args)) as { name: string; filename: string; size: number }[];
  return published.map(({ name, path: folder }) => {
    const { filename, size } = packed.find((each) => each.name === name)!;
    return { name, folder, tarball: path.resolve(into, filename), bytes: size };
  });
}

/** Installs the tarballs with npm in an empty folder, without what is optional: native TensorFlow is a large download. */
export async function installWithNpm(packed: readonly PackedPackage[], folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const dependencies = Object.fromEntries(packed.map(({ name, tarball }) => [name, `file:${tarball}`]));
  writeFileSync(
    path.join(folder, 'package.json'),
    JSON.stringify({ name: 'user', private: true, type: 'module', dependencies }),
  );
  const flags = ['--omit=optional', '--no-audit', '--no-fund', '--prefer-offline'];
  await succeed('npm', ['install', ...flags], { cwd: folder });
}

/** Where a package is installed below a folder. */
export function installed(folder: string, name: string): string {
  return path.join(folder, 'node_modules', name);
}

/** The package.json in a folder. */
export function manifestIn(folder: string): Manifest {
  return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
}

/** What TypeScript imports of a package: its entries that have types, such as `@mikt/runs/reader`. */
export function typedEntries({ name, exports = {} }: Manifest): string[] {
  return Object.entries(exports)
    .filter(([, target]) => typeof target === 'object' && target.types !== undefined)
    .map(([entry]) => path.posix.join(name, entry));
}

/** The paths of all files of a package, relative to its folder. */
export function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .filter((file) => !file.startsWith('node_modules'));
}

/** The examples of a README: its blocks of TypeScript, those that say `no-run=…` left out. */
export function examplesOf(readme: string): string[] {
  return [...readme.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code!);
}
