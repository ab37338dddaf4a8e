import { fileURLToPath } from 'node:url';
import { physicsFile } from '@mikt/envs';
import { type KernelFile, kernelUrl } from '@mikt/graph';
import { builtFile } from '../built-files.js';

/** A policy to be watched, as the page is told of it. */
export interface WatchedPolicy {
  /** What it is to the viewer, e.g. `Teacher`. */
  readonly role: string;
  /** Where it comes from, as it was given. */
  readonly source: string;
  /** Address of its checkpoint or policy file, relative to the page. */
  readonly file: string;
}

/** What the page is told at its start. */
export interface WatchSettings {
  readonly policies: readonly WatchedPolicy[];
  /** Seed of the first episodes. */
  readonly seed: number;
  /** Whether actions are sampled at first; otherwise the policy's mean acts. */
  readonly sample: boolean;
}

/** What is to be watched. */
export interface WatchRequest extends Omit<WatchSettings, 'policies'> {
  /** `path` is that of the checkpoint on this computer. */
  readonly policies: readonly (Omit<WatchedPolicy, 'file'> & { readonly path: string })[];
}

/**
 * What a server answers a request with: a file of this computer, or a text. `policy` is its content security policy,
 * where it is not the server's own.
 */
export type ServedFile = { readonly type: string; readonly policy?: string } & (
  | { readonly file: string }
  | { readonly text: string }
);

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>mikt watch</title>
<link rel="icon" href="data:,">
<script type="module" src="watch.js"></script>
</head>
<body></body>
</html>
`;

/** The page loads its own files and nothing from anywhere else. MuJoCo's bindings make functions of text: unsafe-eval. */
const POLICY =
  "default-src 'none'; script-src 'self' 'unsafe-eval'; connect-src 'self'; img-src 'self' data:; " +
  "style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** A page that is not isolated has no shared memory, so it needs these two. */
const KERNELS: readonly KernelFile[] = ['relaxed-private.wasm', 'simd-private.wasm'];

/**
 * Everything that the page of `mikt watch` asks its server for, by path.
 * @throws MiktError with code `build` where the page's script has not been built
 */
export function watchFiles({ policies, seed, sample }: WatchRequest): Map<string, ServedFile> {
  const told = policies.map(
    ({ role, source }, i): WatchedPolicy => ({ role, source, file: `policies/${i + 1}.safetensors` }),
  );
  const settings: WatchSettings = { policies: told, seed, sample };
  return new Map<string, ServedFile>([
    ['/', { type: 'text/html; charset=utf-8', policy: POLICY, text: PAGE }],
    ['/watch.js', { type: 'text/javascript; charset=utf-8', file: builtFile('browser/watch.js') }],
    ['/mujoco.wasm', { type: 'application/wasm', file: physicsFile() }],
    ...KERNELS.map((name): [string, ServedFile] => [
      `/kernels/${name}`,
      { type: 'application/wasm', file: fileURLToPath(kernelUrl(name)) },
    ]),
    ['/settings.json', { type: 'application/json', text: JSON.stringify(settings) }],
    ...policies.map(({ path }, i): [string, ServedFile] => [
      `/${told[i]!.file}`,
      { type: 'application/octet-stream', file: path },
    ]),
  ]);
}
