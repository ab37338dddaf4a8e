import type { KernelFile } from './engines/wasm/loader.js';

/** Where a file of this package's kernels is, e.g. for a server that gives it to pages. */
export function kernelUrl(file: KernelFile): URL {
  // Run from source, the kernels are where the build put them.
  if (import.meta.url.endsWith('.ts')) return new URL(`../dist/kernels/${file}`, import.meta.url);
  // Each address is spelled out, so that bundlers find the files and bring them along.
  switch (file) {
    case 'relaxed-shared.wasm':
      return new URL('./kernels/relaxed-shared.wasm', import.meta.url);
    case 'relaxed-private.wasm':
      return new URL('./kernels/relaxed-private.wasm', import.meta.url);
    case 'simd-shared.wasm':
      return new URL('./kernels/simd-shared.wasm', import.meta.url);
    case 'simd-private.wasm':
      return new URL('./kernels/simd-private.wasm', import.meta.url);
  }
}
