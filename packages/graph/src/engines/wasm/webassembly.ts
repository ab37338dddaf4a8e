/*
 * The part of the WebAssembly interface that the engine uses. TypeScript describes it only together with the DOM,
 * which this package must not depend on.
 */

export type Bytes = ArrayBuffer | ArrayBufferView<ArrayBuffer>;

/** A WebAssembly.Memory. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
}

export interface WasmModule {
  readonly [Symbol.toStringTag]?: string;
}

interface WebAssemblyInterface {
  readonly Memory: new (description: { initial: number; maximum: number; shared: boolean }) => WasmMemory;
  readonly Module: new (bytes: Bytes) => WasmModule;
  readonly Instance: new (
    module: WasmModule,
    imports: { env: { memory: WasmMemory; matmul: unknown } },
  ) => { readonly exports: unknown };
  validate(bytes: Bytes): boolean;
  compile(bytes: Bytes): Promise<WasmModule>;
  instantiate(
    module: WasmModule,
    imports: { env: { memory: WasmMemory } },
  ): Promise<{ readonly exports: unknown }>;
}

export const webAssembly = (globalThis as unknown as { WebAssembly: WebAssemblyInterface }).WebAssembly;
