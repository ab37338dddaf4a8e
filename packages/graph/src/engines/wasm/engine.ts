import { InvalidInputError } from '@mikt/core';
import { type Engine, GraphError, type ProgramDefinition, type Variables } from '../../program.js';
import { type Shape, sizeOf } from '../../tensor.js';
import { Arena, type MemoryRange } from './arena.js';
import { compile } from './compile.js';
import {
  hasRelaxedSimd,
  type KernelForm,
  type KernelSource,
  loadKernels,
  type MemoryKind,
} from './loader.js';
import { type VariablesLayout, WasmVariables } from './variables.js';
import { type WasmMemory, webAssembly } from './webassembly.js';

export interface WasmEngineOptions {
  /** Insists on a form of the kernels; by default relaxed SIMD where the host has it. Forms differ in the last bits. */
  readonly form?: KernelForm;
  /**
   * `private` (the default), `shared` (other threads can attach to it), or a memory to attach to. The engine never
   * grows its memory, so that views of it stay valid.
   */
  readonly memory?: MemoryKind | WasmMemory;
  /** Size of a memory that the engine creates. Pages that are never used cost address space only. */
  readonly megabytes?: number;
  /** The part of an existing memory that this engine may use, from another engine's `reserve`. */
  readonly arena?: MemoryRange;
  /** Where the kernels are, if not beside this package's code. */
  readonly kernels?: KernelSource;
}

/** An engine that runs graphs as SIMD instructions on WASM memory. */
export interface WasmEngine extends Engine {
  readonly form: KernelForm;
  readonly memory: WasmMemory;
  /** Bytes of the memory that variables, programs and reservations take. */
  readonly usedBytes: number;
  createVariables(shapes: Readonly<Record<string, Shape>>): WasmVariables;
  /** Variables that another engine on the same memory created. */
  attachVariables(layout: VariablesLayout): WasmVariables;
  /** Sets a part of the memory aside, for an engine of another thread. */
  reserve(bytes: number): MemoryRange;
}

const DEFAULT_MEGABYTES = 128;
const PAGES_PER_MEGABYTE = 16;
/** What a vector may read beyond the last float, and the null address. */
const MARGIN = 64;

/**
 * @throws InvalidInputError where relaxed SIMD is insisted on and the host lacks it
 * @throws MiktError where the kernels do not load
 */
export async function createWasmEngine(options: WasmEngineOptions = {}): Promise<WasmEngine> {
  const relaxed = options.form === 'simd' ? false : hasRelaxedSimd();
  if (options.form === 'relaxed' && !relaxed)
    throw new InvalidInputError('this host does not run relaxed SIMD; choose the form "simd".');
  const form: KernelForm = relaxed ? 'relaxed' : 'simd';
  const memory = createMemory(options);
  const kind: MemoryKind = isShared(memory) ? 'shared' : 'private';
  const kernels = await loadKernels(form, kind, memory, options.kernels);
  const arena = new Arena(options.arena ?? { begin: MARGIN, end: memory.buffer.byteLength - MARGIN });
  return {
    name: 'wasm',
    form,
    memory,
    description: describe(form, options.form !== undefined),
    get usedBytes() {
      return arena.used;
    },
    createVariables(shapes) {
      const blocks: MemoryRange[] = [];
      const layout = Object.fromEntries(
        Object.entries(shapes).map(([name, shape]) => {
          const bytes = sizeOf(shape) * Float32Array.BYTES_PER_ELEMENT;
          const block = arena.allocate(bytes);
          blocks.push(block);
          new Uint8Array(memory.buffer, block.begin, bytes).fill(0);
          return [name, { shape, address: block.begin }];
        }),
      );
      return new WasmVariables(memory, layout, () => {
        for (const block of blocks) arena.free(block);
      });
    },
    attachVariables: (layout) => new WasmVariables(memory, layout, () => {}),
    reserve: (bytes) => arena.allocate(bytes),
    compile(definition: ProgramDefinition, variables?: Variables) {
      if (variables && !(variables instanceof WasmVariables && variables.memory === memory))
        throw new GraphError('the variables were created by another engine.');
      return compile(definition, variables, memory, kernels, arena);
    },
    dispose() {},
  };
}

function createMemory({ memory = 'private', megabytes = DEFAULT_MEGABYTES }: WasmEngineOptions): WasmMemory {
  if (typeof memory !== 'string') return memory;
  const pages = Math.ceil(megabytes * PAGES_PER_MEGABYTE);
  return new webAssembly.Memory({ initial: pages, maximum: pages, shared: memory === 'shared' });
}

function isShared(memory: WasmMemory): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
}

function describe(form: KernelForm, insisted: boolean): string {
  if (form === 'relaxed') return 'WASM kernels with relaxed SIMD';
  return `WASM kernels with plain SIMD (${insisted ? 'asked for' : 'this host does not run relaxed SIMD'})`;
}
