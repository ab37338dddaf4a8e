import { isNode, MiktError } from '@mikt/core';
import { kernelUrl } from '../../kernel-url.js';
import { type Bytes, type WasmMemory, type WasmModule, webAssembly } from './webassembly.js';

/** `relaxed` has fused multiply-add where the processor has it; `simd` multiplies, rounds, then adds. */
export type KernelForm = 'relaxed' | 'simd';
export type MemoryKind = 'shared' | 'private';

/** The four kernel files: modules for shared memory do not take private memory, nor the other way round. */
export type KernelFile = `${KernelForm}-${MemoryKind}.wasm`;

/**
 * Where the kernels are, if not beside this package's code: the folder that holds the four files, or a function
 * that returns the content of one.
 */
export type KernelSource = URL | string | ((file: KernelFile) => Bytes | Promise<Bytes>);

/** The kernels on a memory: what their module exports (see assembly/), and how it was chosen. */
export interface Kernels {
  readonly form: KernelForm;
  readonly memory: MemoryKind;
  /** A WASM function, for programs to import. */
  readonly matmul: unknown;
  /** Bytes of scratch memory that `matmul` needs. */
  matmulScratch(rows: number, inner: number): number;
}

/** A module of one function that uses relaxed_madd. */
const RELAXED_PROBE = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b, 0x03, 0x02, 0x01, 0x00],
  ...[0x0a, 0x13, 0x01, 0x11, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0x41, 0x00, 0xfd, 0x0f, 0x41, 0x00, 0xfd, 0x0f],
  ...[0xfd, 0x85, 0x02, 0x0b],
);

/** Whether this host compiles relaxed SIMD. On Node 20 that has to be switched on, before the first use. */
export function hasRelaxedSimd(): boolean {
  if (webAssembly.validate(RELAXED_PROBE)) return true;
  if (!isNode()) return false;
  process.getBuiltinModule('node:v8').setFlagsFromString('--experimental-wasm-relaxed-simd');
  return webAssembly.validate(RELAXED_PROBE);
}

const modules = new Map<string, Promise<WasmModule>>();

/** The kernels on a memory. Compiled once per thread. */
export async function loadKernels(
  form: KernelForm,
  kind: MemoryKind,
  memory: WasmMemory,
  source?: KernelSource,
): Promise<Kernels> {
  const file: KernelFile = `${form}-${kind}.wasm`;
  const compile = async () => webAssembly.compile(await readKernels(file, source));
  // What a caller's function returns is the caller's affair to keep.
  const key = typeof source === 'function' ? undefined : `${source ?? ''} ${file}`;
  let module = key === undefined ? undefined : modules.get(key);
  if (!module) {
    module = compile();
    if (key !== undefined) modules.set(key, module);
  }
  try {
    const { exports } = await webAssembly.instantiate(await module, { env: { memory } });
    return { ...(exports as Pick<Kernels, 'matmul' | 'matmulScratch'>), form, memory: kind };
  } catch (error) {
    if (key !== undefined) modules.delete(key);
    if (error instanceof MiktError) throw error;
    throw new MiktError('engine', `the wasm engine's kernels (${file}) do not load: ${String(error)}`, {
      cause: error,
    });
  }
}

async function readKernels(file: KernelFile, source?: KernelSource): Promise<Bytes> {
  if (typeof source === 'function') return source(file);
  const url = source === undefined ? kernelUrl(file) : new URL(file, withSlash(source));
  if (url.protocol !== 'file:' || !isNode()) {
    const response = await fetch(url);
    if (!response.ok)
      throw new MiktError('engine', `${url.href}: ${response.status} ${response.statusText}.`);
    return response.arrayBuffer();
  }
  try {
    return process.getBuiltinModule('node:fs').readFileSync(url);
  } catch (error) {
    throw new MiktError(
      'engine',
      `the wasm engine's kernels are missing (${url.pathname}); build them first: npm run build.`,
      { cause: error },
    );
  }
}

function withSlash(base: URL | string): string {
  return String(base).replace(/\/?$/, '/');
}
