import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { physicsFile } from '@mikt/envs';
import { type KernelFile, kernelUrl } from '@mikt/graph';
import { builtFile } from '../built-files.js';
import type { ServedFile } from '../viewer/watch-files.js';

/** A teacher that is offered, as the page is told of it. */
export interface ListedTeacher {
  /** What it is called, e.g. `zoo:Ant`. */
  readonly source: string;
  /** Address of its checkpoint or policy file, relative to the page. */
  readonly file: string;
}

/** A teacher to be offered; `path` is that of its file on this computer. */
export interface OfferedTeacher extends Pick<ListedTeacher, 'source'> {
  readonly path: string;
}

/** Tells the playground from other pages. */
export const PLAYGROUND_GENERATOR = 'mikt playground';

/**
 * What a server has to send with every file of the playground, so that the browser gives it shared memory, and with it
 * more than one thread.
 */
export const ISOLATION_HEADERS = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
} as const;

/**
 * Page and workers load their own files and nothing from anywhere else. MuJoCo's bindings make functions of text:
 * unsafe-eval. It is in the page itself too, for hosts that send no headers of one's own.
 */
const POLICY =
  "default-src 'none'; script-src 'self' 'unsafe-eval'; worker-src 'self'; connect-src 'self'; " +
  "img-src 'self' data:; style-src 'self'; base-uri 'none'; form-action 'none'";

/** A header may say more than a page. */
const HEADER_POLICY = `${POLICY}; frame-ancestors 'none'`;

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="${PLAYGROUND_GENERATOR}">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>mikt playground</title>
<link rel="icon" href="data:,">
<script type="module" src="playground.js"></script>
</head>
<body>
<p>Loading … This page needs a web server and its script: opened as a file, or without scripts, it stays like this.</p>
</body>
</html>
`;

const KERNELS: readonly KernelFile[] = [
  ...(['relaxed-private.wasm', 'relaxed-shared.wasm'] as const),
  ...(['simd-private.wasm', 'simd-shared.wasm'] as const),
];

/**
 * Every file of the playground, by its path in a folder: static, with relative addresses only, for any place on any
 * server.
 * @throws MiktError with code `build` where the page's scripts have not been built
 */
export function playgroundFiles(teachers: readonly OfferedTeacher[]): Map<string, ServedFile> {
  const listed = teachers.map(
    ({ source, path: file }): ListedTeacher => ({ source, file: `teachers/${path.basename(file)}` }),
  );
  const scripts = path.dirname(builtFile('browser/playground/playground.js'));
  return new Map<string, ServedFile>([
    ['index.html', { type: 'text/html; charset=utf-8', policy: HEADER_POLICY, text: PAGE }],
    ...readdirSync(scripts)
      .filter((name) => name.endsWith('.js'))
      .map((name): [string, ServedFile] => [
        name,
        { type: 'text/javascript; charset=utf-8', policy: HEADER_POLICY, file: path.join(scripts, name) },
      ]),
    ['mujoco.wasm', { type: 'application/wasm', file: physicsFile() }],
    ...KERNELS.map((name): [string, ServedFile] => [
      `kernels/${name}`,
      { type: 'application/wasm', file: fileURLToPath(kernelUrl(name)) },
    ]),
    ['teachers.json', { type: 'application/json', text: JSON.stringify(listed) }],
    ...teachers.map(({ path: file }, i): [string, ServedFile] => [
      listed[i]!.file,
      { type: 'application/octet-stream', file },
    ]),
  ]);
}
